# SPDX-License-Identifier: Apache-2.0
"""Promises about clients that are slow, many, or no good: others are served as before."""

import contextlib
import socket
import struct
from collections import Counter
from collections.abc import Iterator

import dns.message
import dns.rcode
import pytest

from resolver.limits import Limits
from tests.acceptance.asking import Crowd, Resolve, short
from tests.serve import Running, query_message

SILENT = "silent.misbehaving.example."
CONNECTIONS = 16


def test_a_hanging_query_does_not_hold_up_its_connection(resolver: Running) -> None:
    """RFC 7766, 6.2.1.1: what is ready is sent, whatever was asked before it."""
    with resolver.tcp() as client:
        hanging = query_message(f"www.{SILENT} A")
        ready = query_message("www.example.org. A")
        client.send(hanging.to_wire(), ready.to_wire())
        first, second = client.read(), client.read()
    assert first is not None
    assert second is not None
    assert dns.message.from_wire(first).id == ready.id
    assert short(dns.message.from_wire(first)) == "NOERROR 1"
    assert short(dns.message.from_wire(second)) == "SERVFAIL 0"


def test_costly_validation_delays_no_kept_answer(resolver: Running) -> None:
    """CVE-2023-50387 and kin: libunbound is busy in a thread of its own, and what is kept leaves.

    Both are asked at once, the costly ones first; a kept answer is here before the last of those.
    """
    resolver.query("www.example.org. A")
    resolver.query("good.many-signatures.example. A")
    with resolver.udp() as sock:
        costly = [f"www.many-signatures.example. {qtype}" for qtype in ("A", "AAAA")]
        for number, question in enumerate([*costly, *["www.example.org. A"] * 50]):
            sock.send(query_message(question, edns=True, id=number).to_wire())
        answers = [dns.message.from_wire(sock.recv(65535)) for _ in range(52)]
    assert sorted(answer.id for answer in answers) == list(range(52))
    assert answers[0].id > 1 or answers[1].id > 1
    assert {short(answer) for answer in answers if answer.id > 1} == {"NOERROR 1"}
    assert {answer.rcode() for answer in answers if answer.id <= 1} == {dns.rcode.SERVFAIL}


@contextlib.contextmanager
def connections(server: Running, count: int, octets: bytes) -> Iterator[list[socket.socket]]:
    """Hold connections that have sent some octets and do nothing more."""
    with contextlib.ExitStack() as stack:
        opened: list[socket.socket] = []
        for _ in range(count):
            client = stack.enter_context(server.tcp())
            client.sock.sendall(octets)
            opened.append(client.sock)
        yield opened


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"", id="idle"),
        pytest.param(b"\0", id="half a length"),
        pytest.param(b"\0\x30\xab", id="a message that does not come"),
    ],
)
def test_idle_and_slow_clients_starve_nobody(resolve: Resolve, octets: bytes) -> None:
    """The house is full of them, and every honest client is let in and answered."""
    resolver = resolve(Limits(connections=CONNECTIONS))
    resolver.query("www.example.org. A")
    with connections(resolver, 2 * CONNECTIONS, octets):
        for _ in range(4 * CONNECTIONS):
            assert short(resolver.query("www.example.org. A", tcp=True)) == "NOERROR 1"


def test_a_client_that_never_reads_is_let_go(resolve: Resolve) -> None:
    """What waits for it is bounded: it is not read from, then it is cut; others are served."""
    limits = Limits(unsent_octets=1 << 16, write_ms=500)
    resolver = resolve(limits)
    resolver.query("huge.example.org. TXT", tcp=True)
    octets = query_message("huge.example.org. TXT").to_wire()
    message = struct.pack("!H", len(octets)) + octets
    host, port = resolver.endpoint
    with socket.socket() as glutton:
        glutton.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        glutton.connect((host, port))
        glutton.settimeout(20)
        sent = 0
        with pytest.raises((ConnectionError, BrokenPipeError)):
            while sent < 1 << 26:  # 16 kB come back for each of 36 octets
                sent += glutton.send(message * 100)
        assert sent < 1 << 24
    assert short(resolver.query("www.example.org. A")) == "NOERROR 1"


def test_a_flood_beyond_all_caps(resolve: Resolve) -> None:
    """20,000 questions to a silent server: each is answered, some at once; all else goes on."""
    resolver = resolve()
    resolver.query("www.example.org. A")
    with Crowd(resolver) as crowd:
        crowd.ask(f"n{n}.{SILENT} A" for n in range(20_000))
        for n in range(1, 11):
            assert short(resolver.query("www.example.org. A")) == "NOERROR 1"
            assert short(resolver.query(f"a{n}.example.net. A")) == "NOERROR 1"
        answers = Counter(short(response) for response in crowd.answers())
    assert set(answers) == {"SERVFAIL 0 0", "SERVFAIL 0 22"}
    assert answers["SERVFAIL 0 22"] < 16_384 / 2 + 100  # waited: half of the places
    # whoever waited is answered, the recursions go on: there is room all the same
    for n in range(11, 21):
        assert short(resolver.query("www.example.org. A")) == "NOERROR 1"
        assert short(resolver.query(f"a{n}.example.net. A")) == "NOERROR 1"
