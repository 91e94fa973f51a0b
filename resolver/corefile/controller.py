# SPDX-License-Identifier: Apache-2.0
"""Controller: what a plugin's setup function is written in.

    def setup(controller: Controller) -> None:
        for directive in controller.directives():
            if len(directive.args) != 1:
                raise directive.wrong_arguments()
            for prop in directive.properties:
                match prop.name:
                    case "ttl":
                        ttl_s = prop.whole_number()
                    case _:
                        raise prop.unknown()
        controller.add_plugin(Example(ttl_s))

Errors name file and line. Setup functions run once a server block, in the order of the chain.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from resolver import names
from resolver.block import Block, Hook
from resolver.clock import Clock
from resolver.corefile import values
from resolver.corefile.lexer import Token, starts_line
from resolver.corefile.zones import zones_of
from resolver.errors import ConfigurationError, DomainNameError
from resolver.metrics import Metrics
from resolver.request import Endpoint
from resolver.types import Handler, Rejected, Upstream

_T = TypeVar("_T")


class Server(Protocol):
    """What a plugin may ask of the server at run time. The event loop's thread only."""

    def claims_changed(self) -> None:
        """Build the plan anew: the claims of a plugin are others now."""

    def names_changed(self, changed: Iterable[bytes]) -> None:
        """Remove stored answers for names whose data is another now. A set need not list them."""


@dataclass(slots=True)
class Services:
    """What the process hands to all setups: clock, chance, metrics, shared objects, the server.

    `shared` outlives a reload. `blocks`: being set up. `rejected`: told of queries without chain.
    """

    clock: Clock
    rng: random.Random
    metrics: Metrics
    upstream: Upstream
    server: Server
    shared: dict[str, Any] = field(default_factory=dict)
    blocks: Sequence[Block] = ()
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Line:
    """A word of a Corefile with its arguments: a directive, or a property in its braces."""

    plugin: str
    token: Token
    arg_tokens: tuple[Token, ...]

    @property
    def name(self) -> str:
        """The first word."""
        return self.token.text

    @property
    def args(self) -> tuple[str, ...]:
        """The words behind it on its line."""
        return tuple(token.text for token in self.arg_tokens)

    @property
    def where(self) -> str:
        """`FILE:LINE`."""
        return f"{self.token.file}:{self.token.line}"

    def error(self, text: str) -> ConfigurationError:
        """Return the error `FILE:LINE - Error during parsing: plugin/NAME: TEXT`, to be raised."""
        return error_at(self.token, f"plugin/{self.plugin}: {text}")

    def wrong_arguments(self) -> ConfigurationError:
        """Return the error of a line with too few or too many arguments, to be raised."""
        last = self.arg_tokens[-1].text if self.arg_tokens else self.name
        return self.error(f"Wrong argument count or unexpected line ending after '{last}'")

    def unknown(self) -> ConfigurationError:
        """Return the error of a property that the plugin does not have, to be raised."""
        return self.error(f"unknown property '{self.name}'")

    def only_arg(self) -> str:
        """Return the one argument. Raises ConfigurationError if there is not one."""
        if len(self.arg_tokens) != 1:
            raise self.wrong_arguments()
        return self.arg_tokens[0].text

    def no_args(self) -> None:
        """Raise ConfigurationError if there are arguments."""
        if self.arg_tokens:
            raise self.wrong_arguments()

    def read(self, parse: Callable[[str], _T], text: str) -> _T:
        """Return `parse(text)`, its ValueError or DomainNameError turned into this line's error."""
        try:
            return parse(text)
        except (ValueError, DomainNameError) as error:
            raise self.error(str(error)) from None

    def duration_ms(self, text: str | None = None) -> int:
        """Return `text` (or the one argument), a Go duration, in milliseconds."""
        return self.read(values.duration_ms, self.only_arg() if text is None else text)

    def whole_number(self, text: str | None = None) -> int:
        """Return `text` (or the one argument) as a whole number."""
        return self.read(values.whole_number, self.only_arg() if text is None else text)

    def address(self, text: str, default_port: int = 53) -> Endpoint:
        """Return IP, IP:PORT or [IPv6]:PORT as an Endpoint."""
        return self.read(lambda word: values.address(word, default_port), text)

    def zones(self, words: Iterable[str]) -> tuple[bytes, ...]:
        """Return the zones that words stand for (names, or CIDR prefixes), each once."""
        return tuple(dict.fromkeys(zone for word in words for zone in self.read(zones_of, word)))


@dataclass(frozen=True, slots=True)
class Directive(Line):
    """A line with a plugin's directive, and what stands in its braces.

    `has_braces` tells an empty block from none.
    """

    properties: tuple[Line, ...] = ()
    has_braces: bool = False


def error_at(token: Token, text: str) -> ConfigurationError:
    """Return the error `FILE:LINE - Error during parsing: TEXT`, to be raised."""
    shown = f"{token.file}:{token.line} - Error during parsing: {text}"
    return ConfigurationError(shown, token.file, token.line)


