# SPDX-License-Identifier: Apache-2.0
"""Connections to one upstream, over TCP or TLS: opened, asked one query at a time, and kept."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable
from typing import TypeVar

from resolver import wire
from resolver.clock import Clock, Timer
from resolver.request import Endpoint

_T = TypeVar("_T")

_MAX_MISSES = 4  # messages on a connection that are no reply to what was asked


class StaleConnectionError(ConnectionError):
    """The upstream had closed a connection that was kept: not a fault, ask on another one."""


class Stream:
    """A connection. `opened_ms` tells how old it is; `was_used` whether it has answered before."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opened_ms: int
    ) -> None:
        self.opened_ms = opened_ms
        self.was_used = False
        self.expiry: Timer | None = None
        self._reader = reader
        self._writer = writer

    @property
    def is_ended(self) -> bool:
        """Whether one of its ends has closed it."""
        return self._reader.at_eof() or bool(self._writer.is_closing())

    async def ask(self, query: bytes, accept: Callable[[bytes], _T | None]) -> _T:
        """Send a query and return the first message that `accept` takes.

        Raises StaleConnectionError if a connection that was used before ends without a word,
        OSError if it breaks.
        """
        try:
            # RFC 7766, 8: length and message in one write
            self._writer.write(wire.WORD.pack(len(query)) + query)
            head = await self._reader.readexactly(2)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            if self.was_used:
                raise StaleConnectionError("connection closed by upstream") from error
            raise ConnectionResetError("connection closed by upstream") from error
        for _ in range(_MAX_MISSES):
            try:
                octets = await self._reader.readexactly(wire.WORD.unpack(head)[0])
                reply = accept(octets)
                if reply is not None:
                    self.was_used = True
                    return reply
                head = await self._reader.readexactly(2)
            except asyncio.IncompleteReadError as error:
                raise ConnectionResetError("connection closed by upstream") from error
        raise ConnectionAbortedError("no reply to the question")

    async def close(self) -> None:
        """Close it at once; what is under way is lost."""
        if self.expiry is not None:
            self.expiry.cancel()
        self._writer.transport.abort()
        with contextlib.suppress(OSError):  # how it broke is of no interest any more
            await self._writer.wait_closed()


class Streams:
    """The idle connections to one upstream, oldest first."""

    def __init__(
        self,
        to: Endpoint,
        source: str,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
        server_name: str = "",
        expire_ms: int = 10_000,
        max_age_ms: int = 0,
        max_idle: int = 0,
    ) -> None:
        self._to = to
        self._source = source
        self._clock = clock
        self._tls = tls
        self._server_name = server_name
        self._expire_ms = expire_ms
        self._max_age_ms = max_age_ms
        self._max_idle = max_idle
        self._idle: deque[Stream] = deque()
        self._closing: set[asyncio.Task[None]] = set()
        self._is_open = True

    async def open(self) -> Stream:
        """Return a new connection. Raises OSError."""
        reader, writer = await asyncio.open_connection(
            self._to.host,
            self._to.port,
            ssl=self._tls,
            server_hostname=self._server_name if self._tls is not None else None,
            local_addr=(self._source, 0) if self._source else None,
        )
        return Stream(reader, writer, self._clock.now_ms())

    def take(self) -> Stream | None:
        """Return a connection that is kept, None if there is none; give it back, or close it."""
        while self._idle:
            stream = self._idle.popleft()
            if stream.expiry is not None:
                stream.expiry.cancel()
            if not stream.is_ended and not self._is_old(stream):
                return stream
            self.discard(stream)
        return None

    def give(self, stream: Stream) -> None:
        """Keep a connection that is in order, unless there are enough, or it is old."""
        is_full = self._max_idle and len(self._idle) >= self._max_idle
        if not self._is_open or is_full or self._is_old(stream) or stream.is_ended:
            self.discard(stream)
            return
        stream.expiry = self._clock.call_later(self._expire_ms, lambda: self._expire(stream))
        self._idle.append(stream)

    def discard(self, stream: Stream) -> None:
        """Close a connection, without waiting for that."""
        task = asyncio.get_running_loop().create_task(stream.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Close all connections that are kept, and keep none any more."""
        self._is_open = False
        while self._idle:
            self.discard(self._idle.popleft())
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _expire(self, stream: Stream) -> None:
        if stream in self._idle:
            self._idle.remove(stream)
            self.discard(stream)

    def _is_old(self, stream: Stream) -> bool:
        age_ms = self._clock.now_ms() - stream.opened_ms
        return bool(self._max_age_ms) and age_ms >= self._max_age_ms
