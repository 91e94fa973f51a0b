# SPDX-License-Identifier: Apache-2.0
"""A TCP listener for tests: real sockets, a clock that stands still, replies when a test likes.

`Net` is the listener, `Peer` a client.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from resolver.answering import Reply
from resolver.limits import Limits
from resolver.metrics import Metrics
from resolver.request import Endpoint, Transport
from resolver.tallies import Tallies
from resolver.testing import FixedClock
from resolver.transport.sockets import Ports, bind
from resolver.transport.tcp import TcpListener

PATIENCE_S = 20  # for a test that hangs
CHECK_MS = 250
LONG = bytes(60_000)


def framed(*messages: bytes) -> bytes:
    return b"".join(struct.pack("!H", len(message)) + message for message in messages)


class Peer:
    """A client's end. Its receive buffer is small, so that what it does not read stays with us."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._loop = asyncio.get_running_loop()

    async def send(self, octets: bytes) -> None:
        await self._loop.sock_sendall(self.sock, octets)

    async def read(self) -> bytes | None:
        """Return the next message, None at the connection's end."""
        head = await self._exactly(2)
        return None if head is None else await self._exactly(struct.unpack("!H", head)[0])

    async def _exactly(self, octets: int) -> bytes | None:
        got = b""
        while len(got) < octets:
            part = await self._loop.sock_recv(self.sock, octets - len(got))
            if not part:
                return None
            got += part
        return got

    def end(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with RST, as a client that died."""
        linger = struct.pack("ii", 1, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.sock.close()


class Net:
    """A listener on loopback and what it was asked."""

    def __init__(self, listening: type[socket.socket] | None = None, **limits: Any) -> None:
        tcp, udp = bind("127.0.0.1", 0, Ports())
        udp.close()
        if listening is not None:
            tcp = listening(fileno=tcp.detach())
            tcp.setblocking(False)
        self.clock = FixedClock()
        self.metrics = Metrics()
        self.got: list[bytes] = []
        self.replies: list[Reply] = []
        self.echoes = False
        self.peers: list[Peer] = []
        self.listener = TcpListener(
            tcp,
            self.receive,
            asyncio.get_running_loop(),
            self.clock,
            Limits(**limits),
            Tallies(self.metrics, "dns://:53"),
        )

    def receive(
        self, octets: bytes, client: Endpoint, local: Endpoint, transport: Transport, reply: Reply
    ) -> None:
        assert transport is Transport.DO53_TCP
        assert local == self.listener.local
        assert client.host == "127.0.0.1"
        self.got.append(octets)
        if self.echoes:
            reply(octets)
        else:
            self.replies.append(reply)

    async def connect(self) -> Peer:
        """Return a client that is let in, or that will find out that it is not."""
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.peers.append(Peer(sock))
        await asyncio.get_running_loop().sock_connect(sock, tuple(self.listener.local))
        return self.peers[-1]

    async def until(self, done: Callable[[], bool]) -> None:
        """Return once `done`, giving the event loop its turns."""
        while not done():
            await asyncio.sleep(0)

    async def until_replies(self, number: int) -> None:
        """Return once so many queries have come in all."""
        await self.until(lambda: len(self.replies) >= number)

    async def pass_ms(self, by_ms: int) -> None:
        """Move the clock on, in steps in which time-outs are looked at."""
        for _ in range(by_ms // CHECK_MS):
            self.clock.advance(CHECK_MS)
            for _ in range(3):
                await asyncio.sleep(0)

    def open(self) -> float:
        return self.metrics.value("rootward_server_tcp_connections", server="dns://:53")

    def closed(self, reason: str) -> float:
        name = "rootward_server_tcp_closed_total"
        return self.metrics.value(name, server="dns://:53", reason=reason)


def on(test: Callable[[Net], Awaitable[None]], **limits: Any) -> None:
    """Run a test with a listener; all connections are gone after it."""

    async def run() -> None:
        net = Net(**limits)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await test(net)
                for peer in net.peers:
                    peer.sock.close()
                await net.listener.close(1000)
                assert net.open() == 0
        finally:
            for peer in net.peers:
                peer.sock.close()
            net.listener.stop_accepting()

    asyncio.run(run())
