# SPDX-License-Identifier: Apache-2.0
"""What the guard lets out."""

import pytest

from plugins.local.guard import Guard, post_guard
from plugins.local.zones import special_zones
from resolver import names
from resolver.claims import EVERYTHING, Claim, Claims
from resolver.plugin import Plugin
from resolver.testing import Case, NextHandler, RecordingWriter, request, serve

ZONES = special_zones()


class Forward(NextHandler):
    """A plugin that would send a question out."""

    name = "forward"

    def __init__(self, claims: Claims) -> None:
        super().__init__(rcode=5)
        self._claims = claims

    def claims(self) -> Claims:  # type: ignore[override] # NextHandler claims nothing
        return self._claims


def zones(*texts: str) -> Claims:
    return (Claim(zones=frozenset(names.from_text(text) for text in texts)),)


def outcome(claims: Claims, question: str, zone: str = ".") -> str:
    """Return `sent`, or the RCODE that the guard answers."""
    sender, writer = Forward(claims), RecordingWriter()
    asked = request(question, zone=names.from_text(zone))
    rcode = serve(Guard(ZONES, [sender]), writer, asked)
    if sender.requests:
        assert (rcode, sender.requests, writer.responses) == (5, [asked], [])
        return "sent"
    assert rcode == 0 and writer.response.plugin == "local"
    return {0: "NOERROR", 3: "NXDOMAIN"}[writer.response.rcode]


@pytest.mark.parametrize(
    "question, want",
    [
        ("printer.home.arpa. A", "NXDOMAIN"),
        ("home.arpa. A", "NOERROR"),
        ("home.arpa. DS", "sent"),
        ("printer.home.arpa. DS", "NXDOMAIN"),
        ("x.onion. A", "NXDOMAIN"),
        ("printer.local. A", "NXDOMAIN"),
        ("_dns.resolver.arpa. SVCB", "NOERROR"),
        ("1.1.168.192.in-addr.arpa. PTR", "NXDOMAIN"),
        ("1.0.64.100.in-addr.arpa. PTR", "NXDOMAIN"),
        (f"1.{'0.' * 31}ip6.arpa. PTR", "NOERROR"),
        ("1.0.0.d.f.ip6.arpa. PTR", "NXDOMAIN"),
        ("8.8.8.8.in-addr.arpa. PTR", "sent"),
        ("example. A", "sent"),
        ("www.example.org. A", "sent"),
        ("home.arpa. CH A", "sent"),
    ],
)
def test_special_names_are_not_sent_out(question: str, want: str) -> None:
    """RFC 6303, RFC 6761 and their followers; DS at such a zone is its parent's."""
    assert outcome(zones("."), question) == want


@pytest.mark.parametrize(
    "claims, block, want",
    [
        pytest.param(zones("."), ".", "NXDOMAIN", id="a forwarder for everything"),
        pytest.param(EVERYTHING, ".", "NXDOMAIN", id="one that says nothing"),
        pytest.param(zones("home.arpa."), ".", "sent", id="one for the zone"),
        pytest.param(zones("arpa."), ".", "sent", id="one for the zone above"),
        pytest.param(
            zones("example.org."), ".", "sent", id="one for another zone, which passes it"
        ),
        pytest.param(
            (Claim(names=frozenset({names.from_text("a.home.arpa")})),), ".", "sent", id="a name"
        ),
        pytest.param(zones("."), "home.arpa.", "sent", id="a server block for the zone"),
        pytest.param(zones("."), "a.home.arpa.", "sent", id="a server block for a zone below"),
        pytest.param(zones("."), "arpa.", "NXDOMAIN", id="a server block for the zone above"),
    ],
)
def test_who_is_meant_to_get_them(claims: Claims, block: str, want: str) -> None:
    """Whoever is told of the zone by the operator: split horizon."""
    assert outcome(claims, "a.home.arpa. A", block) == want


def test_the_records_are_those_that_unbound_gives() -> None:
    """RFC 6303, 3: SOA and NS at the apex; RFC 8880, 7.1: data for ipv4only.arpa."""
    soa = "home.arpa. 10800 IN SOA home.arpa. nobody.invalid. 1 3600 1200 604800 10800"
    cases = [
        Case("a.home.arpa. A", authority=[soa], rcode="NXDOMAIN"),
        Case("home.arpa. SOA", [soa]),
        Case("home.arpa. NS", ["home.arpa. 10800 IN NS home.arpa."]),
        Case(
            "ipv4only.arpa. A",
            [f"ipv4only.arpa. 10800 IN A 192.0.0.{last}" for last in (170, 171)],
        ),
    ]
    for case in cases:
        writer = RecordingWriter()
        serve(Guard(ZONES, [Forward(zones("."))]), writer, request(case.question))
        case.check(writer.response)


@pytest.mark.parametrize(
    "senders, want",
    [
        pytest.param([zones("example.org."), zones("home.arpa.")], "sent", id="the second is for"),
        pytest.param([zones("home.arpa."), zones(".")], "sent", id="the first is for it"),
        pytest.param([zones("."), zones("home.arpa.")], "NXDOMAIN", id="the first is for all"),
        pytest.param([zones("example.org."), zones(".")], "NXDOMAIN", id="the second is for all"),
    ],
)
def test_the_first_that_claims_the_question_decides(senders: list[Claims], want: str) -> None:
    """As it would get it."""
    made, writer = [Forward(claims) for claims in senders], RecordingWriter()
    serve(Guard(ZONES, made), writer, request("a.home.arpa. A"))
    assert bool(writer.responses) == (want == "NXDOMAIN")
    assert len(made[0].requests) == (want == "sent")


def test_the_guard_stands_before_the_first_that_sends() -> None:
    """And nowhere else; without one there is none."""
    first, second, third, last = Plugin(), Plugin(), Plugin(), Forward(EVERYTHING)
    third.name = "forward"
    first.next_handler, second.next_handler, third.next_handler = second, third, last
    post_guard([first, second], ZONES)
    assert first.next_handler is second
    post_guard([first, second, third, last], ZONES)
    assert isinstance(second.next_handler, Guard)
    assert second.next_handler.next_handler is third
    assert (first.next_handler, third.next_handler) == (second, last)
