# SPDX-License-Identifier: Apache-2.0
"""Reading of queries: what is asked, what is refused, and that no octets do harm."""

import struct

import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import names
from resolver.query import MAX_OPTIONS, Query, Refusal, read_query
from resolver.request import Edns

QNAME = names.from_text_as_is("Www.Example.ORG.")
QUESTION = QNAME + struct.pack("!HH", 1, 1)
ID = 0x1234


def header(flags: int = 0x0100, counts: tuple[int, int, int, int] = (1, 0, 0, 0)) -> bytes:
    return struct.pack("!HHHHHH", ID, flags, *counts)


def opt(options: bytes = b"", size: int = 1232, ttl: int = 0, owner: bytes = b"\0") -> bytes:
    return owner + struct.pack("!HHLH", 41, size, ttl, len(options)) + options


def option(code: int, data: bytes = b"") -> bytes:
    return struct.pack("!HH", code, len(data)) + data


def record(owner: bytes = QNAME, rtype: int = 6, rdata: bytes = b"", rdlength: int = -1) -> bytes:
    length = len(rdata) if rdlength < 0 else rdlength
    return owner + struct.pack("!HHLH", rtype, 1, 0, length) + rdata


def with_opt(opt_record: bytes) -> bytes:
    return header(counts=(1, 0, 0, 1)) + QUESTION + opt_record


def test_a_query_is_read() -> None:
    """The QNAME is folded once, and kept as the client wrote it (RFC 4343)."""
    options = option(10, b"12345678") + option(65001)
    query = read_query(
        header(0x0130, (1, 0, 0, 1)) + QUESTION + opt(options, size=4096, ttl=0x8000)
    )
    assert query == Query(
        id=ID,
        rd=True,
        ad=True,
        cd=True,
        do=True,
        qname=names.lower(QNAME),
        qname_sent=QNAME,
        qtype=1,
        qclass=1,
        edns=Edns(4096, 0, 0x8000, ((10, b"12345678"), (65001, b""))),
    )


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        pytest.param(b"", "no octet", id="nothing"),
        pytest.param(header()[:11], "eleven octets", id="shorter than a header"),
        pytest.param(header(0x8100) + QUESTION, "QR", id="a response"),
        pytest.param(header(0xFFFF) + QUESTION, "QR", id="a response of another opcode"),
    ],
)
def test_some_messages_are_never_answered(octets: bytes, why: str) -> None:
    """An answer to an answer could go round for ever; fragments have nobody to answer to."""
    assert read_query(octets) is None, why


@pytest.mark.parametrize("opcode", [1, 2, 3, 4, 5, 6, 15])
def test_opcodes_other_than_query_are_not_implemented(opcode: int) -> None:
    """NOTIFY and UPDATE too: this is no authority; unknown ones are answered (RFC 8906, 3.1.3)."""
    flags = opcode << 11
    assert read_query(header(flags) + QUESTION) == Refusal(dns.rcode.NOTIMP, ID, flags)


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(header(counts=(0, 0, 0, 0)), id="QDCOUNT 0 (RFC 9619)"),
        pytest.param(header(counts=(2, 0, 0, 0)) + QUESTION * 2, id="QDCOUNT 2 (RFC 9619)"),
        pytest.param(header(counts=(1, 2, 0, 0)) + QUESTION + record() * 2, id="two answers"),
        pytest.param(header(counts=(1, 0, 2, 0)) + QUESTION + record() * 2, id="two authorities"),
        pytest.param(
            header(counts=(1, 0, 0, 3)) + QUESTION + record() * 3, id="three additional records"
        ),
        pytest.param(header(), id="no question"),
        pytest.param(header() + QNAME[:-1], id="name without an end"),
        pytest.param(header() + QUESTION[:-1], id="class cut short"),
        pytest.param(header() + b"\xc0\x0c\0\1\0\1", id="name that points at itself"),
        pytest.param(header() + b"\1a\xc0\x0c\0\1\0\1", id="compressed name"),
        pytest.param(header() + b"\x40" + bytes(70), id="label type 01"),
        pytest.param(header() + b"\x80" + bytes(70), id="label type 10"),
        pytest.param(header() + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1", id="name of 257 octets"),
        pytest.param(header(counts=(1, 0, 0, 1)) + QUESTION, id="record missing"),
        pytest.param(with_opt(record(rdlength=1)), id="RDATA past the end"),
        pytest.param(with_opt(record()[:-1]), id="record cut short"),
        pytest.param(with_opt(b"\xc0"), id="pointer cut short"),
        pytest.param(with_opt(b"\x80\0" + record()), id="owner with label type 10"),
        pytest.param(with_opt(b"\x3faaa"), id="owner past the end"),
        pytest.param(
            header(counts=(1, 0, 0, 2)) + QUESTION + opt() * 2, id="OPT twice (RFC 6891, 6.1.1)"
        ),
        pytest.param(with_opt(opt(owner=b"\1a\0")), id="OPT that is not at the root"),
        pytest.param(
            header(counts=(1, 1, 0, 0)) + QUESTION + opt(), id="OPT in the answer section"
        ),
        pytest.param(
            header(counts=(1, 0, 1, 0)) + QUESTION + opt(), id="OPT in the authority section"
        ),
        pytest.param(with_opt(opt(b"\0\x0a\0")), id="option head cut short"),
        pytest.param(with_opt(opt(b"\0\x0a\0\2x")), id="option past its record"),
        pytest.param(with_opt(opt(option(3) * (MAX_OPTIONS + 1))), id="too many options"),
    ],
)
def test_malformed_messages_are_format_errors(octets: bytes) -> None:
    """The response is a header: of a message that cannot be read nothing is sent back."""
    assert read_query(octets) == Refusal(dns.rcode.FORMERR, ID, 0x0100)


