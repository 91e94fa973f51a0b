# SPDX-License-Identifier: Apache-2.0
"""Whole server: what any octets over UDP get, as a client sees it. RFC 8906's list and more."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest

from resolver.corefile.controller import Controller
from resolver.plugin import Plugin
from resolver.request import Endpoint, Request
from resolver.response import Response
from resolver.transport.sockets import ListenError
from resolver.types import Rcode, ResponseWriter
from resolver.wire import ANSWER, TXT, Record
from tests.serve import Running, query_message, serving

COREFILE = """
example.org {
    canned
}
example.net {
    canned
}
"""


class Canned(Plugin):
    """Answers TXT with so many strings of 200 octets as the first label says, or panics."""

    name = "canned"

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        first = request.name.partition(".")[0]
        if first == "panic":
            raise ZeroDivisionError("as asked")
        count = int(first) if first.isdecimal() else 1
        rdata = b"\xc8" + b"x" * 200
        records = [
            Record(ANSWER, request.qname, TXT, 1, 60, rdata[:1] + struct.pack("!H", n) + rdata[3:])
            for n in range(count)
        ]
        writer.write(Response.from_records(request.qname, request.qtype, records, plugin=self.name))
        return dns.rcode.NOERROR


def canned(controller: Controller) -> None:
    controller.add_plugin(Canned())


@pytest.fixture
def server(engine: str) -> Iterator[Running]:
    with serving(COREFILE, engine, more={"canned": canned}) as running:
        yield running


QUESTION = b"\3wWw\7eXample\3oRg\0\0\x10\0\1"
HEADER = struct.Struct("!HHHHHH")
OPT = b"\0\0\x29\4\xd0\0\0\0\0\0\0"


def header(flags: int, *counts: int) -> bytes:
    return HEADER.pack(0xABCD, flags, *counts)


def ask(server: Running, octets: bytes) -> bytes:
    with server.udp() as sock:
        sock.send(octets)
        return sock.recv(65535)


@pytest.mark.parametrize(
    ("octets", "flags", "counts"),
    [
        pytest.param(header(0x2900, 1, 0, 0, 0), 0xA904, 0, id="UPDATE"),
        pytest.param(header(0x2000, 1, 0, 0, 0) + QUESTION, 0xA004, 0, id="NOTIFY"),
        pytest.param(header(0x7800, 0, 0, 0, 0), 0xF804, 0, id="opcode 15, header alone"),
        pytest.param(header(0x0100, 0, 0, 0, 0), 0x8101, 0, id="QDCOUNT 0"),
        pytest.param(header(0x0100, 2, 0, 0, 0) + QUESTION * 2, 0x8101, 0, id="QDCOUNT 2"),
        pytest.param(header(0x0110, 1, 0, 0, 0), 0x8111, 0, id="no question, CD set"),
        pytest.param(header(0x0100, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1", 0x8101, 0, id="a loop"),
        pytest.param(header(0x0100, 1, 0, 0, 0) + b"\1", 0x8101, 0, id="name past the end"),
        pytest.param(header(0x0100, 1, 0, 0, 2) + QUESTION + OPT * 2, 0x8101, 0, id="OPT twice"),
        pytest.param(header(0x0000, 1, 0, 0, 0) + QUESTION, 0x8000, 1, id="RD clear"),
        pytest.param(
            header(0x0740, 1, 0, 0, 0) + QUESTION, 0x8100, 1, id="AA, TC and Z in a query"
        ),
        pytest.param(header(0x010F, 1, 0, 0, 0) + QUESTION, 0x8100, 1, id="an RCODE in a query"),
    ],
)
def test_header_and_question(server: Running, octets: bytes, flags: int, counts: int) -> None:
    """NOTIMP for opcodes, FORMERR for what cannot be read; bits without meaning are not echoed."""
    got = ask(server, octets)
    assert HEADER.unpack_from(got)[:4] == (0xABCD, flags, counts, counts)


@pytest.mark.parametrize(
    "silent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(header(0x0100, 1, 0, 0, 0)[:11], id="less than a header"),
        pytest.param(header(0x8100, 1, 0, 0, 0) + QUESTION, id="a response"),
        pytest.param(header(0xA800, 0, 0, 0, 0), id="a response to an update"),
    ],
)
def test_what_is_never_answered(server: Running, silent: bytes) -> None:
    """The next thing heard is the answer to the next query."""
    with server.udp() as sock:
        sock.send(silent)
        query = query_message("www.example.org. TXT")
        sock.send(query.to_wire())
        assert dns.message.from_wire(sock.recv(65535)).id == query.id


def test_the_clients_case_is_kept(server: Running) -> None:
    """Resolvers in front of us check it (draft-vixie-dnsext-dns0x20)."""
    assert QUESTION in ask(server, header(0x0100, 1, 0, 0, 0) + QUESTION)


@pytest.mark.parametrize(
    ("question", "rcode"),
    [
        pytest.param("example.com. A", "REFUSED", id="another zone"),
        pytest.param(". NS", "REFUSED", id="the root"),
        pytest.param("example.org. CH TXT", "REFUSED", id="class CH"),
        pytest.param("example.org. ANY TXT", "REFUSED", id="class ANY"),
        pytest.param("example.org. TYPE65400", "NOERROR", id="an unknown type (RFC 3597)"),
        pytest.param("a.b.example.net. TXT", "NOERROR", id="below a zone"),
    ],
)
def test_routing(server: Running, question: str, rcode: str) -> None:
    response = server.query(question, edns=True)
    assert dns.rcode.to_text(response.rcode()) == rcode
    assert response.edns == 0


@pytest.mark.parametrize(
    ("opt", "rcode", "edns_flags"),
    [
        pytest.param(b"\0\0\x29\4\xd0\0\0\0\0\0\0", "NOERROR", 0, id="plain"),
        pytest.param(b"\0\0\x29\4\xd0\0\0\x80\0\0\0", "NOERROR", 0x8000, id="DO"),
        pytest.param(b"\0\0\x29\4\xd0\0\0\x40\1\0\0", "NOERROR", 0, id="unknown flags"),
        pytest.param(b"\0\0\x29\4\xd0\0\1\0\0\0\0", "BADVERS", 0, id="version 1"),
        pytest.param(b"\0\0\x29\4\xd0\0\xff\x80\0\0\1x", "BADVERS", 0x8000, id="version 255"),
        pytest.param(
            b"\0\0\x29\4\xd0\0\0\0\0\0\4\xfd\xe9\0\0", "NOERROR", 0, id="an unknown option"
        ),
        pytest.param(b"\0\0\x29\0\0\0\0\0\0\0\0", "NOERROR", 0, id="size 0"),
    ],
)
def test_edns(server: Running, opt: bytes, rcode: str, edns_flags: int) -> None:
    """An OPT for an OPT: version 0, our size, of the flags only DO, no option echoed."""
    got = dns.message.from_wire(ask(server, header(0x0100, 1, 0, 0, 1) + QUESTION + opt))
    assert dns.rcode.to_text(got.rcode()) == rcode
    assert (got.edns, got.payload, got.ednsflags & 0xFFFF) == (0, 1232, edns_flags)
    assert got.options == ()


def test_no_opt_without_an_opt(server: Running) -> None:
    assert server.query("example.org. TXT").edns == -1


@pytest.mark.parametrize(
    ("count", "edns", "payload", "truncated"),
    [
        pytest.param(1, False, 0, False, id="fits into 512"),
        pytest.param(3, False, 0, True, id="over 512 without EDNS"),
        pytest.param(3, True, 1232, False, id="fits into 1232"),
        pytest.param(3, True, 512, True, id="the client's size"),
        pytest.param(3, True, 100, True, id="sizes below 512 are 512"),
        pytest.param(8, True, 65535, True, id="our size"),
        pytest.param(300, True, 4096, True, id="far over"),
    ],
)
def test_truncation_then_tcp(
    server: Running, count: int, edns: bool, payload: int, truncated: bool
) -> None:
    """TC, the question, and OPT if there was one; over TCP it is whole (RFC 7766, 5)."""
    question = f"{count}.example.org. TXT"
    query = query_message(question, edns=edns, payload=payload)
    octets = ask(server, query.to_wire())
    got = dns.message.from_wire(octets)
    assert bool(got.flags & dns.flags.TC) == truncated
    assert len(octets) <= min(max(payload, 512), 1232)
    assert sum(len(rrset) for rrset in got.answer) == (0 if truncated else count)
    assert got.edns == (0 if edns else -1)
    whole = server.query(question, tcp=True, edns=edns, payload=max(payload, 512))
    assert not whole.flags & dns.flags.TC
    assert len(whole.answer[0]) == count


def test_answers_leave_from_the_address_queried(server: Running) -> None:
    """On the wildcard too, over IPv4 and IPv6: a connected socket hears nobody else."""
    port = server.endpoint.port
    for host in ("127.0.0.1", "127.0.0.2", "127.1.2.3", "::1"):
        for tcp in (False, True):
            response = server.query("example.org. TXT", tcp=tcp, at=Endpoint(host, port))
            assert response.rcode() == dns.rcode.NOERROR


def test_a_panic_is_survived(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    """One SERVFAIL, one line, one count, and the next query is answered."""
    before = server.metric("coredns_panics_total")
    with caplog.at_level(logging.ERROR):
        assert server.query("panic.example.org. TXT").rcode() == dns.rcode.SERVFAIL
    assert server.metric("coredns_panics_total") == before + 1
    (record,) = [r for r in caplog.records if "panic" in r.getMessage()]
    assert record.getMessage() == (
        'Recovered from panic in server: "dns://:0" ZeroDivisionError: as asked'
    )
    assert server.query("example.org. TXT").rcode() == dns.rcode.NOERROR


def test_a_taken_port_is_refused(server: Running) -> None:
    """A second server says so instead of sharing the port unnoticed."""
    port = server.endpoint.port
    with (
        pytest.raises(ListenError, match=f"listen tcp :{port}: bind: address already in use"),
        serving(f".:{port} {{\n canned\n}}", more={"canned": canned}),
    ):
        pytest.fail("both listen")


def test_a_wildcard_and_an_address_share_a_port(engine: str) -> None:
    """Blocks of one server may: each address is answered by the block that is closest."""
    with serving(".:0 {\n canned\n}", engine, more={"canned": canned}) as free:
        port = free.endpoint.port
    corefile = (
        f"example.org:{port} {{\n canned\n}}\nexample.net:{port} {{\n bind 127.0.0.1\n canned\n}}"
    )
    with serving(corefile, engine, more={"canned": canned}) as server:
        for host, org, net in (
            ("127.0.0.1", "REFUSED", "NOERROR"),
            ("127.0.0.2", "NOERROR", "REFUSED"),
        ):
            for zone, want in (("example.org.", org), ("example.net.", net)):
                for tcp in (False, True):
                    got = server.query(f"{zone} TXT", at=Endpoint(host, port), tcp=tcp)
                    assert dns.rcode.to_text(got.rcode()) == want
