# SPDX-License-Identifier: Apache-2.0
"""A cache before a next plugin that tests can script, on a clock that stands still."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from plugins.cache.cache import Cache
from plugins.cache.setup import setup
from plugins.cache.store import MemoryStore
from resolver.native.store import NativeStore
from resolver.request import Request
from resolver.response import Response
from resolver.testing import (
    FixedClock,
    NextHandler,
    RecordingWriter,
    request,
    response,
    run,
    services,
    set_up,
)
from resolver.types import Store

StoreOf = Callable[[int], Store]


class Scene:
    """One `cache` directive in one server block.

    upstream: the next plugin; set its `answer`. clock: advance it.
    """

    def __init__(self, text: str = "cache") -> None:
        self.clock = FixedClock()
        self.services = services(self.clock)
        self.upstream = NextHandler()
        self.cache: Cache = set_up(setup, text, self.upstream, given=self.services)

    def answers(self, question: str, answer: Iterable[str] = (), **fields: Any) -> None:
        """Have the next plugin answer so from now on."""
        self.upstream.error = None
        self.upstream.rcode = 0
        self.upstream.answer = response(question, answer, **fields)

    def fails(self, error: Exception | None = None, rcode: int = 2) -> None:
        """Have the next plugin write nothing from now on, and return `rcode` or raise."""
        self.upstream.answer, self.upstream.error, self.upstream.rcode = None, error, rcode

    @property
    def asked(self) -> list[Request]:
        """What the next plugin was asked, in order."""
        return self.upstream.requests

    async def query(self, question: str, **options: Any) -> Response:
        """Return what a client gets; refreshes may be under way then."""
        writer = RecordingWriter()
        made = request(question, now_ms=self.clock.now_ms(), **options)
        assert await self.cache.serve_dns(writer, made) == 0
        return writer.response

    def ask(self, question: str, **options: Any) -> Response:
        """Return what a client gets, once all refreshes have ended."""

        async def asked() -> Response:
            got = await self.query(question, **options)
            await refreshed()
            return got

        return run(asked())

    def value(self, name: str, **labels: str) -> float:
        """Return a metric's value, for this server and all zones."""
        return self.services.metrics.value(name, server="dns://:53", zones=".", view="", **labels)


async def refreshed() -> None:
    """Wait for all Tasks but this one: the refreshes."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others)


@pytest.fixture
def scene() -> Scene:
    """A plain `cache`."""
    return Scene()


def native_store(max_octets: int) -> Store:
    """Return a store in C's memory."""
    return NativeStore(max_octets, bytes(range(16)))


@pytest.fixture(params=["python", "native"])
def store_of(request: pytest.FixtureRequest) -> StoreOf:
    """Return the maker of stores of so many octets: both stores keep the same rules."""
    return MemoryStore if request.param == "python" else native_store


@pytest.fixture(params=["python", "native"])
def kept_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have `cache` keep what it keeps in either store: it does the same with both."""
    if request.param == "native":
        monkeypatch.setattr("plugins.cache.setup.MemoryStore", native_store)
