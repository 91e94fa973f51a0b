# SPDX-License-Identifier: Apache-2.0
"""Responses: normal form, and what may be altered without losing the validation state."""

import dns.edns
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import names, wire
from resolver.errors import Ede, WireError
from resolver.response import Response, Validation
from resolver.testing import WALL_S, Case, response, rr
from resolver.wire import Record

RRSIG = "RRSIG A 13 2 3600 {end} 20260101000000 1 example.org. YWFhYQ=="


def message(*answer: str, question: str = "example.org. A") -> dns.message.Message:
    """Return a dnspython response with records written as `OWNER TTL CLASS TYPE RDATA`."""
    qname, qtype = question.split()
    query = dns.message.make_query(qname, qtype, use_edns=True)
    made = dns.message.make_response(query, recursion_available=True)
    for line in answer:
        owner, ttl, rclass, rtype, rdata = line.split(None, 4)
        made.answer.append(dns.rrset.from_text(owner, int(ttl), rclass, rtype, rdata))
    return made


def test_normal_form_has_no_id_no_opt_and_few_flags() -> None:
    """What depends on the client is left to the server's writer."""
    sent = message("Example.ORG. 60 IN A 192.0.2.1", question="Example.org. A")
    sent.id, sent.flags = 77, sent.flags | wire.AD | wire.CD | wire.AA
    sent.use_edns(
        options=[
            dns.edns.EDEOption(dns.edns.EDECode.BLOCKED, "no"),
            dns.edns.GenericOption(dns.edns.OptionType.make(65001), b"x"),
        ]
    )
    made = Response.from_message(sent, wall_s=WALL_S)
    assert made.wire[:4] == b"\0\0" + (wire.QR | wire.AA).to_bytes(2, "big")
    assert made.question.qname == names.from_text("example.org")
    assert [rr.rtype for rr in made.rrs] == [wire.A]
    assert made.ede == (Ede(15, "no"),) and made.options == ((65001, b"x"),)


@pytest.mark.parametrize(
    "answer, ttl",
    [
        pytest.param(["60 IN A 192.0.2.1", "30 IN A 192.0.2.2"], 30, id="RFC 2181, 5.2: lowest"),
        pytest.param(
            ["3600 IN A 192.0.2.1", "9999 IN " + RRSIG.format(end="20300101000000")],
            3600,
            id="a signature in force for years caps nothing",
        ),
        pytest.param(
            ["9999 IN A 192.0.2.1", "9999 IN " + RRSIG.format(end="20300101000000")],
            3600,
            id="RFC 4035, 5.3.3: the original TTL",
        ),
        pytest.param(
            ["3600 IN A 192.0.2.1", "3600 IN " + RRSIG.format(end=str(int(WALL_S) + 100))],
            100,
            id="RFC 4035, 5.3.3: the signature's expiration",
        ),
    ],
)
def test_one_ttl_per_rrset(answer: list[str], ttl: int) -> None:
    """A set and its signatures carry one TTL."""
    made = Response.from_message(message(*(f"example.org. {a}" for a in answer)), wall_s=WALL_S)
    assert {made.ttl(rr) for rr in made.rrs} == {ttl}


def test_no_pointer_targets_a_record_that_a_shuffle_moves() -> None:
    """The owner in the second MX record is not compressed against the first one's RDATA."""
    made = response(
        "example.org. MX",
        ["example.org. 60 IN MX 1 mail.example.net.", "example.org. 60 IN MX 2 mail.example.net."],
    )
    assert made.wire.count(b"\4mail\7example\3net\0") == 2


PAIRS = ["www.example.org. 60 IN A 192.0.2.1", "www.example.org. 60 IN AAAA 2001:db8::1"]


@pytest.mark.parametrize(
    "answer, order",
    [
        pytest.param(PAIRS, [1, 0], id="addresses of unequal length trade places"),
        pytest.param(
            [PAIRS[0], "www.example.org. 60 IN " + RRSIG.format(end="20300101000000"), PAIRS[1]],
            [1, 2, 0],
            id="a signature moves ahead",
        ),
        pytest.param(
            [
                "other.example.net. 60 IN " + RRSIG.format(end="20300101000000"),
                "other.example.net. 60 IN A 192.0.2.1",
            ],
            [1, 0],
            id="nothing points at a signature that moves",
        ),
    ],
)
def test_an_order_keeps_records_and_state(answer: list[str], order: list[int]) -> None:
    """Shuffling is no alteration: AD survives it."""
    made = response("www.example.org. A", answer, validation=Validation.SECURE)
    moved = made.with_order(order)
    assert moved.records() == [made.records()[index] for index in order]
    assert moved.rrs == wire.scan(moved.wire, moved.question.end)
    assert moved.validation is Validation.SECURE


