# SPDX-License-Identifier: Apache-2.0
"""Strategies for responses in normal form: of any records, as plugins and upstreams make them."""

import struct

from hypothesis import strategies as st

from resolver import names, wire
from resolver.errors import Ede
from resolver.response import Response, Validation
from resolver.wire import Record

SOA_FIXED = bytes(20)
NAMES = [
    names.from_text_as_is(text)
    for text in (".", "www.example.org.", "example.org.", "MX1.Example.org.", "a.b.example.net.")
]
TYPES = [
    *(wire.A, wire.AAAA, wire.MX, wire.CNAME, wire.RRSIG) * 3,
    *(wire.NS, wire.SOA, wire.TXT, wire.SRV, wire.DNAME, wire.NSEC, 65280),
]
TEXTS = ["", "no answer in time", "x" * 300, "ü" * 200, "bogus\0\n", "\ud800"]

name = st.sampled_from(NAMES)
ttl = st.one_of(st.sampled_from([0, 1, 59, 60, 61, 300, 0x7FFFFFFF]), st.integers(0, 2**31 - 1))
ede = st.lists(st.builds(Ede, st.integers(0, 65535), st.sampled_from(TEXTS)), max_size=3)
rcode = st.one_of(st.sampled_from([0, 0, 0, 2, 3, 5, 16, 23]), st.integers(0, 4095))


@st.composite
def rdata(draw: st.DrawFn, rtype: int) -> bytes:
    """Return RDATA that has names where its type has them."""
    match rtype:
        case wire.A:
            return draw(st.binary(min_size=4, max_size=4))
        case wire.AAAA:
            return draw(st.binary(min_size=16, max_size=16))
        case wire.MX:
            return struct.pack("!H", draw(st.integers(0, 20))) + draw(name)
        case wire.NS | wire.CNAME | wire.DNAME:
            return draw(name)
        case wire.SOA:
            return draw(name) + draw(name) + SOA_FIXED
        case wire.SRV:
            return bytes(6) + draw(name)
        case _:
            return draw(st.binary(max_size=40))


@st.composite
def record(draw: st.DrawFn, section: int) -> Record:
    rtype = draw(st.sampled_from(TYPES))
    return Record(section, draw(name), rtype, 1, draw(ttl), draw(rdata(rtype)))


@st.composite
def records(draw: st.DrawFn) -> list[Record]:
    """Return records in the order of their sections; few, or sometimes more than 512 octets."""
    found: list[Record] = []
    for section in (wire.ANSWER, wire.AUTHORITY, wire.ADDITIONAL):
        size = draw(
            st.sampled_from([0, 0, 1, 2, 4, 30] if section == wire.ANSWER else [0, 0, 1, 3])
        )
        found += draw(st.lists(record(section), max_size=size))
    return found


@st.composite
def responses(draw: st.DrawFn, qname: bytes, qtype: int, qclass: int) -> Response:
    """Return a response to a question."""
    return Response.from_records(
        qname,
        qtype,
        draw(records()),
        qclass=qclass,
        rcode=draw(rcode),
        flags=draw(st.sampled_from([0, wire.AA, wire.TC, wire.AA | wire.TC])),
        validation=draw(st.sampled_from(list(Validation))),
        ede=tuple(draw(ede)),
    )
