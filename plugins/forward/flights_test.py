# SPDX-License-Identifier: Apache-2.0
"""Many clients at a time: one query for identical questions, and no more than is allowed."""

import asyncio
from typing import Any

import dns.rcode
import pytest

from plugins.forward.conftest import House, Upstream
from plugins.forward.flights import Flights
from plugins.forward.group import Outcome
from plugins.forward.message import Asked, Reply
from plugins.forward.metrics import ForwardMetrics
from plugins.forward.patience import Budget
from plugins.forward.slots import Slots
from resolver.errors import ResolverError
from resolver.metrics import Metrics
from resolver.testing import Case, FixedClock, RecordingWriter, request, run

NAME = "www.example.org. A"
ANSWER = Case(NAME, ["www.example.org. 60 IN A 192.0.2.1"])


def test_identical_questions_are_one_query() -> None:
    """Twenty clients at a time, one query; another DO, CD or transport is another one."""

    async def scene() -> None:
        async with Upstream() as upstream, House(f"forward . {upstream.at}") as house:
            line = house.lines[0]
            ways: list[dict[str, Any]] = [{}] * 20 + [{"do": True}, {"cd": True}, {"rd": False}]
            writers = [RecordingWriter() for _ in ways]
            await asyncio.gather(
                *(
                    line.serve_dns(w, request(NAME, now_ms=house.clock.now_ms(), **way))
                    for w, way in zip(writers, ways, strict=True)
                )
            )
            for writer in writers:
                ANSWER.check(writer.response)
            assert len(upstream.queries) == 4
            await house.query(NAME)
            assert len(upstream.queries) == 5

    run(scene())


def test_more_than_max_concurrent_are_refused() -> None:
    """REFUSED with the reason, counted; afterwards there is room again."""

    async def scene() -> None:
        async with Upstream() as upstream:
            text = f"forward . {upstream.at} {{\nmax_concurrent 2\n}}"
            async with House(text) as house:
                line, writers = house.lines[0], [RecordingWriter() for _ in range(3)]
                await asyncio.gather(
                    *(
                        line.serve_dns(
                            w, request(f"n{i}.example.org. A", now_ms=house.clock.now_ms())
                        )
                        for i, w in enumerate(writers)
                    )
                )
                assert [w.response.rcode for w in writers[:2]] == [0, 0]
                refused = writers[2].response
                assert refused.rcode == dns.rcode.REFUSED
                assert refused.ede == ((0, "concurrent queries exceeded maximum 2"),)
                assert house.metric("coredns_forward_max_concurrent_rejects_total") == 1
                await house.query(NAME)

    run(scene())


def waiting() -> tuple[Flights, list[asyncio.Future[Outcome]], Slots]:
    """Return flights whose questions wait for futures, these futures, and the slots."""
    slots = Slots(4)
    futures: list[asyncio.Future[Outcome]] = []

    async def ask(_: Asked, budget: Budget) -> Outcome:
        futures.append(asyncio.get_running_loop().create_future())
        return await futures[-1]

    return Flights(ask, FixedClock(), ForwardMetrics(Metrics()), slots), futures, slots


def test_a_waiter_that_is_cancelled_leaves_the_flight() -> None:
    """The others get their answer."""

    async def scene() -> None:
        flights, futures, slots = waiting()
        asked = Asked(b"\x01a\x00", 1)
        first, second = (asyncio.create_task(flights.join(asked, request(NAME))) for _ in range(2))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        outcome = Outcome(Reply(0, 0), "192.0.2.1:53")
        futures[0].set_result(outcome)
        assert await second is outcome and len(futures) == 1 and slots.taken == 0

    run(scene())


def test_sockets_are_bounded() -> None:
    """Without a slot a question is SERVFAIL, which is not kept (Extended DNS Error 0)."""

    async def scene() -> None:
        flights, _, slots = waiting()
        tasks = [
            asyncio.create_task(
                flights.join(Asked(b"\x01a\x00", t), request(NAME, client="127.0.0.1"))
            )
            for t in (1, 2)
        ]
        await asyncio.sleep(0)
        with pytest.raises(ResolverError, match="too many queries in flight") as caught:
            await flights.join(Asked(b"\x01a\x00", 3), request(NAME, client="127.0.0.1"))
        assert caught.value.ede == (0, "too many queries in flight")
        await flights.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert slots.taken == 0

    run(scene())


def test_time_grows_with_who_joins() -> None:
    """A flight goes on until the last of those who wait has to be answered."""
    clock = FixedClock(now_ms=0)
    budget = Budget(clock, 100)
    budget.extend(300)
    budget.extend(200)
    assert budget.left_ms == 300
    clock.advance(250)
    assert budget.left_ms == 50
