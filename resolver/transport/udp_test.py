# SPDX-License-Identifier: Apache-2.0
"""UDP: who asked, whom they asked, and that answers leave from there."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable

import pytest

from resolver.answering import Reply
from resolver.metrics import Metrics
from resolver.request import Endpoint, Transport
from resolver.tallies import Tallies
from resolver.transport.sockets import Ports, bind
from resolver.transport.udp import BATCH, UdpListener

PATIENCE_S = 20  # for a test that hangs


class House:
    """A listener that answers with what it got, and remembers it."""

    def __init__(self, host: str) -> None:
        tcp, udp = bind(host, 0, Ports())
        tcp.close()
        self.metrics = Metrics()
        self.got: list[tuple[bytes, Endpoint, Endpoint, Transport]] = []
        self.answer: bytes | None = None
        self.replies: list[Reply] | None = None
        loop = asyncio.get_running_loop()
        tallies = Tallies(self.metrics, "dns://:53")
        self.listener = UdpListener(udp, self.receive, loop, tallies)

    @property
    def port(self) -> int:
        return self.listener.local.port

    def receive(
        self, octets: bytes, client: Endpoint, local: Endpoint, transport: Transport, reply: Reply
    ) -> None:
        self.got.append((octets, client, local, transport))
        if self.replies is not None:
            self.replies.append(reply)
        else:
            reply(octets if self.answer is None else self.answer)

    def client(self, host: str) -> socket.socket:
        """Return a client that hears only what comes from `host`, as stub resolvers do."""
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.connect((host, self.port))
        return sock

    def unsent(self) -> float:
        return self.metrics.value("rootward_server_udp_unsent_total", server="dns://:53")


def on(host: str, test: Callable[[House], Awaitable[None]]) -> None:
    """Run a test with a listener at `host`."""

    async def run() -> None:
        house = House(host)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await test(house)
        finally:
            house.listener.close()

    asyncio.run(run())


async def ask(client: socket.socket, octets: bytes) -> bytes:
    client.send(octets)
    return await asyncio.get_running_loop().sock_recv(client, 65535)


@pytest.mark.parametrize(
    ("listen", "asked"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", id="IPv4 address"),
        pytest.param("::1", "::1", id="IPv6 address"),
        pytest.param("0.0.0.0", "127.0.0.5", id="IPv4 wildcard"),
        pytest.param("", "127.0.0.5", id="IPv4 on the dual-stack wildcard"),
        pytest.param("", "::1", id="IPv6 on the dual-stack wildcard"),
    ],
)
def test_answers_leave_from_the_address_queried(listen: str, asked: str) -> None:
    """A client takes an answer from nowhere else; IPv4 clients are shown as IPv4."""

    async def test(house: House) -> None:
        with house.client(asked) as client:
            for octets in (b"first", b"second"):
                assert await ask(client, octets) == octets
            host, port = client.getsockname()[:2]
        assert house.got[0] == (
            b"first",
            Endpoint(host, port),
            Endpoint(asked, house.port),
            Transport.DO53_UDP,
        )

    on(listen, test)


def test_a_burst_is_answered_whole() -> None:
    """More than one batch: the rest waits for the next wake-up."""

    async def test(house: House) -> None:
        with house.client("127.0.0.1") as client:
            sent = {number.to_bytes(2) for number in range(2 * BATCH + 1)}
            for octets in sent:
                client.send(octets)
            loop = asyncio.get_running_loop()
            assert {await loop.sock_recv(client, 10) for _ in sent} == sent

    on("127.0.0.1", test)


def test_an_empty_datagram_is_handed_over() -> None:
    """It is for the reader of queries to say what it is."""

    async def test(house: House) -> None:
        with house.client("127.0.0.1") as client:
            assert await ask(client, b"") == b""

    on("", test)


def test_what_the_system_does_not_take_is_counted() -> None:
    """The server goes on; over UDP clients ask again."""

    async def test(house: House) -> None:
        with house.client("127.0.0.1") as client:
            house.answer = bytes(70_000)
            client.send(b"too long for a datagram")
            house.answer = bytes(70_000)
            while not house.got:
                await asyncio.sleep(0)
            house.answer = None
            assert await ask(client, b"next") == b"next"
        assert house.unsent() == 1

    on("127.0.0.1", test)


def test_a_full_socket_loses_the_answer_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """EAGAIN: nothing waits for one client's network."""

    async def test(house: House) -> None:
        house.replies = []
        with house.client("127.0.0.1") as client:
            client.send(b"query")
            while not house.replies:
                await asyncio.sleep(0)

            def full(*args: object) -> int:
                raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

            with monkeypatch.context() as patch:
                patch.setattr(socket.socket, "sendto", full)
                house.replies[0](b"lost")
            house.replies[0](b"taken")
            assert await asyncio.get_running_loop().sock_recv(client, 10) == b"taken"
        assert house.unsent() == 1

    on("127.0.0.1", test)


def test_a_dropped_query_gets_nothing() -> None:
    async def test(house: House) -> None:
        house.replies = []
        with house.client("127.0.0.1") as client:
            client.send(b"query")
            while not house.replies:
                await asyncio.sleep(0)
            house.replies[0](None)
            with pytest.raises(BlockingIOError):
                client.recv(10)

    on("127.0.0.1", test)


def test_what_has_arrived_is_taken_before_the_end() -> None:
    """A query that waits in the socket is answered; one that comes later is not read."""

    async def test(house: House) -> None:
        with house.client("127.0.0.1") as client:
            client.send(b"in time")
            house.listener.stop_receiving()
            house.listener.stop_receiving()
            client.send(b"late")
            assert await asyncio.get_running_loop().sock_recv(client, 10) == b"in time"
            await asyncio.sleep(0)
        assert len(house.got) == 1

    on("127.0.0.1", test)


def test_answers_to_clients_that_are_gone_harm_nobody() -> None:
    """The ICMP error that comes back is not the next client's."""

    async def test(house: House) -> None:
        house.replies = []
        with house.client("127.0.0.1") as gone:
            gone.send(b"query")
            while not house.replies:
                await asyncio.sleep(0)
        house.replies[0](b"nobody hears this")
        house.replies = None
        with house.client("127.0.0.1") as client:
            assert await ask(client, b"next") == b"next"

    on("127.0.0.1", test)
