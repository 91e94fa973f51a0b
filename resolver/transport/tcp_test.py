# SPDX-License-Identifier: Apache-2.0
"""TCP: pipelining, time-outs, caps and a clean end, on real sockets with a clock that stands still.

`Net` is a listener whose replies a test gives when it likes; `Peer` is a client.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from resolver.answering import Reply
from resolver.metrics import Metrics
from resolver.request import Endpoint, Transport
from resolver.tallies import Tallies
from resolver.testing import FixedClock
from resolver.transport.limits import Limits
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


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([framed(b"query-of-octets")], id="at once"),
        pytest.param([bytes([o]) for o in framed(b"query-of-octets")], id="octet by octet"),
        pytest.param(
            [framed(b"query-of-octets")[:2], framed(b"query-of-octets")[2:]], id="length alone"
        ),
        pytest.param([framed(b"one", b"two", b"three")], id="three in a segment"),
        pytest.param([framed(b"one", LONG)[:9000], framed(b"one", LONG)[9000:]], id="a long one"),
        pytest.param([framed(b"", b"x")], id="an empty one"),
        pytest.param([framed(bytes(65535), b"x", bytes(65535))], id="the longest"),
    ],
)
def test_messages_arrive_however_they_are_cut(parts: list[bytes]) -> None:
    """The two octets of length and the message may come in any pieces (RFC 7766, 8)."""
    whole, want = b"".join(parts), []
    while whole:
        end = 2 + int.from_bytes(whole[:2])
        want.append(whole[2:end])
        whole = whole[end:]

    async def test(net: Net) -> None:
        net.echoes = True
        peer = await net.connect()
        sending = asyncio.create_task(send_all(peer))
        assert [await peer.read() for _ in want] == want
        await sending
        assert net.got == want

    async def send_all(peer: Peer) -> None:
        for part in parts:
            await peer.send(part)
            await asyncio.sleep(0)

    on(test)


def test_answers_go_out_as_they_come() -> None:
    """Pipelined queries are answered out of order (RFC 7766, 7)."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"first", b"second", b"third"))
        await net.until(lambda: len(net.replies) == 3)
        net.replies[2](b"third")
        assert await peer.read() == b"third"
        net.replies[0](b"first")
        net.replies[1](None)
        assert await peer.read() == b"first"
        await peer.send(framed(b"fourth"))
        await net.until(lambda: len(net.replies) == 4)
        net.replies[3](b"fourth")
        assert await peer.read() == b"fourth"

    on(test)


def test_so_many_queries_are_in_flight_and_no_more() -> None:
    """The rest waits, first in our buffer and then in the client's, until one is answered."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(*[bytes([n]) for n in range(7)]))
        await net.until(lambda: len(net.got) == 2)
        await peer.send(framed(b"\7"))
        await net.pass_ms(1000)
        assert len(net.got) == 2
        for n in range(8):
            await net.until(lambda n=n: len(net.replies) > n)  # type: ignore[misc]
            assert len(net.got) - n <= 2
            net.replies[n](bytes([n]))
            assert await peer.read() == bytes([n])

    on(test, pipelined=2)


def test_a_clients_half_close_keeps_its_answers() -> None:
    """It has said that it asks no more, not that it does not listen (RFC 7766, 6.2.4)."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"one", b"two", b"three") + b"\0")
        peer.end()
        await net.until(lambda: len(net.replies) == 2)
        for n, want in enumerate((b"one", b"two", b"three")):
            await net.until(lambda n=n: len(net.replies) > n)  # type: ignore[misc]
            net.replies[n](want)
            assert await peer.read() == want
        assert await peer.read() is None

    on(test, pipelined=2)


@pytest.mark.parametrize("octets", [b"", b"\0", b"\0\5abc"])
def test_an_end_without_a_query_closes(octets: bytes) -> None:
    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(octets)
        peer.end()
        assert await peer.read() is None
        assert net.got == []

    on(test)


@pytest.mark.parametrize(
    ("octets", "due_ms", "reason"),
    [
        pytest.param(b"", 10_000, "idle", id="nothing is asked"),
        pytest.param(b"\0", 3000, "read", id="half a length"),
        pytest.param(b"\0\x40half", 3000, "read", id="half a message"),
    ],
)
def test_connections_that_ask_nothing_are_closed(octets: bytes, due_ms: int, reason: str) -> None:
    """Idle for 10 s, or a message that is not complete after 3 s."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(octets)
        await net.until(lambda: net.open() == 1)
        for _ in range(50):
            await asyncio.sleep(0)  # what was sent has been read
        await net.pass_ms(due_ms - CHECK_MS)
        assert net.closed(reason) == 0
        await net.pass_ms(2 * CHECK_MS)
        assert await peer.read() is None
        assert net.closed(reason) == 1

    on(test)


def test_time_counts_from_the_last_answer() -> None:
    """Who waits for an answer is not idle; afterwards the 10 s begin anew."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"slow"))
        await net.until(lambda: len(net.replies) == 1)
        await net.pass_ms(30_000)
        net.replies[0](b"slow")
        assert await peer.read() == b"slow"
        await net.pass_ms(9000)
        assert net.closed("idle") == 0
        await net.pass_ms(2000)
        assert net.closed("idle") == 1

    on(test)


