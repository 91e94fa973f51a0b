# SPDX-License-Identifier: Apache-2.0
"""One query over UDP: what is sent, what is taken for a reply, and for how long it is awaited."""

import asyncio
import errno
import random
import socket
from collections.abc import Callable, Sequence

import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

from plugins.forward import datagrams
from plugins.forward.conftest import House, Replies, Upstream, answer
from resolver.request import Endpoint
from resolver.testing import Case, FixedClock, run

NAME = "www.example.org. A"
ANSWER = Case(NAME, ["www.example.org. 60 IN A 192.0.2.1"])
FORGED = "www.example.org. 60 IN A 192.0.2.66"


def forged(
    change: Callable[[dns.message.Message], object],
) -> Callable[[dns.message.Message], bytes]:
    """Return what makes a forged reply that is wrong in one way."""

    def make(query: dns.message.Message) -> bytes:
        made = answer(query, FORGED)
        change(made)
        return made.to_wire()

    return make


def other_name(message: dns.message.Message) -> None:
    """Ask another question."""
    message.question = [
        dns.rrset.RRset(dns.name.from_text("ww2.example.org."), dns.rdataclass.IN, dns.rdatatype.A)
    ]


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(forged(lambda m: setattr(m, "id", m.id ^ 1)), id="another ID"),
        pytest.param(forged(other_name), id="another question"),
        pytest.param(forged(lambda m: setattr(m, "flags", 0)), id="a query"),
        pytest.param(lambda query: query.id.to_bytes(2, "big") + b"\x80\0\0\1\0\xff", id="garbage"),
        pytest.param(lambda query: b"", id="nothing"),
    ],
)
def test_junk_is_waited_past(junk: Callable[[dns.message.Message], bytes]) -> None:
    """What is no reply is as if it had not come: the true one is still taken (TuDoor, 2024)."""

    def behave(query: dns.message.Message, _: str) -> Replies:
        return [junk(query), junk(query), answer(query)]

    async def scene() -> None:
        async with Upstream(behave) as upstream, House(f"forward . {upstream.at}") as house:
            ANSWER.check(await house.query(NAME))
            assert upstream.over == ["udp"]

    run(scene())


def test_somebody_guesses_ids() -> None:
    """After twenty replies that were none the question goes over TCP, where guessing is no use."""

    def behave(query: dns.message.Message, how: str) -> Replies:
        wrong = forged(lambda m: setattr(m, "id", m.id ^ 1))(query)
        return [answer(query)] if how == "tcp" else [wrong] * datagrams.MAX_NEAR_MISSES

    async def scene() -> None:
        async with Upstream(behave) as upstream, House(f"forward . {upstream.at}") as house:
            ANSWER.check(await house.query(NAME))
            assert upstream.over == ["udp", "tcp"]

    run(scene())


def test_nobody_else_is_heard() -> None:
    """A reply from another address or port does not get in: the socket is connected."""

    async def scene() -> None:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        ):
            server.bind(("127.0.0.1", 0))
            to = Endpoint(*server.getsockname())

            def behave() -> None:
                _, client = server.recvfrom(512)
                stranger.sendto(b"forged", client)
                server.sendto(b"true", client)

            loop = asyncio.get_running_loop()
            loop.add_reader(server, behave)
            seen: list[bytes] = []

            def accept(octets: bytes) -> bytes:
                seen.append(octets)
                return octets

            chance, clock = random.Random(1), FixedClock()
            got = await datagrams.ask(b"query", to, "", accept, clock, chance, 1000)
            loop.remove_reader(server)
            assert (got, seen) == (b"true", [b"true"])

    run(scene())


def test_ports_and_ids_are_new_each_time() -> None:
    """Of sixty queries hardly two have the same port or ID (RFC 5452, 9.2)."""

    async def scene() -> None:
        async with Upstream() as upstream, House(f"forward . {upstream.at}") as house:
            for _ in range(60):
                await house.query(NAME)
            ports = [port for _, _, port in upstream.queries]
            idents = [message.id for message, _, _ in upstream.queries]
            assert len(set(ports)) > 55 and len(set(idents)) > 55
            assert max(ports) - min(ports) > 10_000 < max(idents) - min(idents)

    run(scene())


class Scripted(random.Random):
    """Chance that gives these ports."""

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__()
        self.ports = list(ports)

    def randint(self, a: int, b: int) -> int:
        """Return the next port."""
        return self.ports.pop(0)


def test_a_port_that_is_taken_is_passed_over() -> None:
    """The next one is tried; if all are taken the system picks one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        for ports in ([port] * 8, [port, port, 0]):
            sock = datagrams.connected(Endpoint("127.0.0.1", 53), "127.0.0.1", Scripted(ports))
            assert sock.getsockname()[1] not in (0, port)
            sock.close()


def test_it_is_sent_from_the_source_address() -> None:
    """`source_address`; one that this machine does not have is an error of the query."""

    async def scene() -> None:
        async with Upstream() as upstream:
            text = f"forward . {upstream.at} {{\nsource_address 127.0.0.1\n}}"
            async with House(text) as house:
                ANSWER.check(await house.query(NAME))
        with pytest.raises(OSError) as caught:
            datagrams.connected(Endpoint("127.0.0.1", 53), "192.0.2.77", random.Random(1))
        assert caught.value.errno == errno.EADDRNOTAVAIL

    run(scene())


def test_the_limit() -> None:
    """TimeoutError, by the clock that was handed in."""

    async def scene() -> None:
        clock = FixedClock()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
            mute.bind(("127.0.0.1", 0))
            to = Endpoint(*mute.getsockname())
            task = asyncio.create_task(
                datagrams.ask(b"query", to, "", bytes, clock, random.Random(1), 700)
            )
            await asyncio.sleep(0)
            clock.advance(699)
            await asyncio.sleep(0)
            assert not task.done()
            clock.advance(1)
            with pytest.raises(TimeoutError, match="i/o timeout"):
                await task

    run(scene())
