# SPDX-License-Identifier: Apache-2.0
"""When a Watch looks, and what it says; that a whole server changes over is in tests/."""

import asyncio
import logging
import random
from typing import cast

import pytest

from plugins.reload.reload import Watch
from plugins.reload.setup import setup
from resolver.errors import ConfigurationError, ConfigurationErrors, ResolverError
from resolver.reloading import RELOADER, Reloader, UnreadableError
from resolver.testing import FixedClock, controller, run, services


class Reloads:
    """A reloader whose outcomes are given; `looks` are the times at which it was asked."""

    digest = "abc"

    def __init__(self, clock: FixedClock, *outcomes: ResolverError | None) -> None:
        self.looks: list[int] = []
        self._clock = clock
        self._start_ms = clock.now_ms()
        self._outcomes = list(outcomes)

    async def reload_if_changed(self) -> None:
        self.looks.append(self._clock.now_ms() - self._start_ms)
        outcome = self._outcomes.pop(0) if self._outcomes else None
        if outcome is not None:
            raise outcome


async def watched(clock: FixedClock, watch: Watch, for_ms: int) -> None:
    """Let a watch run for a time."""
    await watch.start()
    for _ in range(for_ms // 1000):
        clock.advance(1000)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    await watch.stop()
    clock.advance(1_000_000)
    await asyncio.sleep(0)


def made(reloads: Reloads, clock: FixedClock, interval_ms: int, jitter_ms: int = 0) -> Watch:
    return Watch(cast(Reloader, reloads), interval_ms, jitter_ms, clock, random.Random(1))


def test_it_looks_again_and_again() -> None:
    """Every interval, from start to stop."""
    clock = FixedClock()
    reloads = Reloads(clock)
    run(watched(clock, made(reloads, clock, 10_000), 35_000))
    assert reloads.looks == [10_000, 20_000, 30_000]


def test_jitter_spreads_the_looks() -> None:
    """Up to half of it to either side."""
    clock = FixedClock()
    reloads = Reloads(clock)
    run(watched(clock, made(reloads, clock, 100_000, 50_000), 2_000_000))
    gaps = [b - a for a, b in zip([0, *reloads.looks], reloads.looks, strict=False)]
    assert 15 <= len(gaps) <= 26
    assert all(74_000 <= gap <= 126_000 for gap in gaps)
    assert len(set(gaps)) > 5


def test_what_it_says(caplog: pytest.LogCaptureFixture) -> None:
    """What runs; a reload that failed on one line; what cannot be read, once."""
    clock = FixedClock()
    gone = UnreadableError("open Corefile: no such file or directory")
    wrong = ConfigurationErrors([ConfigurationError("one"), ConfigurationError("two")])
    reloads = Reloads(clock, gone, gone, wrong, None, gone)
    with caplog.at_level(logging.INFO):
        run(watched(clock, made(reloads, clock, 2_000), 11_000))
    assert len(reloads.looks) == 5
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "Running configuration SHA512 = abc"),
        ("WARNING", "Corefile parse failed: open Corefile: no such file or directory"),
        ("ERROR", "Corefile changed but reload failed: one; two"),
        ("WARNING", "Corefile parse failed: open Corefile: no such file or directory"),
    ]
    assert {record.name for record in caplog.records} == {"plugin/reload"}


def test_of_several_blocks_the_last_one_watches() -> None:
    """It is one Corefile."""

    async def live() -> None:
        for one in blocks:
            for hook in one.block.hooks.started:
                await hook()
        for _ in range(20):
            clock.advance(1000)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        for one in blocks:
            for hook in one.block.hooks.shutdown:
                await hook()

    clock = FixedClock()
    given = services(clock)
    given.shared[RELOADER] = reloads = Reloads(clock)
    blocks = [controller(f"reload {seconds}s 0s", given=given) for seconds in (2, 7)]
    given.blocks = [one.block for one in blocks]
    for one in blocks:
        setup(one)
    run(live())
    assert reloads.looks == [7000, 14_000]
