# SPDX-License-Identifier: Apache-2.0
"""Consolidation: many errors alike become one line every so often."""

import logging
from typing import Any

from resolver.clock import Clock, Timer


class Pattern:
    """Counts errors that its expression matches, and tells their number when its period is over.

    `expression` is a compiled RE2 pattern. The period starts with the first error. `show_first`:
    that one is logged at once, and a summary of one is left out. The event loop's thread only.
    """

    def __init__(
        self,
        expression: Any,
        period_ms: int,
        period: str,
        level: int,
        show_first: bool,
        clock: Clock,
        logger: logging.Logger,
    ) -> None:
        self.expression = expression
        self.period_ms = period_ms
        self.level = level
        self.show_first = show_first
        self._period = period
        self._clock = clock
        self._logger = logger
        self._count = 0
        self._timer: Timer | None = None

    def takes(self, text: str) -> bool:
        """Return whether the expression matches an error's text; then it is counted here."""
        return self.expression.search(text) is not None

    def count(self, line: str) -> None:
        """Count one error; `line` is what is logged of it, if it is."""
        self._count += 1
        if self._count == 1:
            if self.show_first:
                self._logger.log(self.level, "%s", line)
            self._timer = self._clock.call_later(self.period_ms, self.flush)

    def flush(self) -> None:
        """Tell how many there were, and start anew."""
        count, self._count = self._count, 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if count > (1 if self.show_first else 0):
            self._logger.log(
                self.level,
                "%d errors like '%s' occurred in last %s",
                count,
                self.expression.pattern,
                self._period,
            )
