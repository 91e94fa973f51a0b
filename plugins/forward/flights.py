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
from plugins.forward.patience import Budget
from resolver.clock import Clock
from resolver.errors import Ede, ResolverError

TOO_MANY = "too many queries in flight"


class Slots:
    """How many flights there may be in the process: each holds a socket."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0


class Flights:
    """The questions of one `forward` line that are under way."""

    def __init__(
        self,
        ask: Callable[[Asked, Budget], Coroutine[Any, Any, Outcome]],
        clock: Clock,
        slots: Slots,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._slots = slots
        self._under_way: dict[Asked, tuple[asyncio.Task[Outcome], Budget]] = {}

    async def join(self, asked: Asked, deadline_ms: int) -> Outcome:
        """Return the outcome of a question, asked now or already under way.

        Raises what asking raises, and ResolverError if too much is under way.
        """
        flight = self._under_way.get(asked)
        if flight is None:
            if self._slots.taken >= self._slots.limit:
                raise ResolverError(f"plugin/forward: {TOO_MANY}", Ede(OTHER, TOO_MANY))
            flight = self._start(asked, deadline_ms)
        task, budget = flight
        budget.extend(deadline_ms)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End all that is under way; who waits is cancelled too."""
        tasks = [task for task, _ in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, asked: Asked, deadline_ms: int) -> tuple[asyncio.Task[Outcome], Budget]:
        budget = Budget(self._clock, deadline_ms)
        task = asyncio.get_running_loop().create_task(self._ask(asked, budget))
        self._slots.taken += 1
        flight = self._under_way[asked] = task, budget

        def end(task: asyncio.Task[Outcome]) -> None:
            self._slots.taken -= 1
            del self._under_way[asked]
            if not task.cancelled():
                task.exception()  # it may be that nobody waits any more

        task.add_done_callback(end)
        return flight
