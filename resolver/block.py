# SPDX-License-Identifier: Apache-2.0
"""Block: a server block of a Corefile while its directives are set up, and after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from resolver.corefile.lexer import Token
from resolver.limits import Timeouts
from resolver.request import Request
from resolver.types import Handler

if TYPE_CHECKING:
    from resolver.expressions.expression import Expression

Hook = Callable[[], Coroutine[Any, Any, None]]


class Key(NamedTuple):
    """A key of a server block: where it listens and for which zone.

    `scheme` is `dns`, `tls` and so on; `zone` lower-case wire form.
    """

    scheme: str
    zone: bytes
    port: int


@dataclass(slots=True)
class Hooks:
    """Coroutine functions that the server awaits, in the order in which they were added.

    prove: before all others, and by `rootward check`, which goes no further; what it raises is a
    complaint about the configuration. startup: before listening; one that raises ResolverError
    stops the start. started: once all listeners are up. lameduck: when the end was asked for and
    queries are still answered. shutdown: when listeners are closed and queries drained.
    """

    prove: list[Hook] = field(default_factory=list)
    startup: list[Hook] = field(default_factory=list)
    started: list[Hook] = field(default_factory=list)
    lameduck: list[Hook] = field(default_factory=list)
    shutdown: list[Hook] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """One server block: what the Corefile says, and what its directives' set-up made of it.

    keys: expanded (a CIDR key may stand for several zones). directives: the tokens of each
    directive, several lines of one concatenated, the directive's own word first on each.
    order: directive words in the order of the chain, `implied` ones (put in by `require`) included.
    handlers: the chain, in order. listen: what `bind` said, empty for the wildcard.
    root: the folder that relative paths start at. recursion_available: the RA bit.
    response_rd: the RD bit of responses, None for the query's own (RFC 1035, 4.1.1).
    payload_size: our UDP payload size in octets, None for the listener's.
    view: the name of the view, or empty. admits: whether its filters let a query in; asked before
        a chain is chosen: quick, nothing raised. filters: the expressions that it evaluates, all
        of which must hold; None if it is not made of such.
    patience_ms: until a query is answered, whatever its chain does; None for the listener's.
    timeouts: for the connections of its listeners. sockets: how many are to share a port,
        None if nobody says.
    """

    keys: tuple[Key, ...]
    directives: dict[str, list[Token]]
    file: str = "Corefile"
    line: int = 1
    order: list[str] = field(default_factory=list)
    implied: list[str] = field(default_factory=list)
    handlers: list[Handler] = field(default_factory=list)
    hooks: Hooks = field(default_factory=Hooks)
    listen: tuple[str, ...] = ()
    root: str = ""
    debug: bool = False
    recursion_available: bool = False
    response_rd: bool | None = None
    payload_size: int | None = None
    patience_ms: int | None = None
    timeouts: Timeouts | None = None
    sockets: int | None = None
    qclasses: set[int] = field(default_factory=lambda: {1})
    view: str = ""
    admits: Callable[[Request], bool] | None = None
    filters: tuple[Expression, ...] | None = None
    depends_on: list[Path] = field(default_factory=list)

    @property
    def zones(self) -> tuple[bytes, ...]:
        """The zones of its keys, each once, in their order."""
        return tuple(dict.fromkeys(key.zone for key in self.keys))

    def handler(self, name: str) -> Handler | None:
        """Return the handler of a directive, None if the block has it not."""
        return next((handler for handler in self.handlers if handler.name == name), None)

    def partition(self, first: str = "cache") -> bytes:
        """Return 16 octets that differ between blocks whose answers depend on different things.

        SHA-256 over zones, view, root, the words of every directive from `first` down the chain,
        and the digests of the files that they read. Unkeyed: it outlives the process.
        """
        digest = hashlib.sha256()
        for zone in sorted(self.zones):
            digest.update(b"zone" + zone)
        _add(digest.update, ["view", self.view, "root", self.root])
        below = self.order[self.order.index(first) :] if first in self.order else self.order
        for word in below:
            _add(digest.update, ["directive", *self._words(word)])
        for path in self.depends_on:
            content = path.read_bytes() if path.is_file() else b""
            digest.update(b"file" + hashlib.sha256(content).digest())
        return digest.digest()[:16]

    def _words(self, directive: str) -> list[str]:
        return [directive, *(token.text for token in self.directives.get(directive, ()))]


def _add(update: Callable[[bytes], None], words: Sequence[str]) -> None:
    """Hash words so that no two lists of words give the same octets."""
    for word in words:
        octets = word.encode()
        update(len(octets).to_bytes(4, "big") + octets)
    update(b"\xff\xff\xff\xff")
