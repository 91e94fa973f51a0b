# SPDX-License-Identifier: Apache-2.0
"""A clock that tests drive."""

import heapq
import itertools
from collections.abc import Callable

from resolver.clock import Timer

NOW_MS = 1_000_000
WALL_S = 1_790_000_000.0


class FixedClock:
    """A clock that stands still until `advance`; its timers run then, in their order."""

    def __init__(self, now_ms: int = NOW_MS, wall_s: float = WALL_S) -> None:
        self._now_ms = now_ms
        self._wall_s = wall_s
        self._timers: list[tuple[int, int, _FixedTimer]] = []
        self._numbers = itertools.count()
        self.watchers: list[Callable[[], None]] = []

    def now_ms(self) -> int:
        """Return the milliseconds that it shows."""
        return self._now_ms

    def now_ns(self) -> int:
        """Return the nanoseconds that it shows."""
        return self._now_ms * 1_000_000

    def wall_s(self) -> float:
        """Return the wall-clock seconds that it shows."""
        return self._wall_s

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` when `advance` has moved the clock by `delay_ms`."""
        timer = _FixedTimer(callback)
        heapq.heappush(self._timers, (self._now_ms + delay_ms, next(self._numbers), timer))
        return timer

    def advance(self, by_ms: int) -> None:
        """Move the clock on, calling what falls due on the way."""
        end = self._now_ms + by_ms
        while self._timers and self._timers[0][0] <= end:
            due, _, timer = heapq.heappop(self._timers)
            self._move(due)
            timer.run()
        self._move(end)

    def _move(self, to_ms: int) -> None:
        self._wall_s += max(0, to_ms - self._now_ms) / 1000
        self._now_ms = max(to_ms, self._now_ms)
        for watch in self.watchers:
            watch()


class _FixedTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def run(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()
