# SPDX-License-Identifier: Apache-2.0
"""Python's share of native flights: futures for the questions that the chain has in flight.

The flights, their caps and turns are C's (native/flight.c), where those of lanes are too: a
question is asked once, and a client counted once. Here a result finds who of ours waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, NamedTuple

import dns.rcode

from resolver.recursion.companions import Form, HasThread, Joined, NativeFlights, Recursions
from resolver.recursion.shown import FlightShown
from resolver.request import Endpoint
from resolver.types import Place, Question, Refused, Result


class JoinedWaiter(NamedTuple):
    """One who joined a flight; `resolver.types.Flight` for its holder, who awaits `result` once."""

    table: JoinedFlights
    joined: Joined
    is_coalesced: bool
    is_late: bool

    def result(self) -> Coroutine[Any, Any, Result]:
        """Return what libunbound said. Cancelling one waiter leaves the others and the flight."""
        return self.table.wait(self.joined)


class JoinedFlights:
    """Flights as `FlightTable` has them, in C. The event loop's thread only."""

    def __init__(self, recursions: Recursions, native: NativeFlights) -> None:
        self._recursions = recursions
        self._native = native
        self._numbers: dict[bytes, int] = {}
        self._own: dict[int, asyncio.Future[Result]] = {}  # of who gave a place
        self._shared: dict[int, set[asyncio.Future[Result]]] = {}  # of the others, by flight
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_scheduled = False

    @property
    def form(self) -> Form:
        """What brings results into normal form."""
        return self._native.form

    @property
    def in_flight(self) -> int:
        """How many flights there are, those that wait for their turn included."""
        return self._native.counts().flights

    @property
    def in_libunbound(self) -> int:
        """How many flights have a slot."""
        return self._native.counts().begun

    @property
    def waiting(self) -> int:
        """How many wait for a result."""
        return self._native.counts().waiters

    def shown(self, now_ms: int) -> Sequence[FlightShown]:
        """Return all flights as they are now, what was asked first in front."""
        return self._native.shown(now_ms)

    def attach(self) -> None:
        """Begin to read results, in the running event loop."""
        assert isinstance(self._recursions, HasThread)
        self._native.attach(self._recursions.thread)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._recursions.fileno(), self._on_readable)

    def detach(self) -> None:
        """Read no more results; who waits gets a failure."""
        self._native.detach()
        if self._loop is not None:
            self._loop.remove_reader(self._recursions.fileno())
            self._loop = None
        for number in [*self._own, *self._shared]:
            self._finish(Result(number, dns.rcode.SERVFAIL, False, None, None, 0))

    def open(self, upstream: bytes, group: int, slots: int) -> None:
        """Let an upstream have flights, at most `slots` in libunbound (its outgoing-range)."""
        self._numbers[upstream] = self._native.open(group, slots)

    def close(self, upstream: bytes) -> None:
        """End an upstream: what waits for its turn fails, what is in libunbound goes on."""
        self._native.close(self._numbers.pop(upstream))

    def native_number(self, upstream: bytes) -> int | None:
        """Return the number that native flights know an upstream by, None once it is closed."""
        return self._numbers.get(upstream)

    def join(
        self, question: Question, client: Endpoint, now_ms: int, place: Place | None = None
    ) -> JoinedWaiter | Refused:
        """Wait for a question's recursion, which starts unless it is in flight already.

        place: where C may answer as soon as there is a result.

        Raises KeyError if its upstream is not open.
        """
        number = self._numbers[question.upstream]
        joined = self._native.join(number, question, client, now_ms, place)
        if isinstance(joined, Refused):
            return joined
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._start)
        return JoinedWaiter(self, joined, joined.is_coalesced, joined.is_late)

    def _start(self) -> None:
        """Begin what was joined in this round of the loop: one lock, one wake-up."""
        self._is_scheduled = False
        self._native.start()

    async def wait(self, joined: Joined) -> Result:
        """Return a flight's result once it is there; `JoinedWaiter.result` is the way here.

        It is awaited in the round of the loop in which it was joined: results are read later.
        """
        assert self._loop is not None
        future: asyncio.Future[Result] = self._loop.create_future()
        if joined.has_place:
            self._own[joined.number] = future
        else:
            self._shared.setdefault(joined.number, set()).add(future)
        try:
            return await future
        except asyncio.CancelledError:
            self._forget(joined, future)
            raise

    def _forget(self, joined: Joined, future: asyncio.Future[Result]) -> None:
        """Have one wait no more, unless the result came in the same moment."""
        if self._own.pop(joined.number, None) is None:
            futures = self._shared.get(joined.number)
            if futures is None:
                return
            futures.discard(future)
            if not futures:
                del self._shared[joined.number]
        joined.part()

    def _on_readable(self) -> None:
        for result in self._recursions.drain():
            self._finish(result)

    def _finish(self, result: Result) -> None:
        own = self._own.pop(result.ticket, None)
        for future in (own,) if own is not None else self._shared.pop(result.ticket, ()):
            if not future.done():
                future.set_result(result)
