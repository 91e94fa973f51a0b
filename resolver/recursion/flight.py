# SPDX-License-Identifier: Apache-2.0
"""Flights: recursions in libunbound and who waits for them.

Identical questions in flight are one recursion. How many there are is bounded at each step, since
libunbound itself takes whatever it is given and answers nobody when that is too much:

1. Who may wait: so many in all, of one client and for one suffix, else Refused.
2. Flights wait for one of the upstream's slots, suffix by suffix (turns.py).
3. What has a slot goes to libunbound in batches, one round of the event loop at a time.

A recursion once begun is never cancelled: `ub_cancel` frees nothing. One that nobody waits for any
more ends there; one that never got a slot is dropped.
"""

from __future__ import annotations

import asyncio
import itertools

import dns.rcode

from resolver.recursion.caps import Limits, Waiters, client_of
from resolver.recursion.companions import Form, Recursions
from resolver.recursion.shown import FlightShown
from resolver.recursion.turns import Turns, suffix_of
from resolver.request import Endpoint
from resolver.types import Place, Question, Refused, Result, Submission


class Waiter:
    """One who joined a flight; `resolver.types.Flight` for its holder, who awaits `result` once.

    is_late: the flight has outlived its deadline. is_coalesced: it was in flight already.
    """

    __slots__ = ("_client", "_flight", "_table", "is_coalesced", "is_late")

    def __init__(
        self,
        table: FlightTable,
        flight: _InFlight,
        client: bytes | None,
        *,
        is_coalesced: bool,
        is_late: bool,
    ) -> None:
        self._table = table
        self._flight = flight
        self._client = client
        self.is_coalesced = is_coalesced
        self.is_late = is_late

    async def result(self) -> Result:
        """Return what libunbound said. Cancelling one waiter leaves the others and the flight."""
        return await self._table.wait(self._flight, self._client)


class _Upstream:
    """One configuration: its group of contexts, and the turns for its slots."""

    __slots__ = ("group", "turns")

    def __init__(self, group: int, slots: int) -> None:
        self.group = group
        self.turns: Turns[_InFlight] = Turns(slots)


class _InFlight:
    """One recursion. `has_slot` from when its turn comes; `result` once there is one."""

    __slots__ = (
        "deadline_ms",
        "futures",
        "has_slot",
        "question",
        "result",
        "suffix",
        "ticket",
        "upstream",
    )

    def __init__(
        self, question: Question, upstream: _Upstream, ticket: int, deadline_ms: int
    ) -> None:
        self.question = question
        self.upstream = upstream
        self.ticket = ticket
        self.deadline_ms = deadline_ms
        self.suffix = suffix_of(question.qname)
        self.has_slot = False
        self.result: Result | None = None
        self.futures: set[asyncio.Future[Result]] = set()


