# SPDX-License-Identifier: Apache-2.0
"""A stand-in for libunbound that answers when it is told to, for tests of flights."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from resolver import names
from resolver.recursion.caps import Limits
from resolver.recursion.flight import FlightTable, Waiter
from resolver.request import Endpoint
from resolver.types import Question, Result, Submission

LOOPBACK = Endpoint("127.0.0.1", 4000)
CLIENT = Endpoint("192.0.2.1", 4000)
OTHER = Endpoint("192.0.2.2", 4000)
UP = b"up"


class Recursions:
    """Takes `room` questions at a time; `answer` finishes some."""

    def __init__(self, room: int = 1 << 16) -> None:
        self.room = room
        self.asked: list[Submission] = []
        self.batches: list[tuple[int, int]] = []  # group, number of questions
        self.finished: list[Result] = []
        self._here, self._there = socket.socketpair()

    def submit(self, batch: Sequence[Submission], group: int) -> int:
        taken = min(self.room, len(batch))
        self.room -= taken
        self.asked += batch[:taken]
        self.batches.append((group, taken))
        return taken

    def answer(self, *submissions: Submission) -> None:
        self.say(*(Result(s.ticket, 0, False, None, b"", 0) for s in submissions))

    def say(self, *results: Result) -> None:
        self.room += len(results)
        self.finished += results
        self._there.send(b"x")

    def drain(self) -> list[Result]:
        self._here.recv(4096)
        finished, self.finished = self.finished, []
        return finished

    def fileno(self) -> int:
        return self._here.fileno()

    def close(self) -> None:
        self._here.close()
        self._there.close()


def question(name: str, upstream: bytes = UP, renew: int | None = None) -> Question:
    return Question(upstream, names.from_text(name), 1, 1, renew)


Body = Callable[[FlightTable, Recursions], Awaitable[None]]


def fly(body: Body, *, own_slots: int = 2048, room: int = 1 << 16, **limits: int) -> None:
    async def main() -> None:
        recursions = Recursions(room)
        table = FlightTable(recursions, Limits(**limits))
        table.attach()
        table.open(UP, 7, own_slots)
        try:
            await body(table, recursions)
        finally:
            table.detach()
            recursions.close()

    asyncio.run(main())


def join(
    table: FlightTable, name: str, client: Endpoint = LOOPBACK, now_ms: int = 0
) -> asyncio.Task[Result]:
    waiter = table.join(question(name), client, now_ms)
    assert isinstance(waiter, Waiter)
    return asyncio.get_running_loop().create_task(waiter.result())


async def settle() -> None:
    """Let the loop go round until what is ready has run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def until_read(table: FlightTable, recursions: Recursions) -> None:
    """Wait until what was answered has been read off the descriptor."""
    while recursions.finished:
        await asyncio.sleep(0)
    await settle()
