# SPDX-License-Identifier: Apache-2.0
"""Patience: waiting with a limit, by the server's own clock."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from resolver.clock import Clock

_T = TypeVar("_T")


class Budget:
    """Until when there must be an answer; it grows when somebody joins who waits longer."""

    def __init__(self, clock: Clock, deadline_ms: int) -> None:
        self._clock = clock
        self._deadline_ms = deadline_ms

    def extend(self, deadline_ms: int) -> None:
        """Allow time until `deadline_ms` at least."""
        self._deadline_ms = max(self._deadline_ms, deadline_ms)

    @property
    def left_ms(self) -> int:
        """How much time there is left; 0 or less if there is none."""
        return self._deadline_ms - self._clock.now_ms()


async def within(clock: Clock, limit_ms: int, work: Coroutine[Any, Any, _T]) -> _T:
    """Return what `work` returns. It is cancelled at the limit, and its end awaited.

    Raises TimeoutError at the limit.
    """
    task = asyncio.get_running_loop().create_task(work)
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = task.cancel()

    timer = clock.call_later(max(0, limit_ms), expire)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():  # it is us who is cancelled
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        if expired:
            raise TimeoutError("i/o timeout") from None
        raise
    finally:
        timer.cancel()


async def pause(clock: Clock, for_ms: int) -> None:
    """Return once so many milliseconds have passed."""
    passed = asyncio.get_running_loop().create_future()

    def wake() -> None:
        if not passed.done():
            passed.set_result(None)

    timer = clock.call_later(for_ms, wake)
    try:
        await passed
    finally:
        timer.cancel()