def test_a_client_that_takes_nothing_is_not_read_from_and_then_closed() -> None:
    """Back-pressure first; after the write time-out the connection is cut."""

    async def test(net: Net) -> None:
        net.echoes = True
        peer = await net.connect()
        sending = asyncio.create_task(peer.send(framed(*[LONG] * 200)))
        seen = -1
        while seen != len(net.got):
            seen = len(net.got)
            for _ in range(200):
                await asyncio.sleep(0)
        assert not sending.done()
        assert seen < 200
        await net.pass_ms(4500)
        assert net.open() == 1
        await net.pass_ms(1000)
        assert (net.open(), net.closed("write")) == (0, 1)
        with pytest.raises(ConnectionError):
            await sending

    on(test)


def test_a_slow_client_that_takes_something_is_waited_for() -> None:
    """The time-out is for those who take nothing at all."""

    async def test(net: Net) -> None:
        net.echoes = True
        peer = await net.connect()
        sending = asyncio.create_task(peer.send(framed(*[LONG] * 40)))
        for _ in range(40):
            assert await peer.read() == LONG
            await net.pass_ms(3000)
        await sending
        assert net.closed("write") == 0

    on(test)


def test_what_waits_for_one_client_is_bounded() -> None:
    """Answers that come all at once for a client that does not read: it is let go."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(*[b"query"] * 200))
        await net.until(lambda: len(net.replies) == 200)
        for reply in net.replies:
            reply(LONG)
        await net.until(lambda: net.open() == 0)
        assert net.closed("write") == 1

    on(test, unsent_octets=500_000)


def test_when_full_the_connection_idle_longest_goes() -> None:
    """A newcomer is let in for it; who waits for an answer stays."""

    async def test(net: Net) -> None:
        busy, idle = await net.connect(), await net.connect()
        await busy.send(framed(b"query"))
        await net.until(lambda: len(net.replies) == 1 and net.open() == 2)
        newcomer = await net.connect()
        assert await idle.read() is None
        await newcomer.send(framed(b"query"))
        await net.until(lambda: len(net.replies) == 2)
        refused = await net.connect()
        assert await refused.read() is None
        for reply, peer in zip(net.replies, (busy, newcomer), strict=True):
            reply(b"answer")
            assert await peer.read() == b"answer"
        assert net.closed("full") == 2

    on(test, connections=2)


def test_a_client_that_dies_harms_nobody() -> None:
    """RST while an answer is on its way: the answer ends here."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"query"))
        await net.until(lambda: len(net.replies) == 1)
        peer.reset()
        await net.until(lambda: net.open() == 0)
        net.replies[0](b"nobody hears this")
        other = await net.connect()
        await other.send(framed(b"query"))
        await net.until(lambda: len(net.replies) == 2)
        net.replies[1](b"answer")
        assert await other.read() == b"answer"

    on(test)


def test_the_end_answers_what_is_in_flight() -> None:
    """No query is taken any more; what was asked is answered; then FIN, never RST.

    RST would take away answers that the client has not read yet.
    """

    async def test(net: Net) -> None:
        busy, idle = await net.connect(), await net.connect()
        await busy.send(framed(b"query"))
        await net.until(lambda: len(net.replies) == 1 and net.open() == 2)
        net.listener.stop_accepting()
        await busy.send(framed(b"too late"))
        assert await idle.read() is None
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(net.got) == 1
        net.replies[0](LONG)
        closing = asyncio.create_task(net.listener.close(5000))
        assert await busy.read() == LONG
        assert await busy.read() is None
        busy.sock.close()
        idle.sock.close()
        await closing
        with pytest.raises(ConnectionRefusedError):
            await net.connect()

    on(test)


def test_the_end_does_not_wait_for_ever() -> None:
    """A client that holds its half open is cut after the grace."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"query"))
        await net.until(lambda: len(net.replies) == 1)
        closing = asyncio.create_task(net.listener.close(5000))
        await asyncio.sleep(0)
        assert not closing.done()
        await net.pass_ms(5000)
        await closing
        net.replies[0](b"nobody hears this")

    on(test)


class NoDescriptors(socket.socket):
    """A listening socket on which the first `accept` finds no descriptor left."""

    has_failed = False

    def accept(self) -> tuple[socket.socket, Any]:
        if not self.has_failed:
            self.has_failed = True
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_without_descriptors_it_waits_and_goes_on() -> None:
    """No spinning, no end: room is made, and it tries again 100 ms later."""

    async def test(net: Net) -> None:
        net.echoes = True
        peer = await net.connect()
        await peer.send(framed(b"query"))
        await net.until(lambda: net.closed("descriptors") == 1)
        assert net.got == []
        net.clock.advance(100)
        assert await peer.read() == b"query"

    on(test, listening=NoDescriptors)
