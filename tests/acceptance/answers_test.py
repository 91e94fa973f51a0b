# SPDX-License-Identifier: Apache-2.0
"""Promises about single answers: validation, header bits, EDNS, types and classes, TTLs."""

import struct

import dns.edns
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest

from tests.acceptance.asking import short
from tests.internet import Internet
from tests.serve import Running, query_message

HEADER = struct.Struct("!6H")
QUESTION = b"\3www\7example\3org\0\0\1\0\1"
CACHED_TOO = ("asked", "asked again, maybe of the cache")


@pytest.mark.parametrize(
    "name",
    [
        "www.expired.example.",
        "www.future.example.",
        "www.wrong-ds.example.",
        "www.missing-rrsig.example.",
        "www.missing-dnskey.example.",
        "www.broken-signature.example.",
        "www.wrong-data.example.",
        "nowhere.missing-nsec.example.",
        "www.below.expired.example.",
        "to-bogus.example.org.",
    ],
)
def test_bogus_data_is_servfail(resolver: Running, name: str) -> None:
    """RFC 4035, 5.5; with CD the client gets it, without AD (RFC 4035, 3.2.2)."""
    for _ in CACHED_TOO:
        response = resolver.query(f"{name} A", do=True, ad=True)
        assert response.rcode() == dns.rcode.SERVFAIL
        assert response.answer == []
        assert response.extended_errors() != []
        unchecked = resolver.query(f"{name} A", cd=True, do=True)
        assert unchecked.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
        assert (unchecked.flags & dns.flags.CD, unchecked.flags & dns.flags.AD) == (
            dns.flags.CD,
            0,
        )


@pytest.mark.parametrize(
    "name",
    [
        "www.lame.example.",
        "www.dead.example.",
        "www.no-such-server.example.",
        "www.cyclic-a.example.",
        "www.refused.misbehaving.example.",
        "www.servfail.misbehaving.example.",
        "www.notimp.misbehaving.example.",
        "www.upward-referral.misbehaving.example.",
    ],
)
def test_a_failure_is_a_response_with_servfail(resolver: Running, name: str) -> None:
    """QR is set, the question is there, and it is never NOERROR with nothing in it."""
    query = query_message(f"{name} A", edns=True)
    for _ in CACHED_TOO:
        with resolver.udp() as sock:
            sock.send(query.to_wire())
            response = dns.message.from_wire(sock.recv(65535))
        assert query.is_response(response)
        assert response.rcode() == dns.rcode.SERVFAIL
        assert response.question == query.question


def test_rd_0_is_refused(resolver: Running) -> None:
    """Kept or not: who does not ask for recursion does not see what others asked for."""
    for _ in CACHED_TOO:
        assert short(resolver.query("www.example.org. A", rd=False)) == "REFUSED 0"
        assert short(resolver.query("www.example.org. A")) == "NOERROR 1"


@pytest.mark.parametrize("qtype", ["AXFR", "IXFR"])
@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_transfers_are_not_implemented(resolver: Running, qtype: str, tcp: bool) -> None:
    """A resolver has no zone to transfer."""
    query = dns.message.make_query("example.org.", qtype)
    with resolver.tcp() as client, resolver.udp() as sock:
        if tcp:
            client.send(query.to_wire())
            octets = client.read()
        else:
            sock.send(query.to_wire())
            octets = sock.recv(65535)
    assert octets is not None
    assert octets[3] & 0xF == dns.rcode.NOTIMP


OPTIONS = [
    dns.edns.GenericOption(dns.edns.OptionType.make(number), data)
    for number, data in (
        (10, b"12345678"),  # COOKIE
        (11, b""),  # edns-tcp-keepalive, which is nothing for UDP
        (12, bytes(8)),  # Padding
        (65001, b"x"),
    )
]


@pytest.mark.parametrize("name", ["www.example.org.", "www.expired.example."])
def test_edns_is_not_echoed(resolver: Running, name: str) -> None:
    """RFC 6891, 6.1.4: unknown flags are cleared; no cookie is one, if it is but sent back."""
    query = query_message(f"{name} A", options=OPTIONS)
    query.ednsflags = 0x7FFF
    for _ in CACHED_TOO:
        with resolver.udp() as sock:
            sock.send(query.to_wire())
            response = dns.message.from_wire(sock.recv(65535))
        assert response.ednsflags & 0xFFFF == 0
        assert {int(option.otype) for option in response.options} <= {15}  # EDE


def test_class_ch_is_not_in(resolver: Running) -> None:
    """Another class has other data, also if the cache holds the name in class IN."""
    assert short(resolver.query("www.example.org. A")) == "NOERROR 1"
    assert short(resolver.query("www.example.org. CH A")) == "REFUSED 0"


