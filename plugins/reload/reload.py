# SPDX-License-Identifier: Apache-2.0
"""Watch: looks at the Corefile now and then, and has the server reloaded when it has changed."""

import asyncio
import logging
import random

from resolver.clock import Clock, Timer
from resolver.errors import ResolverError
from resolver.reloading import Reloader, UnreadableError

_log = logging.getLogger("plugin/reload")


class Watch:
    """Looks every `interval_ms`, up to half of `jitter_ms` sooner or later.

    The jitter keeps servers that share a Corefile from reloading all at once. The event loop's
    thread only.
    """

    def __init__(
        self, reloader: Reloader, interval_ms: int, jitter_ms: int, clock: Clock, rng: random.Random
    ) -> None:
        self._reloader = reloader
        self._interval_ms = interval_ms
        self._jitter_ms = jitter_ms
        self._clock = clock
        self._rng = rng
        self._told = ""
        self._timer: Timer | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, and say what runs."""
        _log.info("Running configuration SHA512 = %s", self._reloader.digest)
        self._wait()

    async def stop(self) -> None:
        """Look no more. A reload that is under way goes on."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._timer = self._task = None

    def _wait(self) -> None:
        delay_ms = self._interval_ms + (self._rng.random() - 0.5) * self._jitter_ms
        self._timer = self._clock.call_later(round(delay_ms), self._begin)

    def _begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        told, self._told = self._told, ""
        try:
            await self._reloader.reload_if_changed()
        except UnreadableError as error:
            self._told = str(error)
            if self._told != told:
                _log.warning("Corefile parse failed: %s", error)
        except ResolverError as error:
            text = "; ".join(str(error).splitlines())
            _log.error("Corefile changed but reload failed: %s", text)
        self._wait()