class Controller:
    """One directive of one server block, to be set up.

    clock, rng, metrics, upstream, server: see Services. block: what is being made.
    """

    def __init__(
        self, name: str, tokens: Sequence[Token], block: Block, services: Services
    ) -> None:
        self.name = name
        self.block = block
        self.services = services
        self.clock = services.clock
        self.rng = services.rng
        self.metrics = services.metrics
        self.upstream = services.upstream
        self.server = services.server
        self._tokens = tokens

    def directives(self) -> list[Directive]:
        """Return the lines of this directive, one for each time it stands in the block.

        Raises ConfigurationError for braces that do not belong where they stand.
        """
        found: list[Directive] = []
        at = 0
        while at < len(self._tokens):
            first = self._tokens[at]
            args, at = self._rest_of_line(at + 1)
            properties: list[Line] = []
            has_braces = self._is_brace(at, "{") and not starts_line(self._tokens, at)
            if has_braces:
                at += 1
                while not self._is_brace(at, "}"):
                    if at >= len(self._tokens):
                        raise error_at(self._tokens[-1], "Unexpected EOF")
                    token = self._tokens[at]
                    words, at = self._rest_of_line(at + 1)
                    properties.append(Line(self.name, token, words))
                at += 1
            found.append(Directive(self.name, first, args, tuple(properties), has_braces))
        return found

    def once(self) -> Directive:
        """Return the directive's only line.

        Raises ConfigurationError if it stands more than once in the block.
        """
        first, *more = self.directives()
        if more:
            raise more[0].error("this plugin can only be used once per Server Block")
        return first

    def _rest_of_line(self, at: int) -> tuple[tuple[Token, ...], int]:
        words: list[Token] = []
        while (
            at < len(self._tokens)
            and not starts_line(self._tokens, at)
            and not self._is_brace(at, "{")
        ):
            if self._is_brace(at, "}"):
                raise error_at(
                    self._tokens[at], "Unexpected token '}', expecting a line of its own"
                )
            words.append(self._tokens[at])
            at += 1
        return tuple(words), at

    def _is_brace(self, at: int, brace: str) -> bool:
        return at < len(self._tokens) and self._tokens[at].text == brace

    @property
    def zones(self) -> tuple[bytes, ...]:
        """The zones of the server block."""
        return self.block.zones

    def origins(self, line: Line, words: Sequence[str]) -> tuple[bytes, ...]:
        """Return the zones that `words` stand for, or the server block's if there are no words."""
        return line.zones(words) if words else self.zones

    def path(self, text: str) -> Path:
        """Return a path; a relative one starts at the block's `root`."""
        path = Path(text)
        return path if path.is_absolute() or not self.block.root else Path(self.block.root) / path

    def add_plugin(self, handler: Handler) -> None:
        """Put a handler at the end of the chain so far."""
        self.block.handlers.append(handler)

    def depends_on(self, path: Path) -> None:
        """Say that answers depend on a file's content: it becomes part of the partition."""
        self.block.depends_on.append(path)

    def shared(self, key: str, make: Callable[[], _T]) -> _T:
        """Return the object that all server blocks have in common, made when first asked for."""
        if key not in self.services.shared:
            self.services.shared[key] = make()
        found: _T = self.services.shared[key]
        return found

    def require(self, directive: str) -> None:
        """Put in a directive that the block lacks, as if it stood there without arguments.

        It is set up at its own place of the chain; `rootward chain` shows it as implied.
        """
        if directive not in self.block.directives and directive not in self.block.implied:
            self.block.implied.append(directive)

    def on_prove(self, hook: Hook) -> None:
        """Await `hook` to prove the configuration, before any start-up and in `rootward check`.

        It raises ConfigurationError, or ConfigurationErrors for several complaints at once, and
        leaves nothing behind: no task, file or thread.
        """
        self.block.hooks.prove.append(hook)

    def on_startup(self, hook: Hook) -> None:
        """Await `hook` before listening; ResolverError from it stops the start."""
        self.block.hooks.startup.append(hook)

    def on_started(self, hook: Hook) -> None:
        """Await `hook` once all listeners are up."""
        self.block.hooks.started.append(hook)

    def on_lameduck(self, hook: Hook) -> None:
        """Await `hook` when the end was asked for and queries are still answered."""
        self.block.hooks.lameduck.append(hook)

    def on_shutdown(self, hook: Hook) -> None:
        """Await `hook` when listeners are closed and queries drained."""
        self.block.hooks.shutdown.append(hook)

    def server_name(self) -> str:
        """Return the listener as metrics name it, such as `dns://:53`, for the block's first key.

        Queries carry theirs in `Request.server`; this is for gauges without a query.
        """
        key = self.block.keys[0]
        host = self.block.listen[0] if self.block.listen else ""
        shown = f"[{host}]" if ":" in host else host
        return f"{key.scheme}://{shown}:{key.port}"

    def zones_label(self) -> str:
        """Return the block's zones as metrics write them, joined by commas."""
        return ",".join(names.to_text(zone) for zone in self.zones)