@pytest.mark.parametrize("opcode", [1, 2, 3, 4, 5, 6, 15])
def test_other_opcodes_are_answered(resolver: Running, opcode: int) -> None:
    """NOTIMP for IQUERY, STATUS, NOTIFY, UPDATE, DSO and unknown ones (RFC 8906, 3.1.3)."""
    with resolver.udp() as sock:
        sock.send(HEADER.pack(7, opcode << 11, 1, 0, 0, 0) + QUESTION)
        number, flags, *_ = HEADER.unpack_from(sock.recv(512))
    assert (number, flags >> 15, flags >> 11 & 15, flags & 15) == (7, 1, opcode, dns.rcode.NOTIMP)


@pytest.mark.parametrize("count", [0, 2])
def test_another_number_of_questions_is_answered(resolver: Running, count: int) -> None:
    """FORMERR (RFC 9619)."""
    with resolver.udp() as sock:
        sock.send(HEADER.pack(7, 0x0100, count, 0, 0, 0) + QUESTION * count)
        number, flags, *_ = HEADER.unpack_from(sock.recv(512))
    assert (number, flags >> 15, flags & 15) == (7, 1, dns.rcode.FORMERR)


def test_an_unknown_version_is_badvers(resolver: Running) -> None:
    """RFC 6891, 6.1.3."""
    query = query_message("www.example.org. A", edns=True)
    query.use_edns(1)
    with resolver.udp() as sock:
        sock.send(query.to_wire())
        response = dns.message.from_wire(sock.recv(512))
    assert (response.rcode(), response.edns) == (dns.rcode.BADVERS, 0)


def test_a_size_of_one_octet_is_512(resolver: Running) -> None:
    """RFC 6891, 6.2.3: values below 512 are 512."""
    response = resolver.query("www.example.org. A", edns=True, payload=1)
    assert short(response) == "NOERROR 1"
    assert resolver.query("large.example.org. TXT", edns=True, payload=1).flags & dns.flags.TC


@pytest.mark.parametrize(
    ("name", "ttl"),
    [
        pytest.param("unequal.unequal-ttls.misbehaving.example.", 30, id="unequal TTLs"),
        pytest.param("www.ttl-above-original.example.", 300, id="above the original TTL"),
        pytest.param("www.ends-soon.example.", 3600, id="past the signature's end"),
    ],
)
def test_ttls_are_mended(resolver: Running, name: str, ttl: int) -> None:
    """RFC 2181, 5.2: the lowest of the set; RFC 4035, 5.3.3: what the RRSIG allows."""
    for _ in CACHED_TOO:
        response = resolver.query(f"{name} A", do=True)
        assert response.rcode() == dns.rcode.NOERROR
        # dnspython keeps an RRset's lowest TTL, so look at the octets
        ttls = ttls_of(response.wire or b"")
        assert len(set(ttls)) == 1
        assert ttl - 60 < ttls[0] <= ttl


def ttls_of(octets: bytes) -> list[int]:
    """Return the TTL of each RR of the answer section."""
    ttls: list[int] = []

    def skip_name(at: int) -> int:
        while octets[at]:
            if octets[at] >= 0xC0:
                return at + 2
            at += octets[at] + 1
        return at + 1

    at = skip_name(12) + 4
    for _ in range(struct.unpack_from("!H", octets, 6)[0]):
        at = skip_name(at)
        ttl, length = struct.unpack_from("!IH", octets, at + 4)
        ttls.append(ttl)
        at += 10 + length
    return ttls


@pytest.mark.parametrize("ttl", [0, 1, 2, 5])
def test_short_ttls_stay_short(resolver: Running, ttl: int) -> None:
    """No TTL is raised: who wrote 1 s meant it."""
    for _ in CACHED_TOO:
        assert resolver.query(f"ttl{ttl}.example.org. A").answer[0].ttl <= ttl


@pytest.mark.parametrize("name", ["resolver.arpa.", "_dns.resolver.arpa.", "x.resolver.arpa."])
def test_resolver_arpa_does_not_leak(resolver: Running, internet: Internet, name: str) -> None:
    """RFC 9462, 8.2: a resolver answers itself."""
    internet.reset_queries()
    for qtype in ("A", "AAAA", "SVCB", "NS", "TXT"):  # DS is the parent's, arpa's, to answer
        assert resolver.query(f"{name} {qtype}").rcode() in (
            dns.rcode.NOERROR,
            dns.rcode.NXDOMAIN,
        )
    assert [query for query in internet.seen() if query.qname.endswith("resolver.arpa.")] == []
