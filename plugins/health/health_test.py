# SPDX-License-Identifier: Apache-2.0
"""The lameduck time."""

import asyncio
import logging

import pytest

from plugins.health.health import Lameduck
from resolver.testing import FixedClock, run


def test_it_lasts_as_long_as_was_said(caplog: pytest.LogCaptureFixture) -> None:
    """And says so when it begins."""

    async def live() -> None:
        waiting = asyncio.create_task(Lameduck(5000, "5s", clock).wait())
        await asyncio.sleep(0)
        assert caplog.messages == ["Going into lameduck mode for 5s"]
        clock.advance(4999)
        await asyncio.sleep(0)
        assert not waiting.done()
        clock.advance(1)
        await waiting

    clock = FixedClock()
    with caplog.at_level(logging.INFO):
        run(live())


@pytest.mark.parametrize("delay_ms", [0, -1])
def test_none_is_over_at_once(delay_ms: int, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is said."""
    with caplog.at_level(logging.INFO):
        run(Lameduck(delay_ms, "0s", FixedClock()).wait())
    assert caplog.messages == []
