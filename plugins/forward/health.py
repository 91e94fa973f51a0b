# SPDX-License-Identifier: Apache-2.0
"""Health of one upstream: probed from its first failure until it answers again, and never else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from plugins.forward.patience import pause
from resolver.clock import Clock


class Health:
    """Counts failed probes. `fails` is 0 for an upstream that is in order.

    probe: asks the upstream, raises OSError if it does not answer. interval_ms: from the end of one
    probe to the next. failed: called for each that fails.
    """

    def __init__(
        self,
        probe: Callable[[], Coroutine[Any, Any, None]],
        interval_ms: int,
        clock: Clock,
        failed: Callable[[], None],
    ) -> None:
        self.fails = 0
        self._probe = probe
        self._interval_ms = interval_ms
        self._clock = clock
        self._failed = failed
        self._task: asyncio.Task[None] | None = None

    def is_down(self, max_fails: int) -> bool:
        """Return whether more probes failed than are allowed; with 0 it is never down."""
        return bool(max_fails) and self.fails > max_fails

    @property
    def is_probing(self) -> bool:
        """Whether it failed, and has not answered a probe since."""
        return self._task is not None and not self._task.done()

    def check(self) -> None:
        """Begin to probe, unless that is under way: a question was not answered."""
        if not self.is_probing:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Probe no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self._probe()
            except OSError:
                self.fails += 1
                self._failed()
                await pause(self._clock, self._interval_ms)
            else:
                self.fails = 0
                return
