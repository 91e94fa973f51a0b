# SPDX-License-Identifier: Apache-2.0
"""Alarms: one delay for very many things, with a single timer of the clock for all of them.

Every query has a deadline and hardly any reaches it. Since the delay is the same for all, those
that fall due first are those that came first: a queue, not a heap.
"""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from resolver.clock import Clock, Timer

_T = TypeVar("_T")


class Alarms(Generic[_T]):
    """Calls `ring(thing)` a fixed delay after `set(thing)`, unless `is_over(thing)` by then."""

    def __init__(
        self,
        clock: Clock,
        delay_ms: int,
        ring: Callable[[_T], None],
        is_over: Callable[[_T], bool],
    ) -> None:
        self._clock = clock
        self._delay_ms = delay_ms
        self._ring = ring
        self._is_over = is_over
        self._waiting: deque[tuple[int, _T]] = deque()
        self._timer: Timer | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def set(self, thing: _T, now_ms: int) -> None:
        """Ring for `thing` once the delay has passed since `now_ms`."""
        waiting = self._waiting
        # What is over leaves from the front, so that the queue is about as long as what is not.
        while waiting and self._is_over(waiting[0][1]):
            waiting.popleft()
        waiting.append((now_ms + self._delay_ms, thing))
        if self._timer is None:
            self._timer = self._clock.call_later(self._delay_ms, self._wake)

    def cancel(self) -> None:
        """Ring for nothing any more."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self._timer = None
        now_ms = self._clock.now_ms()
        waiting = self._waiting
        while waiting and (waiting[0][0] <= now_ms or self._is_over(waiting[0][1])):
            _, thing = waiting.popleft()
            if not self._is_over(thing):
                self._ring(thing)
        if waiting and self._timer is None:
            wait_ms = max(1, waiting[0][0] - now_ms)
            self._timer = self._clock.call_later(wait_ms, self._wake)