def test_dnssec_records_are_for_those_who_ask() -> None:
    """RFC 4035, 3.1: without DO no RRSIG, NSEC, NSEC3, but for the type asked for."""
    signature = "www.example.org. 60 IN " + RRSIG.format(end="20300101000000")
    both = response("www.example.org. A", [PAIRS[0], signature], validation=Validation.SECURE)
    case = Case("www.example.org. A", [PAIRS[0]], validation=Validation.SECURE)
    case.check(both.without_dnssec())
    asked = response("www.example.org. RRSIG", [signature])
    assert asked.without_dnssec() is asked


def test_a_message_for_those_without_do() -> None:
    """The same in one step; a name that is left out lends no other its case."""
    octets = wire.SIX_WORDS.pack(0, wire.QR, 1, 0, 2, 0) + b"\3www\0" + bytes((0, 1, 0, 1))
    for owner, rtype, rdata in ((b"\3NET\0", wire.NSEC, b""), (b"\3net\0", wire.NS, b"\0")):
        octets += owner + wire.RR_FIXED.pack(rtype, wire.IN, 60, len(rdata)) + rdata
    both = Response.from_wire(octets, wall_s=WALL_S)
    assert [record.owner for record in both.without_dnssec().records()] == [b"\3NET\0"]
    made = Response.from_wire(octets, wall_s=WALL_S, dnssec=False)
    assert [record.owner for record in made.records()] == [b"\3net\0"]


def test_names_make_rdata_longer_than_a_record() -> None:
    """A message that cannot be written is a WireError, whatever it is that does not fit."""
    long = names.from_labels([b"a" * 63] * 3 + [b"a" * 61])
    record = Record(wire.ANSWER, names.ROOT, wire.NS, wire.IN, 60, long + bytes(65400))
    with pytest.raises(WireError, match="65535"):
        Response.from_records(names.ROOT, wire.NS, [record])


def test_other_records_are_no_longer_secure() -> None:
    """Whoever alters an answer loses the validator's word for it."""
    made = response("a.example. A", ["a.example. 60 IN A 192.0.2.1"], validation=Validation.SECURE)
    other = made.with_records(rr("a.example. 60 IN A 192.0.2.9"), rcode=3)
    assert (other.validation, other.rcode, other.flags & 15) == (Validation.NONE, 3, 3)
    assert made.replace(plugin="x").validation is Validation.SECURE
    assert made.replace(wire=other.wire).validation is Validation.NONE


@given(st.binary(max_size=200))
def test_octets_that_are_no_message_are_refused(octets: bytes) -> None:
    """Any octets: a response, or WireError, never anything else."""
    header = b"\0\0\x80\0\0\1\0\2\0\1\0\0\7example\3org\0\0\1\0\1"
    for octet_string in (octets, header + octets):
        try:
            made = Response.from_wire(octet_string, wall_s=WALL_S)
        except WireError:
            continue
        assert made.rrs == wire.scan(made.wire, made.question.end)


@given(st.data())
def test_names_in_rdata_survive(data: st.DataObject) -> None:
    """Composing compresses, reading uncompresses: the records stay the same."""
    labels = st.sampled_from(["a", "www", "mail", "example", "org", "x-y"])
    name = st.lists(labels, min_size=1, max_size=5).map(lambda parts: ".".join(parts) + ".")
    lines = data.draw(
        st.lists(
            st.builds(
                lambda owner, target, form: form.format(owner, target),
                name,
                name,
                st.sampled_from(
                    [
                        "{} 1 IN NS {}",
                        "{} 1 IN MX 5 {}",
                        "{} 1 IN SRV 1 2 3 {}",
                        "{0} 1 IN SOA {1} {0} 1 2 3 4 5",
                        "{} 1 IN DNAME {}",
                        '{} 1 IN NAPTR 1 1 "u" "" "" {}',
                        "{0} 1 IN A 192.0.2.1",
                    ]
                ),
            ),
            max_size=12,
        )
    )
    made = response("www.example.org. ANY", lines)
    assert made.records() == [record for line in lines for record in rr(line)]
    assert made.message().to_wire()
