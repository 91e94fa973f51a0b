# SPDX-License-Identifier: Apache-2.0
"""The clock that server, transports, timers and caches share.

Deadlines are milliseconds of CLOCK_BOOTTIME (it goes on while a laptop sleeps and never jumps);
wall-clock time is for signatures' validity and for logs.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """Something that `Clock.call_later` promised to call; `cancel` takes the promise back."""

    def cancel(self) -> None:
        """Do not call; harmless when it was called or cancelled already."""


class Clock(Protocol):
    """Time for the whole server. The event loop's thread only, but for the two readings."""

    def now_ms(self) -> int:
        """Return CLOCK_BOOTTIME in milliseconds. Any thread."""

    def now_ns(self) -> int:
        """Return CLOCK_BOOTTIME in nanoseconds, for durations that are told. Any thread."""

    def wall_s(self) -> float:
        """Return the seconds since 1970 (UTC). Any thread."""

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` in the event loop once `delay_ms` have passed."""


class SystemClock:
    """The machine's clock; its timers are the running event loop's."""

    def now_ms(self) -> int:
        """Return CLOCK_BOOTTIME in milliseconds."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def now_ns(self) -> int:
        """Return CLOCK_BOOTTIME in nanoseconds."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def wall_s(self) -> float:
        """Return the seconds since 1970 (UTC)."""
        return time.time()

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` in the running event loop once `delay_ms` have passed."""
        return asyncio.get_running_loop().call_later(delay_ms / 1000, callback)
