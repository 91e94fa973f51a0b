# SPDX-License-Identifier: Apache-2.0
"""DNS over TCP: lets connections in, watches their time-outs, closes them in the end."""

import asyncio
import errno
import logging
import socket
from typing import cast

from resolver.answering import Receive
from resolver.clock import Clock, Timer
from resolver.limits import Limits
from resolver.request import Endpoint, Transport
from resolver.tallies import Tallies
from resolver.transport.addresses import endpoint_of
from resolver.transport.admission import Admission
from resolver.transport.connection import Connection
from resolver.transport.stream import OpenStream

BATCH = 16  # connections let in a wake-up

_CHECK_MS = 250  # time-outs are kept to this exactly
_RETRY_MS = 100
_NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_log = logging.getLogger("server")


class TcpListener:
    """Lets connections in on `sock`, which listens already and is its own from now on."""

    def __init__(
        self,
        sock: socket.socket,
        receive: Receive,
        loop: asyncio.AbstractEventLoop,
        clock: Clock,
        limits: Limits,
        tallies: Tallies,
        streams: OpenStream | None = None,
    ) -> None:
        self._sock = sock
        self._streams = streams
        self._receive = receive
        self._loop = loop
        self._clock = clock
        self._limits = limits
        self._tallies = tallies
        self._admission = Admission(limits, tallies)
        self._joining: set[asyncio.Task[None]] = set()
        self._check_timer: Timer | None = None
        self._retry_timer: Timer | None = None
        self._closed: asyncio.Future[None] | None = None
        self._is_open = True
        self.local = endpoint_of(sock.getsockname())
        loop.add_reader(sock, self._accept)

    def set_limits(self, limits: Limits) -> None:
        """Keep other time-outs from now on, for connections that are still to come."""
        self._limits = limits

    def stop_accepting(self) -> None:
        """Let nobody in any more, read no more queries; answers in flight still go out."""
        if not self._is_open:
            return
        self._is_open = False
        self._loop.remove_reader(self._sock)
        if self._retry_timer is not None:
            self._retry_timer.cancel()
        self._sock.close()
        for connection in self._connections():
            connection.leave()

    async def close(self, grace_ms: int) -> None:
        """Return once all connections are closed; after `grace_ms` they are cut."""
        self.stop_accepting()
        await asyncio.gather(*self._joining, return_exceptions=True)
        for connection in self._connections():
            connection.leave()
        if len(self._admission):
            self._closed = self._loop.create_future()
            timer = self._clock.call_later(grace_ms, self._cut)
            await self._closed
            timer.cancel()
        if self._check_timer is not None:
            self._check_timer.cancel()
            self._check_timer = None

    def _connections(self) -> list[Connection]:
        return cast(list[Connection], self._admission.guests)

    def _cut(self) -> None:
        for connection in self._connections():
            connection.evict()

    def _accept(self) -> None:
        for _ in range(BATCH):
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _NO_DESCRIPTORS:
                    _log.warning("tcp accept failed local=%s error=%s", self.local, error)
                self._wait_for_room()
                return
            client = endpoint_of(address)
            if not self._admission.has_room(client.host):
                sock.close()
                continue
            sock.setblocking(False)
            connection = self._connection(client)
            self._admission.enter(connection)
            task = self._loop.create_task(self._join(sock, connection))
            self._joining.add(task)
            task.add_done_callback(self._joining.discard)

    def _wait_for_room(self) -> None:
        """Free a descriptor, and try again a little later: the system calls us without end else."""
        self._admission.make_room("descriptors")
        self._loop.remove_reader(self._sock)
        self._retry_timer = self._clock.call_later(_RETRY_MS, self._retry)

    def _retry(self) -> None:
        self._retry_timer = None
        if self._is_open:
            self._loop.add_reader(self._sock, self._accept)

    async def _join(self, sock: socket.socket, connection: Connection) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: connection, sock)
        except OSError as error:  # gone before we looked
            _log.debug("tcp connection failed local=%s error=%s", self.local, error)
            sock.close()
            self._admission.leave(connection)
            return
        if self._check_timer is None:
            self._check_timer = self._clock.call_later(_CHECK_MS, self._check)

    def _connection(self, client: Endpoint) -> Connection:
        return Connection(
            client,
            self._receive,
            self._admission,
            self._clock,
            self._limits,
            self._tallies,
            Transport.DO53_TCP,
            self._gone,
            self._streams,
        )

    def _gone(self) -> None:
        if self._closed is not None and not self._closed.done() and not len(self._admission):
            self._closed.set_result(None)

    def _check(self) -> None:
        now_ms = self._clock.now_ms()
        for connection in self._connections():
            connection.check_time(now_ms)
        self._check_timer = None
        if len(self._admission):
            self._check_timer = self._clock.call_later(_CHECK_MS, self._check)
