# SPDX-License-Identifier: Apache-2.0
"""Results of native flights find who of the chain waits for them."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import dns.rcode
import pytest

from resolver.recursion.joined import JoinedFlights, JoinedWaiter
from resolver.recursion.shown import FlightShown
from resolver.request import Endpoint
from resolver.types import Place, Question, Refused, Result, Submission
from resolver.wire import RR

CLIENT = Endpoint("192.0.2.1", 4000)
UP = b"up"


@dataclass
class Joined:
    """A question that joined."""

    number: int
    is_late: bool = False
    is_coalesced: bool = False
    has_place: bool = False
    parted: int = 0

    def part(self) -> None:
        """Count it."""
        self.parted += 1


@dataclass
class Native:
    """Native flights: what is asked for by one name is one flight, whose number is its length."""

    refusal: Refused | None = None
    is_late: bool = False
    joined: list[Joined] = field(default_factory=list)
    said: list[object] = field(default_factory=list)
    flights: int = 3
    begun: int = 2
    waiters: int = 5

    def form(self, octets: bytes, wall_s: float, *, dnssec: bool) -> tuple[bytes, tuple[RR, ...]]:
        """Return it as it is."""
        return octets, ()

    def attach(self, thread: object) -> None:
        """Note it."""
        self.said.append(thread)

    def detach(self) -> None:
        """Note it."""
        self.said.append("detach")

    def open(self, group: int, slots: int) -> int:
        """Return a number that tells them."""
        return group * 1000 + slots

    def close(self, upstream: int) -> None:
        """Note it."""
        self.said.append(upstream)

    def join(
        self,
        upstream: int,
        question: Question,
        client: Endpoint,
        now_ms: int,
        place: Place | None = None,
    ) -> Joined | Refused:
        """Join."""
        self.said.append((upstream, client, now_ms))
        self.joined.append(Joined(len(question.qname), self.is_late))
        return self.refusal or self.joined[-1]

    def start(self) -> None:
        """Note it."""
        self.said.append("start")

    def counts(self) -> "Native":
        """Return the numbers."""
        return self

    def shown(self, now_ms: int) -> Sequence[FlightShown]:
        """Show one."""
        return [FlightShown(b"\0", 1, now_ms, 1, True)]


class Thread:
    """Recursions that finish what they are told to."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        self.finished: list[Result] = []

    @property
    def thread(self) -> str:
        """Return what stands for the thread."""
        return "the thread"

    def submit(self, batch: Sequence[Submission], group: int) -> int:
        """Nobody submits."""
        raise AssertionError((batch, group))

    def drain(self) -> list[Result]:
        """Return what is finished."""
        os.read(self._read, 16)
        finished, self.finished = self.finished, []
        return finished

    def fileno(self) -> int:
        """Return what is readable."""
        return self._read

    def finish(self, *tickets: int) -> None:
        """Finish flights."""
        self.finished += (Result(n, dns.rcode.NOERROR, True, None, b"wire", 0) for n in tickets)
        os.write(self._write, b"x")

    def close(self) -> None:
        """Close the pipe."""
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
def thread() -> Iterator[Thread]:
    """A thread."""
    made = Thread()
    yield made
    made.close()


def _question(qname: bytes) -> Question:
    return Question(UP, qname, 1, 1)


def _join(flights: JoinedFlights, qname: bytes) -> asyncio.Task[Result]:
    waiter = flights.join(_question(qname), CLIENT, 7)
    assert isinstance(waiter, JoinedWaiter)
    return asyncio.get_running_loop().create_task(waiter.result())


def test_a_result_comes_to_all_who_wait_for_its_flight(thread: Thread) -> None:
    """And to nobody else; who was cancelled has parted, and others are not touched by that."""

    async def run() -> None:
        native = Native()
        flights = JoinedFlights(thread, native)
        flights.open(UP, 4, 50)
        flights.attach()
        one, two, other, gone = (_join(flights, name) for name in (b"a", b"a", b"bb", b"a"))
        await asyncio.sleep(0)
        gone.cancel()
        thread.finish(1, 99)
        assert [(await task).ticket for task in (one, two)] == [1, 1]
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert not other.done()
        assert [joined.parted for joined in native.joined] == [0, 0, 0, 1]
        assert native.said == ["the thread", *[(4050, CLIENT, 7)] * 4, "start"]
        flights.detach()
        failure = await other
        assert (failure.rcode, failure.wire) == (dns.rcode.SERVFAIL, None)
        assert native.said[-1] == "detach"

    asyncio.run(run())


def test_who_gave_a_place_has_a_result_of_its_own(thread: Thread) -> None:
    """It says whether the engine has answered there, and not elsewhere; who is gone has parted."""

    async def run() -> None:
        native = Native()
        flights = JoinedFlights(thread, native)
        flights.open(UP, 4, 50)
        flights.attach()
        tasks = [_join(flights, b"a") for _ in range(4)]
        for number, joined in enumerate(native.joined[1:], 101):
            joined.has_place, joined.number = True, number
        await asyncio.sleep(0)
        tasks.pop().cancel()
        thread.finished.append(Result(101, 0, True, None, None, 0, is_answered=True))
        thread.finish(1, 102, 103)
        assert [(await task).is_answered for task in tasks] == [False, True, False]
        assert [joined.parted for joined in native.joined] == [0, 0, 0, 1]
        other = _join(flights, b"a")
        native.joined[-1].has_place = True
        await asyncio.sleep(0)
        flights.detach()
        assert (await other).rcode == dns.rcode.SERVFAIL

    asyncio.run(run())


def test_who_is_cancelled_after_the_result_came_does_not_part(thread: Thread) -> None:
    """The flight is over for C already."""

    async def run() -> None:
        native = Native()
        flights = JoinedFlights(thread, native)
        flights.open(UP, 0, 1)
        flights.attach()
        task = _join(flights, b"a")
        await asyncio.sleep(0)
        thread.finish(1)
        flights._on_readable()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert native.joined[0].parted == 0
        flights.detach()

    asyncio.run(run())


def test_refusals_and_late_flights_are_passed_on(thread: Thread) -> None:
    """And an upstream that is not open is a KeyError, as with the other table."""

    async def run() -> None:
        native = Native(refusal=Refused("client"))
        flights = JoinedFlights(thread, native)
        with pytest.raises(KeyError):
            flights.join(_question(b"a"), CLIENT, 0)
        flights.open(UP, 1, 10)
        assert flights.join(_question(b"a"), CLIENT, 0) == Refused("client")
        native.refusal, native.is_late = None, True
        waiter = flights.join(_question(b"a"), CLIENT, 0)
        assert isinstance(waiter, JoinedWaiter)
        assert waiter.is_late
        assert flights.native_number(UP) == 1010
        flights.close(UP)
        assert native.said[-1] == 1010
        assert flights.native_number(UP) is None

    asyncio.run(run())


def test_what_it_shows_is_native(thread: Thread) -> None:
    """Flights of lanes and of the chain are counted and shown together."""

    async def run() -> None:
        flights = JoinedFlights(thread, Native())
        assert (flights.in_flight, flights.in_libunbound, flights.waiting) == (3, 2, 5)
        assert [shown.age_ms for shown in flights.shown(8)] == [8]

    asyncio.run(run())
