# SPDX-License-Identifier: Apache-2.0
"""Two servers of one Corefile, one of each engine, with clocks that are moved together."""

from __future__ import annotations

import contextlib
import functools
import random
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from plugins.unbound.setup import LIBUNBOUND
from resolver.directives import Setup
from resolver.native.engine import NativeEngine
from resolver.testing import FixedClock
from tests.differential.clients import Client, may_be_answered
from tests.differential.comparing import difference
from tests.serve import PATIENCE_S, Running, serving

BATCH = 48
_TIMES = 30  # until a deadline has passed on the clocks


class Counting(NativeEngine):
    """The native engine, and how many messages its chains were asked."""

    def __init__(self, clock: FixedClock) -> None:
        super().__init__(clock, random.Random(1), 1)
        self.diverted = 0

    def join(self, *parts: Any) -> None:
        """Have what lanes and connections leave be counted."""
        super().join(*parts)
        connections = self.lanes.connections
        drain, answer = self.lanes.drain, connections.answer

        def counted_drain() -> Any:
            found = list(drain())
            self.diverted += len(found)
            return found

        def counted_answer(*parts: Any) -> Any:
            answered = answer(*parts)
            self.diverted += len(answered.left)
            return answered

        vars(self.lanes)["drain"] = counted_drain
        vars(connections)["answer"] = counted_answer


class Pair:
    """A server of each engine. What was compared is in `compared` and `natively`.

    unanswered: queries of those to which neither replied.
    """

    def __init__(
        self, python: Running, native: Running, clocks: Sequence[FixedClock], engine: Counting
    ) -> None:
        self.servers = (python, native)
        self.compared = 0
        self.unanswered = 0
        self.differences: list[str] = []
        self._clocks = clocks
        self._engine = engine

    @property
    def natively(self) -> int:
        """How many of the compared the native engine answered without a chain."""
        return self.compared - self._engine.diverted

    def advance(self, by_ms: int) -> None:
        """Move both clocks on, and let what falls due be done."""
        for server, clock in zip(self.servers, self._clocks, strict=True):
            server.call(functools.partial(clock.advance, by_ms))
        self.settle()

    def settle(self) -> None:
        """Let both servers do what they have begun in the background."""
        for _ in range(4):
            for server in self.servers:
                server.call(lambda: None)

    def land(self) -> None:
        """Wait until neither server asks anybody anything, and what came of it is kept."""
        deadline_s = time.monotonic() + PATIENCE_S
        for server in self.servers:
            libunbound = server.instance.shared[LIBUNBOUND]
            while server.call(functools.partial(libunbound.flights_shown, 0)):
                assert time.monotonic() < deadline_s
        self.settle()

    def compare(
        self,
        messages: Sequence[bytes],
        *,
        source: str = "127.0.0.1",
        tcp: bool = False,
        patience_s: float = 1.0,
        late_ms: int = 0,
        is_asked: bool = False,
    ) -> None:
        """Ask both all messages, of which each gets an ID of its own; note what differs.

        patience_s: after a reply none is waited for longer than this, but where the other server
        gave one. late_ms: by how much the clocks are moved on each time that this has passed.
        is_asked: see `difference`.
        """
        for at in range(0, len(messages), BATCH):
            asked = [
                struct.pack("!H", number) + each[2:] if len(each) > 1 else each
                for number, each in enumerate(messages[at : at + BATCH])
            ]
            self._compare(asked, source, tcp, patience_s, late_ms, is_asked)

    def compare_ways(self, ways: Sequence[Sequence[bytes]], **options: Any) -> None:
        """Ask both one way after the other; what they begin in the background is waited for."""
        for messages in zip(*ways, strict=True):
            self.compare(messages, **options)
            self.settle()

    def check(self, natively: float, unanswered: int = 0) -> None:
        """Fail if anything differed, or if too little of it was the native engine's own work."""
        shown = "\n".join(self.differences[:20])
        assert not self.differences, f"{len(self.differences)} differ:\n{shown}"
        print(f"{self.compared} pairs compared, {self.natively} answered natively")
        assert self.unanswered == unanswered
        assert self.natively >= natively * self.compared

    def _compare(
        self,
        asked: Sequence[bytes],
        source: str,
        tcp: bool,
        patience_s: float,
        late_ms: int,
        is_asked: bool,
    ) -> None:
        expected = sum(map(may_be_answered, asked))
        with contextlib.ExitStack() as stack:
            clients = [
                stack.enter_context(Client(server.endpoint, source, tcp)) for server in self.servers
            ]
            for client in clients:
                client.send(asked)
            for client in clients:
                client.collect(expected, patience_s)
            for _ in range(_TIMES if late_ms else 0):
                if all(len(client.replies) == expected for client in clients):
                    break
                self.advance(late_ms)
                for client in clients:
                    client.collect(expected, patience_s)
            most = max(len(client.replies) for client in clients)
            for client in clients:
                client.collect(most, PATIENCE_S / 4)
            python, native = (client.replies for client in clients)
        self.compared += len(asked)
        self.unanswered += expected - most
        for number, octets in enumerate(asked):
            found = difference(python.get(number), native.get(number), is_asked)
            if found is not None:
                self.differences.append(f"{octets.hex()}: {found}")


@contextlib.contextmanager
def pair(
    corefile: str, *, more: Mapping[str, Setup] | None = None, wall_s: float | None = None
) -> Iterator[Pair]:
    """Bring up a server of each engine; each has a clock of its own, which shows the same."""
    clocks = [FixedClock(wall_s=wall_s) if wall_s else FixedClock() for _ in range(2)]
    engine = Counting(clocks[1])
    with (
        serving(corefile, "python", more=more, clock=clocks[0]) as python,
        serving(corefile, engine, more=more, clock=clocks[1]) as native,
    ):
        yield Pair(python, native, clocks, engine)
