# SPDX-License-Identifier: Apache-2.0
"""Lameduck: how long the server goes on after its end was asked for, so that others notice."""

import asyncio
import logging

from resolver.clock import Clock

_log = logging.getLogger("plugin/health")


class Lameduck:
    """A time in which queries are answered and /health says OK, but the end is near."""

    def __init__(self, delay_ms: int, shown: str, clock: Clock) -> None:
        self._delay_ms = delay_ms
        self._shown = shown
        self._clock = clock

    async def wait(self) -> None:
        """Return once the time is over; at once if it is none."""
        if self._delay_ms <= 0:
            return
        _log.info("Going into lameduck mode for %s", self._shown)
        over = asyncio.Event()
        timer = self._clock.call_later(self._delay_ms, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()


def healthy() -> tuple[int, str]:
    """Return status and text of the page: whoever can ask it is told that all is well."""
    return 200, "OK"
