# SPDX-License-Identifier: Apache-2.0
"""Poller: does something again every so often, such as looking whether a file has changed."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from resolver.clock import Clock, Timer


class Poller:
    """Awaits `work` every `interval_ms`, counted from the end of the time before; 0 is never.

    The event loop's thread only. What `work` raises is told by the event loop; it goes on.
    """

    def __init__(
        self, clock: Clock, interval_ms: int, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        self._clock = clock
        self._interval_ms = interval_ms
        self._work = work
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False

    async def start(self) -> None:
        """Begin: the first time is an interval from now."""
        self._is_stopped = False
        self._arm()

    async def stop(self) -> None:
        """End; work under way is cancelled."""
        self._is_stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    def _arm(self) -> None:
        if self._interval_ms > 0 and not self._is_stopped:
            self._timer = self._clock.call_later(self._interval_ms, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self._work())
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._arm()
        if not task.cancelled() and task.exception() is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": "polling", "exception": task.exception(), "task": task}
            )
