# SPDX-License-Identifier: Apache-2.0
"""Setting a plugin up from Corefile text, and serving one request with it."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeVar

from resolver import names
from resolver.block import Block, Key
from resolver.corefile.controller import Controller, Services
from resolver.corefile.lexer import Token, tokenize
from resolver.errors import ResolverError
from resolver.metrics import Metrics
from resolver.request import Request
from resolver.response import Response
from resolver.testing.fixed_clock import FixedClock
from resolver.types import Handler, Rcode, ResponseWriter

_T = TypeVar("_T")


class QuietServer:
    """The server of `controller()`: keeps what plugins tell it."""

    def __init__(self) -> None:
        self.claims_changes = 0
        self.changed_names: list[bytes] = []

    def claims_changed(self) -> None:
        """Count."""
        self.claims_changes += 1

    def names_changed(self, changed: Iterable[bytes]) -> None:
        """Keep the names."""
        self.changed_names.extend(changed)


class NoUpstream:
    """The upstream of `controller()`: every look-up fails."""

    async def lookup(self, request: Request, qname: bytes, qtype: int) -> Response:
        """Raise ResolverError."""
        raise ResolverError("no upstream in this test")


def services(clock: FixedClock | None = None, **changes: Any) -> Services:
    """Return Services with a fixed clock, seeded chance and a registry of their own."""
    made: dict[str, Any] = {
        "clock": clock or FixedClock(),
        "rng": random.Random(1),
        "metrics": Metrics(),
        "upstream": NoUpstream(),
        "server": QuietServer(),
    }
    return Services(**{**made, **changes})


def controller(
    text: str,
    *,
    zones: Sequence[str] = (".",),
    with_directives: str = "",
    given: Services | None = None,
) -> Controller:
    """Return a Controller for the lines of one directive, such as `cache 30 example.org`.

    `zones` are the server block's; `with_directives` is text of further lines in the block.
    """
    tokens = tokenize(text, "Corefile")
    directives: dict[str, list[Token]] = {tokens[0].text: tokens}
    for token in tokenize(with_directives, "Corefile"):
        directives.setdefault(token.text, [token])
    keys = tuple(Key("dns", names.from_text(zone), 53) for zone in zones)
    block = Block(keys, directives, order=list(directives))
    return Controller(tokens[0].text, tokens, block, given or services())


def set_up(
    setup: Callable[[Controller], None],
    text: str,
    next_handler: Handler | None = None,
    **options: Any,
) -> Any:
    """Return the handler that a plugin's setup function makes of `text` (see `controller`).

    Its next handler is `next_handler`. Raises what setup raises.
    """
    made = controller(text, **options)
    setup(made)
    handler: Any = made.block.handlers[-1]
    handler.next_handler = next_handler
    return handler


def run(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Return the coroutine's result, run in an event loop of its own."""
    return asyncio.run(coroutine)


def serve(handler: Handler, writer: ResponseWriter, request: Request) -> Rcode:
    """Return what `handler.serve_dns` returns, run in an event loop of its own."""
    return run(handler.serve_dns(writer, request))
