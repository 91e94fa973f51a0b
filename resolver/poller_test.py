# SPDX-License-Identifier: Apache-2.0
"""When a Poller works."""

import asyncio
from typing import Any

from resolver.poller import Poller
from resolver.testing import FixedClock, run


class Work:
    """Counts; waits at `gate`, if there is one; raises `error`, if there is one."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0
        self.gate: asyncio.Event | None = None
        self.error: Exception | None = None

    async def __call__(self) -> None:
        self.begun += 1
        if self.error is not None:
            raise self.error
        if self.gate is not None:
            await self.gate.wait()
        self.ended += 1


async def turns() -> None:
    """Let Tasks run that are ready."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_it_works_again_and_again() -> None:
    """Every interval, not before."""

    async def scenario() -> None:
        clock, work = FixedClock(), Work()
        poller = Poller(clock, 1000, work)
        await poller.start()
        clock.advance(999)
        await turns()
        assert work.ended == 0
        for times in (1, 2, 3):
            clock.advance(1000)
            await turns()
            assert work.ended == times
        await poller.stop()
        clock.advance(9000)
        await turns()
        assert work.begun == 3

    run(scenario())


def test_work_never_overlaps_with_itself() -> None:
    """The interval is counted from its end; what is under way at the end is cancelled."""

    async def scenario() -> None:
        clock, work = FixedClock(), Work()
        work.gate = asyncio.Event()
        poller = Poller(clock, 1000, work)
        await poller.start()
        clock.advance(9000)
        await turns()
        clock.advance(9000)
        await turns()
        assert (work.begun, work.ended) == (1, 0)
        work.gate.set()
        await turns()
        work.gate.clear()
        clock.advance(1000)
        await turns()
        assert (work.begun, work.ended) == (2, 1)
        await poller.stop()
        clock.advance(9000)
        await turns()
        assert (work.begun, work.ended) == (2, 1)

    run(scenario())


def test_an_interval_of_zero_is_never() -> None:
    """As `reload 0` in a Corefile."""

    async def scenario() -> None:
        clock, work = FixedClock(), Work()
        poller = Poller(clock, 0, work)
        await poller.start()
        clock.advance(99_000)
        await turns()
        await poller.stop()
        assert work.begun == 0

    run(scenario())


def test_it_goes_on_after_a_mistake() -> None:
    """The event loop tells of it."""

    async def scenario() -> None:
        told: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, what: told.append(what))
        clock, work = FixedClock(), Work()
        work.error = ValueError("mistake")
        poller = Poller(clock, 1000, work)
        await poller.start()
        for _ in range(2):
            clock.advance(1000)
            await turns()
        assert work.begun == 2
        await poller.stop()
        assert [str(what["exception"]) for what in told] == ["mistake", "mistake"]

    run(scenario())
