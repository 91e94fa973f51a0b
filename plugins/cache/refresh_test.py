# SPDX-License-Identifier: Apache-2.0
"""Prefetch, and the Tasks that ask anew in the background."""

import asyncio
import logging
from functools import partial

import pytest

from plugins.cache.conftest import Scene, refreshed
from plugins.cache.refresh import MAX_REFRESH_MS, MAX_REFRESHES, RENEW, Refresher
from resolver.request import Request, Transport
from resolver.response import Response
from resolver.testing import Case, FixedClock, request, response, run

pytestmark = pytest.mark.usefixtures("kept_in")

NAME = "example.org. A"
A = "example.org. {} IN A 192.0.2.1"


def kept(line: str = "prefetch 2 1m 10%") -> Scene:
    """Return a cache that has NAME for 100 s."""
    scene = Scene(f"cache {{\n {line}\n}}")
    scene.answers(NAME, [A.format(100)], context=1)
    scene.ask(NAME)
    return scene


@pytest.mark.parametrize(
    "waits_s, asked",
    [
        pytest.param([50, 40], 2, id="two hits, the second in the last tenth"),
        pytest.param([50, 39], 1, id="too early"),
        pytest.param([90], 1, id="one hit is not enough"),
        pytest.param([10, 10, 70], 1, id="a gap of more than a minute: counted anew"),
        pytest.param([30, 60], 2, id="a gap of a minute"),
    ],
)
def test_when_an_entry_is_renewed(waits_s: list[int], asked: int) -> None:
    """AMOUNT hits with no gap above DURATION, once PERCENTAGE of the time is left."""
    scene = kept()
    for wait_s in waits_s:
        scene.clock.advance(1000 * wait_s)
        scene.ask(NAME)
    assert len(scene.asked) == asked
    assert scene.value("coredns_cache_prefetch_total") == asked - 1


def test_a_prefetch_renews_the_entry() -> None:
    """Its hits go on, so that a name in use is always there."""
    scene = kept()
    for wait_s in (50, 40):
        scene.clock.advance(1000 * wait_s)
        Case(NAME, [A.format(50 if wait_s == 50 else 10)]).check(scene.ask(NAME))
    scene.clock.advance(10_000)
    Case(NAME, [A.format(90)]).check(scene.ask(NAME))
    scene.clock.advance(60_000)
    scene.clock.advance(20_000)
    scene.ask(NAME)
    assert len(scene.asked) == 2, "a gap of 80 s"
    scene.clock.advance(1000)
    scene.ask(NAME)
    assert len(scene.asked) == 3


def test_a_refresh_really_asks_upstream() -> None:
    """It names the context whose data must not serve, and is nobody's."""
    scene = kept("prefetch 1")
    scene.clock.advance(95_000)
    scene.ask(NAME, id=7)
    first, renewed = scene.asked
    assert RENEW not in first.labels
    assert renewed.labels[RENEW]() == "1"
    assert (first.transport, renewed.transport) == (Transport.DO53_UDP, Transport.DO53_TCP)
    assert renewed.received_ms == scene.clock.now_ms()
    assert renewed.deadline_ms - renewed.received_ms == first.deadline_ms - first.received_ms


def test_prefetch_and_refresh_of_an_entry_are_one() -> None:
    """While one is under way the other is not started."""
    scene = kept("prefetch 1\n serve_stale")

    async def rush() -> None:
        scene.upstream.gate = asyncio.Event()
        scene.clock.advance(95_000)
        await scene.query(NAME)
        scene.clock.advance(5000)
        assert [ede.code for ede in (await scene.query(NAME)).ede] == [3]
        await asyncio.sleep(0)
        assert len(scene.asked) == 2
        scene.upstream.gate.set()
        await refreshed()

    run(rush())
    Case(NAME, [A.format(100)]).check(scene.ask(NAME))


def test_a_failed_prefetch_is_not_repeated_at_once() -> None:
    """While the failure is kept; the entry serves as long as it lasts."""
    scene = kept("prefetch 1")
    scene.answers(NAME, rcode="SERVFAIL")
    scene.clock.advance(91_000)
    for _ in range(3):
        Case(NAME, [A.format(9)]).check(scene.ask(NAME))
    assert len(scene.asked) == 2
    scene.clock.advance(5000)
    Case(NAME, [A.format(4)]).check(scene.ask(NAME))
    assert len(scene.asked) == 3


def test_a_refresh_that_was_not_kept_may_be_repeated() -> None:
    """A TTL of 0 is no failure."""
    scene = kept("prefetch 1")
    scene.answers(NAME, [A.format(0)])
    scene.clock.advance(91_000)
    for _ in range(2):
        Case(NAME, [A.format(9)]).check(scene.ask(NAME))
    assert len(scene.asked) == 3


def test_a_refresh_ends_after_thirty_seconds() -> None:
    """Whatever holds it; then another may be tried."""
    scene = kept("prefetch 1")

    async def hang() -> None:
        scene.upstream.gate = asyncio.Event()
        scene.clock.advance(91_000)
        await scene.query(NAME)
        await asyncio.sleep(0)
        scene.clock.advance(MAX_REFRESH_MS)
        await refreshed()

    run(hang())
    scene.upstream.gate = None
    scene.ask(NAME)
    assert len(scene.asked) == 3


def test_there_are_only_so_many_refreshes() -> None:
    """An outage must not fill memory with Tasks."""

    async def fill() -> None:
        refresher = Refresher(FixedClock())
        gate = asyncio.Event()

        async def refresh() -> None:
            await gate.wait()

        for _ in range(MAX_REFRESHES):
            assert not refresher.is_full
            refresher.start(refresh(), lambda: None)
        assert refresher.is_full
        await refresher.close()
        assert not refresher.is_full

    run(fill())


def test_closing_waits_for_all() -> None:
    """Those that have not begun are told of their end too."""

    async def close() -> None:
        ended: list[int] = []
        refresher = Refresher(FixedClock())

        async def refresh() -> None:
            await asyncio.Event().wait()

        for number in range(3):
            refresher.start(refresh(), partial(ended.append, number))
        await refresher.close()
        assert ended == [0, 1, 2]

    run(close())


def test_a_panic_in_a_refresh_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """It harms nobody, and somebody must hear of it."""
    scene = kept("prefetch 1")

    def broken(asked: Request) -> Response:
        raise ZeroDivisionError("a mistake")

    scene.upstream.answer = broken
    scene.clock.advance(95_000)
    with caplog.at_level(logging.ERROR, "plugin/cache"):
        Case(NAME, [A.format(5)]).check(scene.ask(NAME))
    assert "ZeroDivisionError('a mistake')" in caplog.text


def test_shutdown_ends_refreshes() -> None:
    """The plugin owns its Tasks."""
    scene = kept("prefetch 1")

    async def stop() -> None:
        scene.upstream.gate = asyncio.Event()
        scene.clock.advance(95_000)
        await scene.query(NAME)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 2
        await scene.cache.close()
        assert len(asyncio.all_tasks()) == 1

    run(stop())


def test_what_a_refresh_brings_is_kept() -> None:
    """Although nobody gets it."""
    scene = kept("prefetch 1")
    scene.clock.advance(95_000)
    scene.ask(NAME)
    entry = scene.cache.keeper.find(request(NAME), scene.clock.now_ms())
    assert entry is not None
    assert entry.response.wire == response(NAME, [A.format(100)]).wire
