# SPDX-License-Identifier: Apache-2.0
"""Tests of flights: how many there may be, and what waits."""

import asyncio

import pytest

from resolver import names
from resolver.recursion.flight import FlightTable, Waiter
from resolver.request import Endpoint
from resolver.types import Refused
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


def test_flights_beyond_the_slots_wait_their_turn() -> None:
    """No more are in libunbound than the upstream has slots; suffixes take turns."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        tasks = [join(table, f"w{number}.flood.example.") for number in range(20)]
        await settle()
        assert len(recursions.asked) == 5  # half of the slots: a tenth is less
        tasks.append(join(table, "www.example.org."))
        await settle()
        assert recursions.asked[-1].qname == names.from_text("www.example.org.")
        done = 0
        while done < 21:
            part = recursions.asked[done:]
            assert 0 < len(part) <= 10
            recursions.answer(*part)
            done += len(part)
            await until_read(table, recursions)
        assert all(task.done() for task in tasks)

    fly(body, own_slots=10)


def test_all_upstreams_share_the_slots_of_the_thread() -> None:
    """Two configurations together have no more flights in libunbound than one thread takes."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        table.open(b"two", 8, 10)
        waiters = [
            table.join(question(f"w{number}.z{number}.example{number}.", upstream), LOOPBACK, 0)
            for number in range(10)
            for upstream in (UP, b"two")
        ]
        tasks = [
            asyncio.get_running_loop().create_task(waiter.result())
            for waiter in waiters
            if isinstance(waiter, Waiter)
        ]
        await settle()
        assert table.in_libunbound == 4
        assert sorted(recursions.batches) == [(7, 2), (8, 2)]
        while table.in_flight:
            recursions.answer(*recursions.asked[-table.in_libunbound :])
            await until_read(table, recursions)
        await asyncio.gather(*tasks)

    fly(body, own_slots=10, slots=4)


@pytest.mark.parametrize(
    ("limits", "clients", "reason"),
    [
        pytest.param({"client_waiters": 2}, [CLIENT, CLIENT, CLIENT], "client", id="of one client"),
        pytest.param({"waiters": 2}, [CLIENT, OTHER, LOOPBACK], "waiters", id="in all"),
        pytest.param({"flights": 2}, [CLIENT, OTHER, LOOPBACK], "flights", id="flights"),
    ],
)
def test_beyond_a_cap_is_refused(
    limits: dict[str, int], clients: list[Endpoint], reason: str
) -> None:
    """Too many waiters, of one client or in all, or too many flights: the last one is refused."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        *before, last = clients
        tasks = [join(table, f"w{n}.example.", client) for n, client in enumerate(before)]
        await settle()
        assert table.join(question("more.example."), last, 0) == Refused(reason)
        recursions.answer(*recursions.asked)
        await asyncio.gather(*tasks)
        assert isinstance(table.join(question("more.example."), last, 0), Waiter)

    fly(body, **limits)


def test_what_libunbound_does_not_take_is_tried_again() -> None:
    """A full inbox loses nothing: the rest goes with the next results."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        tasks = [join(table, f"www.example{number}.") for number in range(5)]
        await settle()
        assert len(recursions.asked) == 3
        recursions.answer(*recursions.asked)
        await until_read(table, recursions)
        recursions.answer(*recursions.asked[3:])
        assert len(await asyncio.gather(*tasks)) == 5

    fly(body, room=3)


def test_without_libunbound_there_is_an_answer() -> None:
    """Where it takes nothing and has nothing, its thread has ended: a failure, at once."""

    async def body(table: FlightTable, recursions: Recursions) -> None:
        result = await join(table, "www.example.org.")
        assert (result.rcode, result.wire) == (2, None)
        assert (table.in_flight, table.in_libunbound) == (0, 0)

    fly(body, room=0)