class FlightTable:
    """All flights of one resolver thread; implements `resolver.types.Flights`.

    The event loop's thread only. Between `attach` and `detach` it reads what libunbound finished.
    """

    form: Form | None = None  # Python does

    def __init__(self, recursions: Recursions, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._recursions = recursions
        self._waiters = Waiters(self.limits)
        self._tickets = itertools.count(1)
        self._upstreams: dict[bytes, _Upstream] = {}
        self._flights: dict[Question, _InFlight] = {}
        self._begun: dict[int, _InFlight] = {}
        self._untaken: list[_InFlight] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_scheduled = False

    @property
    def in_flight(self) -> int:
        """How many flights there are, those that wait for their turn included."""
        return len(self._flights)

    @property
    def in_libunbound(self) -> int:
        """How many flights have a slot."""
        return len(self._begun)

    @property
    def waiting(self) -> int:
        """How many wait for a result."""
        return self._waiters.total

    def shown(self, now_ms: int) -> list[FlightShown]:
        """Return all flights as they are now, what was asked first in front."""
        return [
            FlightShown(
                flight.question.qname,
                flight.question.qtype,
                now_ms - flight.deadline_ms + self.limits.deadline_ms,
                len(flight.futures),
                flight.has_slot,
            )
            for flight in self._flights.values()
        ]

    def attach(self) -> None:
        """Begin to read results, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._recursions.fileno(), self._on_readable)

    def detach(self) -> None:
        """Read no more results; who waits gets a failure."""
        if self._loop is not None:
            self._loop.remove_reader(self._recursions.fileno())
            self._loop = None
        for flight in [*self._flights.values(), *self._begun.values()]:
            self._give_up(flight)
        self._untaken.clear()

    def open(self, upstream: bytes, group: int, slots: int) -> None:
        """Let an upstream have flights, at most `slots` in libunbound (its outgoing-range)."""
        self._upstreams[upstream] = _Upstream(group, max(1, min(slots, self.limits.slots)))

    def native_number(self, _: bytes) -> None:
        """Return None: these are not native."""

    def close(self, upstream: bytes) -> None:
        """End an upstream: what waits for its turn fails, what is in libunbound goes on."""
        closed = self._upstreams.pop(upstream)
        for flight in [f for f in self._flights.values() if f.upstream is closed]:
            if not flight.has_slot:
                self._give_up(flight)

    def join(
        self, question: Question, client: Endpoint, now_ms: int, place: Place | None = None
    ) -> Waiter | Refused:
        """Wait for a question's recursion, which starts unless it is in flight already.

        A place is no engine's that has these flights. Raises KeyError if its upstream is not open.
        """
        upstream = self._upstreams[question.upstream]
        key = client_of(client.host)
        flight = self._flights.get(question)
        if flight is not None and now_ms >= flight.deadline_ms:
            return Waiter(self, flight, key, is_coalesced=True, is_late=True)
        suffix = flight.suffix if flight is not None else suffix_of(question.qname)
        reason = self._waiters.refusal(key, suffix)
        if reason is not None:
            return Refused(reason)
        if flight is not None:
            return Waiter(self, flight, key, is_coalesced=True, is_late=False)
        if len(self._flights) >= self.limits.flights:
            return Refused("flights")
        deadline_ms = now_ms + self.limits.deadline_ms
        flight = _InFlight(question, upstream, next(self._tickets), deadline_ms)
        self._flights[question] = flight
        upstream.turns.wait(flight.suffix, flight)
        self._begin_soon()
        return Waiter(self, flight, key, is_coalesced=False, is_late=False)

    async def wait(self, flight: _InFlight, client: bytes | None) -> Result:
        """Return a flight's result once it is there; `Waiter.result` is the way here."""
        if flight.result is not None:
            return flight.result
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        flight.futures.add(future)
        self._waiters.enter(client, flight.suffix)
        try:
            return await future
        finally:
            self._waiters.leave(client, flight.suffix)
            flight.futures.discard(future)
            if not flight.futures and not flight.has_slot:
                self._forget(flight)

    def _begin_soon(self) -> None:
        """Have `_begin` called once all that joins in this round of the loop is there."""
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        """Give slots to those whose turn it is and hand them to libunbound.

        The upstreams take turns too, one flight each, since the slots of all are bounded together.
        """
        self._is_scheduled = False
        ready: dict[int, list[_InFlight]] = {}
        untaken, self._untaken = self._untaken, []
        for flight in untaken:
            ready.setdefault(flight.upstream.group, []).append(flight)
        hungry = [upstream for upstream in self._upstreams.values() if upstream.turns.waiting]
        while hungry:
            for upstream in list(hungry):
                is_full = len(self._begun) >= self.limits.slots
                next_one = None if is_full else upstream.turns.next()
                if next_one is None:
                    hungry.remove(upstream)
                    continue
                next_one.has_slot = True
                self._begun[next_one.ticket] = next_one
                ready.setdefault(upstream.group, []).append(next_one)
        for group, flights in ready.items():
            self._submit(group, flights)
        if self._untaken and len(self._untaken) == len(self._begun):
            # Nothing is under way that could make room: libunbound has ended.
            for flight in self._untaken:
                self._give_up(flight)
            self._untaken = []

    def _submit(self, group: int, flights: list[_InFlight]) -> None:
        """Hand flights to libunbound; what it does not take now is tried after the next results."""
        batch = [
            Submission(flight.ticket, *flight.question[1:])  # all but the upstream
            for flight in flights
        ]
        taken = self._recursions.submit(batch, group)
        self._untaken += flights[taken:]

    def _on_readable(self) -> None:
        for result in self._recursions.drain():
            flight = self._begun.get(result.ticket)
            if flight is not None:
                self._finish(flight, result)
        self._begin()

    def _finish(self, flight: _InFlight, result: Result) -> None:
        self._forget(flight)
        flight.result = result
        for future in flight.futures:
            if not future.done():
                future.set_result(result)

    def _give_up(self, flight: _InFlight) -> None:
        self._finish(flight, Result(flight.ticket, dns.rcode.SERVFAIL, False, None, None, 0))

    def _forget(self, flight: _InFlight) -> None:
        """Take a flight out of the table, its slot or its place in the queue with it."""
        if self._flights.get(flight.question) is flight:
            del self._flights[flight.question]
        turns = flight.upstream.turns
        if not flight.has_slot:
            turns.leave(flight.suffix, flight)
        elif self._begun.pop(flight.ticket, None) is not None:
            turns.give_back(flight.suffix)
