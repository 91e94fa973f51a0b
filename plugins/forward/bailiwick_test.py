# SPDX-License-Identifier: Apache-2.0
"""Which records of an upstream's reply are believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.forward.bailiwick import believed
from resolver import names, wire
from resolver.testing import response
from resolver.wire import Record

SOA = "{} 60 IN SOA ns.example.org. admin.example.org. 1 7200 3600 1209600 60"
SIG = "{} 60 IN RRSIG {} 13 3 60 20380101000000 20200101000000 1 example.org. AAAA"
NSEC = "{} 60 IN NSEC z.example.org. A RRSIG"


def kept(
    question: str,
    answer: list[str],
    authority: list[str],
    additional: list[str],
    zone: str = "example.org",
) -> list[list[str]]:
    """Return `OWNER TYPE` of what is believed, section by section."""
    made = response(question, answer, authority, additional)
    found: list[list[str]] = [[], [], []]
    asked = made.question
    zones = [names.from_text(zone)]
    for r in believed(made.records(), asked.qname, asked.qtype, asked.qclass, zones):
        shown = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 15: "MX", 28: "AAAA", 39: "DNAME"}
        shown |= {43: "DS", 46: "RRSIG", 47: "NSEC", 33: "SRV"}
        found[r.section - 1].append(f"{names.to_text(r.owner)} {shown[r.rtype]}")
    return found


@pytest.mark.parametrize(
    "question, answer, want",
    [
        pytest.param(
            "a.example.org. A",
            ["a.example.org. 1 IN A 192.0.2.1", "b.example.org. 1 IN A 192.0.2.6"],
            ["a.example.org. A"],
            id="another name beside it",
        ),
        pytest.param(
            "a.example.org. A",
            ["c.example.net. 1 IN A 192.0.2.1", "a.example.org. 1 IN CNAME c.example.net."],
            ["c.example.net. A", "a.example.org. CNAME"],
            id="an alias, in any order, leads out of the zone",
        ),
        pytest.param(
            "a.example.org. A",
            ["a.example.org. 1 IN CNAME b.example.", "c.example. 1 IN A 192.0.2.6"],
            ["a.example.org. CNAME"],
            id="an alias leads elsewhere",
        ),
        pytest.param(
            "a.example.org. A",
            ["a.example.org. 1 IN CNAME b.example.", "b.example. 1 IN CNAME a.example.org."],
            ["a.example.org. CNAME", "b.example. CNAME"],
            id="aliases in a circle",
        ),
        pytest.param(
            "a.b.example.org. A",
            [
                "b.example.org. 1 IN DNAME example.net.",
                "a.b.example.org. 1 IN CNAME a.example.net.",
                "a.example.net. 1 IN A 192.0.2.1",
                "example.com. 1 IN DNAME example.net.",
            ],
            ["b.example.org. DNAME", "a.b.example.org. CNAME", "a.example.net. A"],
            id="a DNAME above it",
        ),
        pytest.param(
            "a.b.example.org. A",
            [
                "b.example.org. 1 IN DNAME example.net.",
                "a.b.example.org. 1 IN CNAME x.example.",
                "x.example. 1 IN A 192.0.2.6",
            ],
            ["b.example.org. DNAME", "a.b.example.org. CNAME"],
            id="a CNAME that its DNAME contradicts leads nowhere",
        ),
        pytest.param(
            "a.example.org. CNAME",
            ["a.example.org. 1 IN CNAME b.example.", "b.example. 1 IN CNAME c.example."],
            ["a.example.org. CNAME"],
            id="a question for CNAME follows none",
        ),
        pytest.param(
            "a.example.org. A",
            ["a.example.org. 1 IN A 192.0.2.1", "a.example.org. 1 IN MX 1 b.example."],
            ["a.example.org. A"],
            id="another type",
        ),
        pytest.param(
            "a.example.org. ANY",
            [
                "a.example.org. 1 IN A 192.0.2.1",
                "a.example.org. 1 IN MX 1 b.example.",
                "b.example. 1 IN A 192.0.2.6",
            ],
            ["a.example.org. A", "a.example.org. MX"],
            id="ANY",
        ),
        pytest.param(
            "a.example.org. A",
            ["a.example.org. 1 CH A b.example. 1"],
            [],
            id="another class",
        ),
        pytest.param(
            "a.example.org. A",
            ["a.example.org. 1 IN A 192.0.2.1", SIG.format("a.example.org.", "A")],
            ["a.example.org. A", "a.example.org. RRSIG"],
            id="signatures",
        ),
    ],
)
def test_answer(question: str, answer: list[str], want: list[str]) -> None:
    """From the QNAME along CNAME and DNAME, and nothing beside that."""
    assert kept(question, answer, [], [])[0] == want


@pytest.mark.parametrize(
    "answer, authority, want",
    [
        pytest.param([], [SOA.format("example.org.")], ["example.org. SOA"], id="a denial"),
        pytest.param([], [SOA.format("org.")], ["org. SOA"], id="a denial from above"),
        pytest.param([], [SOA.format("b.example.org.")], [], id="a denial of another zone"),
        pytest.param(
            [],
            [
                SOA.format("example.org."),
                NSEC.format("0.example.org."),
                NSEC.format("a.example."),
                SIG.format("0.example.org.", "NSEC"),
            ],
            ["example.org. SOA", "0.example.org. NSEC", "0.example.org. RRSIG"],
            id="its proofs, within the zone",
        ),
        pytest.param(
            ["a.example.org. 1 IN A 192.0.2.1", SIG.format("a.example.org.", "A")],
            [NSEC.format("0.example.org."), NSEC.format("a.example.")],
            ["0.example.org. NSEC"],
            id="the proof of a wildcard, of the zone that signed",
        ),
        pytest.param(
            ["a.example.org. 1 IN A 192.0.2.1"],
            ["example.org. 1 IN NS ns.example.org.", "com. 1 IN NS ns.example.org."],
            [],
            id="name servers beside an answer",
        ),
        pytest.param(
            [],
            [
                "a.example.org. 1 IN NS ns.a.example.org.",
                "org. 1 IN NS ns.example.org.",
                "b.example.org. 1 IN NS ns.example.org.",
                "a.example.org. 1 IN DS 1 13 2 " + "00" * 32,
            ],
            ["a.example.org. NS", "a.example.org. DS"],
            id="a referral within the zone, and none above it",
        ),
        pytest.param(
            ["a.example.org. 1 IN CNAME b.example."],
            [SOA.format("example.")],
            ["example. SOA"],
            id="a denial of what an alias leads to",
        ),
    ],
)
def test_authority(answer: list[str], authority: list[str], want: list[str]) -> None:
    """Denials and proofs of zones that a name in the answer is in; referrals within FROM."""
    assert kept("a.example.org. A", answer, authority, [])[1] == want


@pytest.mark.parametrize(
    "additional, want",
    [
        pytest.param(["mx.example.org. 1 IN A 192.0.2.1"], ["mx.example.org. A"], id="a target"),
        pytest.param(["x.example.org. 1 IN A 192.0.2.6"], [], id="another name"),
        pytest.param(["mx.example.net. 1 IN A 192.0.2.6"], [], id="a target outside of FROM"),
        pytest.param(["mx.example.org. 1 IN MX 1 x.example."], [], id="another type"),
    ],
)
def test_additional(additional: list[str], want: list[str]) -> None:
    """Addresses of what the answer points at, within FROM."""
    answer = [
        "a.example.org. 1 IN MX 1 mx.example.org.",
        "a.example.org. 1 IN MX 2 mx.example.net.",
    ]
    assert kept("a.example.org. MX", answer, [], additional)[2] == want


_names = st.lists(st.sampled_from([b"\x01a", b"\x01b"]), max_size=4).map(
    lambda ls: b"".join(ls) + b"\0"
)
_types = st.sampled_from(
    [wire.A, wire.CNAME, wire.DNAME, wire.NS, wire.MX, wire.SOA, wire.RRSIG, 47]
)


@given(
    st.lists(
        st.builds(
            Record,
            st.sampled_from([1, 2, 3]),
            _names,
            _types,
            st.sampled_from([1, 1, 1, 3]),
            st.integers(0, 9),
            _names | st.binary(max_size=24),
        ).filter(lambda r: r.rtype not in (wire.CNAME, wire.DNAME) or r.rdata.endswith(b"\0")),
        max_size=12,
    ).map(lambda rs: sorted(rs, key=lambda r: r.section)),
    _names,
)
def test_an_answer_begins_at_the_qname(records: list[Record], qname: bytes) -> None:
    """Any records: none is added, all are of the class, and the first owner is asked for."""
    got = believed(records, qname, wire.A, wire.IN, [names.ROOT])
    assert all(record in records and record.rclass == wire.IN for record in got)
    owners = {r.owner for r in got if r.section == wire.ANSWER}
    assert not owners or any(names.is_below(qname, owner) for owner in owners)


def test_class_any_takes_every_class() -> None:
    """A question for all classes is answered by records of any."""
    made = response("a.example.org. A", ["a.example.org. 1 IN A 192.0.2.1"]).records()
    qname = names.from_text("a.example.org")
    assert believed(made, qname, wire.A, 255, [names.ROOT]) == made
    assert believed(made, qname, wire.A, wire.CH, [names.ROOT]) == []