@pytest.mark.parametrize(
    ("octets", "options"),
    [
        pytest.param(with_opt(opt(option(3) * MAX_OPTIONS)), MAX_OPTIONS, id="many options"),
        pytest.param(
            header(counts=(1, 0, 0, 2)) + QUESTION + opt() + record(rtype=250), 0, id="TSIG"
        ),
        pytest.param(
            header(counts=(1, 0, 1, 1)) + QUESTION + record(b"\xc0\x0c") + opt(), 0, id="IXFR's SOA"
        ),
        pytest.param(with_opt(opt()) + b"more", 0, id="octets behind the last record"),
        pytest.param(
            header(0x0100 | 0x0640 | 0x8F, (1, 0, 0, 1))[:2]
            + b"\x07\x4f"
            + header(counts=(1, 0, 0, 1))[4:]
            + QUESTION
            + opt(),
            0,
            id="bits that mean nothing in a query",
        ),
    ],
)
def test_unusual_queries_are_queries(octets: bytes, options: int) -> None:
    """What does no harm is let through (RFC 8906, 3.2)."""
    query = read_query(octets)
    assert isinstance(query, Query)
    assert query.edns is not None
    assert len(query.edns.options) == options


def test_the_longest_name_is_a_name() -> None:
    """255 octets are allowed (RFC 1035, 2.3.4)."""
    name = (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0"
    assert len(name) == 255
    query = read_query(header() + name + b"\0\1\0\1")
    assert isinstance(query, Query)
    assert query.qname == name


@pytest.mark.parametrize("version", [1, 255])
def test_versions_above_0_are_told(version: int) -> None:
    """BADVERS with our OPT, whatever the options are: they may have another form (RFC 6891)."""
    refusal = read_query(with_opt(opt(b"junk!", ttl=version << 16 | 0x8000)))
    assert isinstance(refusal, Refusal)
    assert refusal.rcode == dns.rcode.BADVERS
    assert refusal.query is not None
    assert refusal.query.do
    assert refusal.query.edns == Edns(1232, version, 0x8000, ())


@given(st.binary(max_size=200))
def test_any_octets_are_read(octets: bytes) -> None:
    """Nothing raises, and what is a query can be used."""
    check(octets)


@given(
    st.integers(0, 0x7FFF),
    st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1), st.integers(0, 3)),
    st.lists(
        st.sampled_from([QUESTION, opt(), opt(option(10, b"x")), record(), b"\xc0\x0c", b"\0"])
        | st.binary(max_size=12),
        max_size=5,
    ),
)
def test_nearly_right_octets_are_read(
    flags: int, counts: tuple[int, int, int, int], parts: list[bytes]
) -> None:
    """As above, closer to the real thing."""
    check(header(flags, counts) + b"".join(parts))


def check(octets: bytes) -> None:
    query = read_query(octets)
    if isinstance(query, Query):
        assert query.qname_sent in octets
        assert query.qname == names.lower(query.qname_sent)
        assert names.from_text(names.to_text(query.qname)) == query.qname
    elif query is not None:
        assert query.rcode in (dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS)
