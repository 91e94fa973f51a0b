# SPDX-License-Identifier: Apache-2.0
"""The query that goes out, and which octets count as its reply."""

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.forward.message import Asked, Reply, decode, encode
from resolver import names

NAME = names.from_text("www.example.org")
ASKED = Asked(NAME, 1)
IDENT = 0x1234


def reply(**changes: object) -> bytes:
    """Return the octets of a reply to ASKED, other than it should be in `changes`."""
    query = dns.message.make_query(str(changes.get("name", "wWw.Example.org.")), "A")
    query.id = int(str(changes.get("id", IDENT)))
    made = dns.message.make_response(query)
    made.flags |= int(str(changes.get("flags", 0)))
    made.answer.append(dns.rrset.from_text("www.example.org.", 60, "IN", "A", "192.0.2.1"))
    return made.to_wire()


@pytest.mark.parametrize("padded", [False, True], ids=["plain", "padded"])
@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(ASKED, id="A"),
        pytest.param(Asked(NAME, 28, do=True), id="AAAA with DO"),
        pytest.param(Asked(names.ROOT, 2, 3, rd=False, cd=True), id="root, CH, no RD, CD"),
    ],
)
def test_a_query_is_well_formed(asked: Asked, padded: bool) -> None:
    """dnspython reads what was meant; padded ones are a multiple of 128 (RFC 8467, 4.1)."""
    octets = encode(asked, IDENT, padded=padded)
    message = dns.message.from_wire(octets)
    (question,) = message.question
    assert names.from_text(question.name.to_text()) == asked.qname
    assert (message.id, question.rdtype, question.rdclass) == (IDENT, asked.qtype, asked.qclass)
    bits = (asked.rd, dns.flags.RD), (asked.cd, dns.flags.CD)
    assert message.flags == sum(int(bit) for on, bit in bits if on)
    assert bool(message.ednsflags & dns.flags.DO) == asked.do
    assert message.payload == 1232
    assert (len(octets) % 128 == 0) == padded
    assert len(message.options) == padded


def test_a_query_without_edns_has_no_opt() -> None:
    """For servers that do not know it."""
    assert dns.message.from_wire(encode(ASKED, IDENT, edns=False)).edns == -1


def test_a_reply_is_read_to_its_end() -> None:
    """Records, flags, the RCODE's twelve bits and Extended DNS Errors; case is no difference."""
    message = dns.message.from_wire(reply(flags=int(dns.flags.AA)))
    options = [
        dns.edns.EDEOption(dns.edns.EDECode.BLOCKED, "no"),
        dns.edns.GenericOption(dns.edns.OptionType.COOKIE, b"c"),
    ]
    message.use_edns(0, options=options)
    message.set_rcode(dns.rcode.BADCOOKIE)
    got = decode(message.to_wire(), IDENT, ASKED)
    assert got is not None
    assert (got.rcode, got.has_edns, got.edes) == (23, True, ((15, "no"),))
    assert [record.rdata for record in got.records] == [b"\xc0\x00\x02\x01"]
    assert got.flags & dns.flags.AA and not got.is_truncated


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(reply()[:11], id="half a header"),
        pytest.param(reply(id=IDENT + 1), id="another ID"),
        pytest.param(encode(ASKED, IDENT), id="a query"),
        pytest.param(reply(flags=0x2000), id="another opcode"),
        pytest.param(reply(name="other.example.org."), id="another question"),
        pytest.param(reply()[:-1], id="cut short"),
        pytest.param(b"\x12\x34\x80\x00" + bytes(8), id="NOERROR and nothing else"),
        pytest.param(b"\x12\x34\x80\x02\0\0\0\1" + bytes(4), id="an answer, but no question"),
    ],
)
def test_what_is_no_reply(octets: bytes) -> None:
    """It is as if it had not come (RFC 5452, 9.1)."""
    assert decode(octets, IDENT, ASKED) is None


@pytest.mark.parametrize("asked", [Asked(NAME, 28), Asked(NAME, 1, 3)], ids=["type", "class"])
def test_type_and_class_have_to_be_the_same(asked: Asked) -> None:
    """A question is all three of its parts."""
    assert decode(reply(), IDENT, asked) is None


def test_a_header_alone_is_an_error() -> None:
    """From servers that understood nothing else."""
    assert decode(b"\x12\x34\x80\x01" + bytes(8), IDENT, ASKED) == Reply(1, 0x8001)


def test_a_truncated_reply_may_end_anywhere() -> None:
    """What it holds is of no use: it says to come back over TCP."""
    got = decode(reply(flags=int(dns.flags.TC))[:-3], IDENT, ASKED)
    assert got is not None and got.is_truncated and got.records == ()


@given(st.binary(max_size=80), st.integers(0, 40))
def test_any_octets_may_come(tail: bytes, kept: int) -> None:
    """Whatever it is, it is a reply or it is none; nothing is raised."""
    for octets in (tail, reply()[:kept] + tail, reply() + tail):
        got = decode(octets, IDENT, ASKED)
        assert got is None or got.rcode == got.flags & 15 | got.rcode & 0xFF0
