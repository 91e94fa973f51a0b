# SPDX-License-Identifier: Apache-2.0
"""Flights: identical questions at a time are one query (RFC 5452, 5: a birthday attack needs many).

Who comes while a question is under way waits for the same outcome. A flight belongs to nobody who
waits: it goes on when one of them is cancelled, and ends with its budget.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from plugins.forward.group import OTHER, Outcome
from plugins.forward.message import Asked
from plugins.forward.metrics import ForwardMetrics
from plugins.forward.patience import Budget
from plugins.forward.slots import Slots
from resolver.clock import Clock
from resolver.errors import Ede, ResolverError
from resolver.request import Request

TOO_MANY = "too many queries in flight"


class Flights:
    """The questions of one `forward` line that are under way."""

    def __init__(
        self,
        ask: Callable[[Asked, Budget], Coroutine[Any, Any, Outcome]],
        clock: Clock,
        metrics: ForwardMetrics,
        slots: Slots,
    ) -> None:
        self._ask = ask
        self._metrics = metrics
        self._clock = clock
        self._slots = slots
        self._under_way: dict[Asked, tuple[asyncio.Task[Outcome], Budget]] = {}

    async def join(self, asked: Asked, request: Request) -> Outcome:
        """Return the outcome of a question, asked now or already under way.

        Raises what asking raises, and ResolverError if too much is under way.
        """
        flight = self._under_way.get(asked) or self._start(asked, request)
        task, budget = flight
        budget.extend(request.deadline_ms)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End all that is under way; who waits is cancelled too."""
        tasks = [task for task, _ in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, asked: Asked, request: Request) -> tuple[asyncio.Task[Outcome], Budget]:
        give_back = self._slots.take(self, request.client)
        if isinstance(give_back, str):
            self._metrics.refused(request.server, give_back)
            raise ResolverError(f"plugin/forward: {TOO_MANY}", Ede(OTHER, TOO_MANY))
        budget = Budget(self._clock, request.deadline_ms)
        task = asyncio.get_running_loop().create_task(self._ask(asked, budget))
        flight = self._under_way[asked] = task, budget

        def end(task: asyncio.Task[Outcome]) -> None:
            give_back()
            del self._under_way[asked]
            if not task.cancelled():
                task.exception()  # it may be that nobody waits any more

        task.add_done_callback(end)
        return flight
