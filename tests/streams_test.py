# SPDX-License-Identifier: Apache-2.0
"""Misses over TCP that C resolves without the chain: each query has its reply, as it comes."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest

from resolver.limits import Limits
from resolver.testing import FixedClock
from tests.differential.asking import Counting
from tests.internet import Internet
from tests.serve import Running, TcpClient, query_message, serving

PATIENCE_MS = 400
KEEPALIVE = dns.edns.OptionType.make(11)
LATE = (22, "no answer in time")


def _corefile(internet: Internet) -> str:
    return f".:0 {{\nbind 127.0.0.1\ncache\nunbound {{\n{internet.unbound_properties}\n}}\n}}\n"


@pytest.fixture
def server(internet: Internet) -> Iterator[Running]:
    """Yield a server that gives up early, with keys and delegations known."""
    limits = Limits(patience_ms=PATIENCE_MS)
    with serving(_corefile(internet), "native", limits=limits) as running:
        assert running.query("www.example.org. A").rcode() == dns.rcode.NOERROR
        yield running


def _read(client: TcpClient, count: int) -> dict[int, dns.message.Message]:
    """Return so many replies by their ID, in whatever order they come."""
    found = {}
    for _ in range(count):
        wire = client.read()
        assert wire is not None
        message = dns.message.from_wire(wire)
        found[message.id] = message
    assert len(found) == count
    return found


def _errors(message: dns.message.Message) -> list[tuple[int, str]]:
    return [(int(ede.code), str(ede.text)) for ede in message.extended_errors()]


def test_no_chain_is_asked(internet: Internet) -> None:
    """Eighty misses in one piece: more than one batch of them, answered and kept."""
    clock = FixedClock()
    engine = Counting(clock)
    names = [f"n{n}.example.net." for n in range(80)]
    with serving(_corefile(internet), engine, clock=clock) as server:
        server.query("www.example.net. A")
        engine.diverted = 0
        with server.tcp() as client:
            for _ in range(2):  # from the Internet, then from the cache
                client.send(
                    *(query_message(f"{name} A", id=n).to_wire() for n, name in enumerate(names))
                )
                answers = _read(client, len(names))
                assert {answer.rcode() for answer in answers.values()} == {dns.rcode.NXDOMAIN}
                for n, name in enumerate(names):
                    assert str(answers[n].question[0].name) == name
        assert engine.diverted == 0


def test_a_long_answer_is_whole(server: Running) -> None:
    """Over TCP a response has up to 64 KiB, whatever fits a datagram (RFC 7766, 8)."""
    with server.tcp() as client:
        client.send(query_message("giant.example.net. TXT", id=1, payload=512, do=True).to_wire())
        answer = _read(client, 1)[1]
    assert not answer.flags & dns.flags.TC
    assert len(answer.to_wire()) > 50_000


def test_who_waits_for_nothing_is_told_so(server: Running) -> None:
    """SERVFAIL at the deadline; at once for who asks while the recursion still goes on."""
    silent = "www.silent.misbehaving.example. A"
    with server.tcp() as client:
        for number in (1, 2):
            message = query_message(
                silent, id=number, options=[dns.edns.GenericOption(KEEPALIVE, b"")]
            )
            client.send(message.to_wire())
            (answer,) = _read(client, 1).values()
            assert (answer.rcode(), _errors(answer)) == (dns.rcode.SERVFAIL, [LATE])
            assert [option.otype for option in answer.options].count(KEEPALIVE) == 1
        client.send(query_message("www.example.com. A", id=3).to_wire())
        assert _read(client, 1)[3].rcode() == dns.rcode.NOERROR


def test_the_client_has_nothing_more_to_ask(server: Running) -> None:
    """Its half is closed: replies come, then the end (RFC 7766, 6.2.4)."""
    with server.tcp() as client:
        for n in range(3):
            name = f"half{n}.slow-100.misbehaving.example. A"
            client.send(query_message(name, id=n).to_wire())
        client.sock.shutdown(socket.SHUT_WR)
        answers = _read(client, 3)
        assert {answer.rcode() for answer in answers.values()} == {dns.rcode.NOERROR}
        assert client.read() is None


def test_the_client_is_gone(server: Running) -> None:
    """What it asked for is kept for others; the reply goes nowhere, least of all to another."""
    name = "gone.slow-100.misbehaving.example. A"
    with server.tcp() as client, server.tcp() as other:
        client.send(query_message(name, id=1).to_wire())
        other.send(query_message(name, id=2).to_wire())
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.sock.close()
        assert _read(other, 1)[2].rcode() == dns.rcode.NOERROR
        other.send(query_message("www.example.com. A", id=3).to_wire())
        assert list(_read(other, 1)) == [3]


def test_no_more_in_flight_than_agreed(internet: Internet) -> None:
    """What is over `pipelined` is read once something was answered: none is lost."""
    limits = Limits(pipelined=2)
    with serving(_corefile(internet), "native", limits=limits) as server, server.tcp() as client:
        names = [f"p{n}.slow-100.misbehaving.example. A" for n in range(7)]
        client.send(*(query_message(name, id=n).to_wire() for n, name in enumerate(names)))
        answers = _read(client, len(names))
    assert {answer.rcode() for answer in answers.values()} == {dns.rcode.NOERROR}
