# SPDX-License-Identifier: Apache-2.0
"""rn_asked_read reads what resolver.query.read_query reads, whatever the octets are."""

import struct
from typing import Any

import pytest
from hypothesis import given, settings

from resolver import names, wire
from resolver.query import Query, Refusal, read_options, read_query
from tests.native.images import Renderer
from tests.native.internals import Internals
from tests.native.queries import any_octets

NAME = names.from_text_as_is("Www.Example.ORG.")
LONGEST = (b"\x3f" + b"Q" * 63) * 3 + b"\x3d" + b"Q" * 61 + b"\0"
OPT = b"\0" + struct.pack("!HHLH", 41, 1232, 0x8000, 0)


def query(
    qname: bytes = NAME, flags: int = 0x0110, counts: tuple[int, ...] = (1, 0, 0, 0)
) -> bytes:
    return struct.pack("!HHHHHH", 7, flags, *counts) + qname + b"\0\1\0\1"


def with_opt(ttl: int = 0, options: bytes = b"", rdlength: int | None = None) -> bytes:
    length = len(options) if rdlength is None else rdlength
    fixed = struct.pack("!HHLH", 41, 1232, ttl, length)
    return query(counts=(1, 0, 0, 1)) + b"\0" + fixed + options


def is_read_alike(renderer: Renderer, octets: bytes) -> None:
    """Assert that C and Python read the same."""
    want = read_query(octets)
    reading, asked = renderer.read(octets)
    lib = renderer.lib
    if want is None:
        assert reading == lib.RN_READ_NOTHING
        return
    assert (asked.id, asked.length) == (want.id, len(octets))
    if isinstance(want, Query):
        assert reading == lib.RN_READ_QUERY
        assert asked.rcode == 0
        is_query_alike(renderer, asked, want)
        return
    assert isinstance(want, Refusal)
    assert reading == lib.RN_READ_REFUSAL
    assert (asked.rcode, asked.flags) == (want.rcode, want.flags)
    assert asked.has_question == (want.query is not None)
    if want.query is not None:
        is_query_alike(renderer, asked, want.query)
    else:
        assert (asked.has_edns, asked.is_do, asked.option_count) == (False, False, 0)


def is_query_alike(renderer: Renderer, asked: Any, want: Query) -> None:
    """Assert that all fields of a query are the same."""
    assert asked.has_question
    assert bytes(asked.qname[0 : asked.qname_length]) == want.qname
    sent = renderer.octets_at(asked.octets, wire.HEADER_OCTETS + asked.qname_length)
    assert sent[wire.HEADER_OCTETS :] == want.qname_sent
    assert (asked.qtype, asked.qclass, asked.is_do) == (want.qtype, want.qclass, want.do)
    bits = (asked.flags & wire.RD, asked.flags & wire.AD, asked.flags & wire.CD)
    assert tuple(bit != 0 for bit in bits) == (want.rd, want.ad, want.cd)
    assert asked.has_edns == (want.edns is not None)
    if want.edns is None:
        assert (asked.payload_size, asked.version, asked.edns_flags) == (0, 0, 0)
        assert (asked.option_count, asked.options_length) == (0, 0)
        return
    assert (asked.payload_size, asked.version) == want.edns[:2]
    assert asked.edns_flags == want.edns.flags
    assert list(asked.options[0 : asked.option_count]) == [code for code, _ in want.edns.options]
    octets = renderer.octets_at(asked.octets, asked.length)
    end = asked.options_at + asked.options_length
    assert read_options(octets, asked.options_at, end) == want.edns.options


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(query()[:11], id="shorter than a header"),
        pytest.param(query(), id="a query"),
        pytest.param(query(b"\0"), id="the root"),
        pytest.param(query(LONGEST), id="the longest name"),
        pytest.param(query(b"\1a" + LONGEST), id="a name too long"),
        pytest.param(query(b"\x40" + b"a" * 64 + b"\0"), id="a label too long"),
        pytest.param(query(b"\xc0\x0c"), id="a compressed question"),
        pytest.param(query()[:-1], id="a question cut short"),
        pytest.param(query(flags=0x8000), id="a response"),
        pytest.param(query(flags=0x2800), id="UPDATE"),
        pytest.param(query(counts=(0, 0, 0, 0)), id="no question"),
        pytest.param(query(counts=(2, 0, 0, 0)), id="two questions"),
        pytest.param(query(counts=(1, 2, 0, 0)), id="two answers"),
        pytest.param(query(counts=(1, 0, 0, 3)), id="three additional records"),
        pytest.param(with_opt(), id="EDNS"),
        pytest.param(with_opt(ttl=0x8000), id="DO"),
        pytest.param(with_opt(ttl=0x10000, options=b"\0"), id="a version above 0"),
        pytest.param(with_opt(options=b"\0\x0b\0\0" * 64), id="64 options"),
        pytest.param(with_opt(options=b"\0\x0b\0\0" * 65), id="65 options"),
        pytest.param(with_opt(options=b"\0\x0b\0\1"), id="an option that leaves its record"),
        pytest.param(with_opt(options=b"\0\x0b\0"), id="half an option"),
        pytest.param(with_opt(rdlength=1), id="an OPT that leaves the message"),
        pytest.param(query(counts=(1, 1, 0, 0)) + OPT, id="an OPT among answers"),
        pytest.param(query(counts=(1, 0, 0, 2)) + OPT + OPT, id="two OPTs"),
        pytest.param(query(counts=(1, 0, 0, 1)) + b"\1a" + OPT, id="an OPT not at the root"),
        pytest.param(query(counts=(1, 0, 0, 1)) + b"\xc0\x0c" + OPT[1:], id="an OPT at a pointer"),
        pytest.param(query(counts=(1, 0, 0, 1)) + b"\xc0", id="half a pointer"),
        pytest.param(query() + b"more", id="octets behind the question"),
        pytest.param(query() + bytes(65535 - len(query())), id="the longest message"),
    ],
)
def test_a_query_is_read_as_in_python(internals: Internals, octets: bytes) -> None:
    """The cases of RFC 6891, RFC 9619 and RFC 1035 that resolver/query.py tells apart."""
    is_read_alike(Renderer(internals), octets)


@given(octets=any_octets)
@settings(max_examples=2000, deadline=None)
def test_any_octets_are_read_as_in_python(internals: Internals, octets: bytes) -> None:
    """Each field is the same, for queries, damaged queries and what is none at all."""
    is_read_alike(Renderer(internals), octets)


def test_no_message_is_longer_than_tcp_can_say(internals: Internals) -> None:
    """65,536 octets come from nowhere; they are not answered."""
    renderer = Renderer(internals)
    assert renderer.read(query() + bytes(65536 - len(query())))[0] == renderer.lib.RN_READ_NOTHING
