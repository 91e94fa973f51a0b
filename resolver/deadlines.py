# SPDX-License-Identifier: Apache-2.0
"""Deadlines: when each query has to be answered. Nearly all have the same patience, some less."""

from collections.abc import Callable
from operator import attrgetter

from resolver.alarms import Alarms
from resolver.answering import Answer
from resolver.block import Block
from resolver.clock import Clock
from resolver.limits import Limits

_IS_OVER: Callable[[Answer], bool] = attrgetter("is_over")


def patience_ms(limits: Limits, block: Block | None) -> int:
    """Return how long a query to a server block may take: what the block says, if that is less."""
    if block is None or block.patience_ms is None:
        return limits.patience_ms
    return min(limits.patience_ms, block.patience_ms)


class Deadlines:
    """Calls `ring(answer)` at its request's deadline, unless the answer is over by then."""

    def __init__(self, clock: Clock, ring: Callable[[Answer], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._alarms: dict[int, Alarms[Answer]] = {}  # by patience: each is a queue

    def set(self, answer: Answer) -> None:
        """Ring for `answer` at its request's deadline."""
        request = answer.request
        patience_ms = request.deadline_ms - request.received_ms
        alarms = self._alarms.get(patience_ms)
        if alarms is None:
            alarms = self._alarms[patience_ms] = Alarms(
                self._clock, patience_ms, self._ring, _IS_OVER
            )
        alarms.set(answer, request.received_ms)

    def cancel(self) -> None:
        """Ring for nothing any more."""
        for alarms in self._alarms.values():
            alarms.cancel()
