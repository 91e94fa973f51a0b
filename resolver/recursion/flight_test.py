# SPDX-License-Identifier: Apache-2.0
"""Tests of flights: who shares one, who leaves it, what becomes of it at the end."""

import asyncio

import pytest

from resolver.recursion.flight import FlightTable, Waiter
from resolver.types import Question
from tests.recursion.stand_in import (
    CLIENT,
    LOOPBACK,
    OTHER,
    UP,
    Recursions,
    fly,
    join,
    question,
    settle,
    until_read,
)


def test_identical_questions_are_one_recursion() -> None:
    """Who asks what is in flight joins it; all get the one result, the next asks anew."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        first = table.join(question("www.example.org."), CLIENT, 0)
        second = table.join(question("www.example.org."), OTHER, 10)
        assert isinstance(first, Waiter)
        assert isinstance(second, Waiter)
        assert (first.is_coalesced, second.is_coalesced) == (False, True)
        results = asyncio.gather(first.result(), second.result())
        await settle()
        assert len(recursions.asked) == 1
        recursions.answer(*recursions.asked)
        one, other = await results
        assert one is other
        assert (table.in_flight, table.in_libunbound, table.waiting) == (0, 0, 0)
        third = table.join(question("www.example.org."), CLIENT, 20)
        assert isinstance(third, Waiter)
        assert not third.is_coalesced

    fly(body)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(question("www.example.net."), id="another name"),
        pytest.param(question("www.example.org.")._replace(qtype=28), id="another type"),
        pytest.param(question("www.example.org.", renew=0), id="cached data may not serve"),
        pytest.param(question("www.example.org.", b"two"), id="another configuration"),
    ],
)
def test_what_differs_is_another_recursion(other: Question) -> None:
    """A flight is one question to one configuration."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        table.open(b"two", 8, 10)
        waiting = join(table, "www.example.org.")
        waiter = table.join(other, CLIENT, 0)
        assert isinstance(waiter, Waiter)
        assert not waiter.is_coalesced
        second = asyncio.get_running_loop().create_task(waiter.result())
        await settle()
        assert len(recursions.asked) == 2
        assert [s.renew for s in recursions.asked] == [None, other.renew]
        recursions.answer(*recursions.asked)
        await asyncio.gather(waiting, second)

    fly(body)


def test_a_round_of_the_loop_is_one_batch() -> None:
    """What joins together is handed over together, to the group of its configuration."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        tasks = [join(table, f"www.example{number}.org.") for number in range(100)]
        await settle()
        assert recursions.batches == [(7, 100)]
        recursions.answer(*recursions.asked)
        await asyncio.gather(*tasks)

    fly(body)


def test_who_joins_late_need_not_wait() -> None:
    """A flight past its deadline says so to who joins; the early ones get the late result."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        early = join(table, "www.example.org.", CLIENT, now_ms=1000)
        await settle()
        for now_ms, is_late in ((4999, False), (5000, True)):
            waiter = table.join(question("www.example.org."), OTHER, now_ms)
            assert isinstance(waiter, Waiter)
            assert waiter.is_late is is_late
        recursions.answer(*recursions.asked)
        assert (await early).rcode == 0

    fly(body, deadline_ms=4000)


def test_one_waiter_leaves_the_others_alone() -> None:
    """Cancelling a waiter ends its wait alone, and it is counted no more."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        leaving, staying = join(table, "www.example.org."), join(table, "www.example.org.", OTHER)
        await settle()
        leaving.cancel()
        await settle()
        assert table.waiting == 1
        recursions.answer(*recursions.asked)
        assert (await staying).rcode == 0
        assert leaving.cancelled()

    fly(body)


def test_a_begun_flight_goes_on_without_waiters() -> None:
    """libunbound frees nothing on cancelling: its slot stays taken until it answers."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        task = join(table, "www.example.org.")
        await settle()
        task.cancel()
        await settle()
        assert (table.in_libunbound, table.waiting) == (1, 0)
        recursions.answer(*recursions.asked)
        await until_read(table, recursions)
        assert (table.in_libunbound, table.in_flight) == (0, 0)

    fly(body)


def test_a_flight_that_never_began_is_dropped_with_its_last_waiter() -> None:
    """What waits for a slot and for nobody is not asked at all."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        first, second = join(table, "a.example."), join(table, "b.example.")
        await settle()
        second.cancel()
        await settle()
        assert table.in_flight == 1
        recursions.answer(*recursions.asked)
        await first
        await settle()
        assert len(recursions.asked) == 1

    fly(body, own_slots=1)


def test_closing_an_upstream_fails_what_waits_for_its_turn() -> None:
    """What is in libunbound goes on; what has no slot yet gets a failure."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        begun, queued = join(table, "a.example."), join(table, "b.example.")
        await settle()
        table.close(UP)
        assert (await queued).rcode == 2
        recursions.answer(*recursions.asked)
        assert (await begun).rcode == 0
        with pytest.raises(KeyError):
            table.join(question("c.example."), LOOPBACK, 0)

    fly(body, own_slots=1)


def test_the_end_fails_whoever_waits() -> None:
    """After `detach` nobody waits in vain."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        tasks = [join(table, name) for name in ("a.example.", "b.example.")]
        await settle()
        table.detach()
        assert [result.rcode for result in await asyncio.gather(*tasks)] == [2, 2]
        assert (table.in_flight, table.in_libunbound, table.waiting) == (0, 0, 0)

    fly(body, own_slots=1)


def test_a_result_that_came_before_the_wait_is_not_lost() -> None:
    """Who joins and awaits later, when the flight is over, gets its result."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        waiter = table.join(question("www.example.org."), LOOPBACK, 0)
        assert isinstance(waiter, Waiter)
        await settle()
        recursions.answer(*recursions.asked)
        await until_read(table, recursions)
        assert (await waiter.result()).rcode == 0

    fly(body)
