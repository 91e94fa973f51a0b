# SPDX-License-Identifier: Apache-2.0
"""Background refreshes: Tasks that ask the rest of the chain anew, owned until they end."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from resolver.clock import Clock
from resolver.request import Endpoint, Request, Transport
from resolver.response import Response
from resolver.types import Entry

MAX_REFRESHES = 1024
MAX_REFRESH_MS = 30_000
RENEW = "cache/renew"  # the label that tells `unbound` which context's data must not serve

_log = logging.getLogger("plugin/cache")


def renewal(request: Request, entry: Entry) -> Request:
    """Return the request to pass down so that an entry is really asked for upstream."""
    context = str(entry.response.context)
    return request.replace(labels={**request.labels, RENEW: lambda: context})


def without_client(request: Request, now_ms: int) -> Request:
    """Return a request as nobody's: over TCP, so that nothing is truncated, with its time anew."""
    patience_ms = request.deadline_ms - request.received_ms
    return request.replace(
        transport=Transport.DO53_TCP, received_ms=now_ms, deadline_ms=now_ms + patience_ms
    )


class NoClient:
    """A ResponseWriter that sends nothing and says that it is TCP; it keeps what came last."""

    transport = Transport.DO53_TCP

    def __init__(self, request: Request) -> None:
        self.client: Endpoint = request.client
        self.local: Endpoint = request.local
        self.response: Response | None = None

    def write(self, response: Response) -> None:
        """Keep a response."""
        self.response = response

    def at_deadline(self, callback: object) -> None:
        """Leave it: nobody waits, so that there is no deadline."""


class Refresher:
    """Runs refreshes, at most 1024 at a time and for at most 30 s each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_full(self) -> bool:
        """Whether no other can be started now."""
        return len(self._tasks) >= MAX_REFRESHES

    def start(self, refresh: Coroutine[Any, Any, None], on_end: Callable[[], None]) -> None:
        """Run a refresh in a Task of its own; `on_end` is called however it ends."""
        task = asyncio.get_running_loop().create_task(refresh)
        self._tasks.add(task)

        def give_up() -> None:
            task.cancel()

        timer = self._clock.call_later(MAX_REFRESH_MS, give_up)

        def ended(task: asyncio.Task[None]) -> None:
            timer.cancel()
            self._tasks.discard(task)
            on_end()
            error = None if task.cancelled() else task.exception()
            if error is not None:
                _log.error("panic in a refresh: %r", error)

        task.add_done_callback(ended)

    async def close(self) -> None:
        """End all refreshes and wait for that."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
