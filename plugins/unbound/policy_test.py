# SPDX-License-Identifier: Apache-2.0
"""Tests of the policy: what is answered here, what is turned down, and how."""

from typing import Any

import dns.rcode
import pytest

from plugins.unbound.policy import Policy
from resolver import names, wire
from resolver.testing import Case, NextHandler, RecordingWriter, request
from resolver.types import Handler, Rcode
from tests.recursion.handler import SIGNED, World, ask, said


@pytest.mark.parametrize(
    ("zones", "excepted", "qname", "covered"),
    [
        pytest.param(".", "", "example.org.", True, id="the root has all names"),
        pytest.param("example.org.", "", "www.example.org.", True, id="below FROM"),
        pytest.param("example.org.", "", "example.org.", True, id="FROM itself"),
        pytest.param("example.org.", "", "example.net.", False, id="outside of FROM"),
        pytest.param("example.org.", "", "anexample.org.", False, id="not at a label's start"),
        pytest.param("a. b.", "", "x.b.", True, id="any of several"),
        pytest.param(".", "example.org.", "www.example.org.", False, id="excepted"),
        pytest.param(".", "example.org.", "org.", True, id="above what is excepted"),
        pytest.param(
            "www.example.org.", "example.org.", "www.example.org.", False, id="except has its way"
        ),
    ],
)
def test_from_and_except_limit(zones: str, excepted: str, qname: str, covered: bool) -> None:
    """A name is covered if it is below FROM and not below `except`."""
    policy = Policy(
        frozenset(map(names.from_text, zones.split())),
        frozenset(map(names.from_text, excepted.split())),
    )
    assert policy.covers(names.from_text(qname)) is covered


@pytest.mark.parametrize(
    ("question", "flags", "rcode"),
    [
        pytest.param("example.org. AXFR", {}, dns.rcode.NOTIMP, id="AXFR"),
        pytest.param("example.org. IXFR", {}, dns.rcode.NOTIMP, id="IXFR"),
        pytest.param("example.org. MAILA", {}, dns.rcode.NOTIMP, id="MAILA"),
        pytest.param("example.org. MAILB", {}, dns.rcode.NOTIMP, id="MAILB"),
        pytest.param("example.org. AXFR", {"rd": False}, dns.rcode.NOTIMP, id="AXFR as dig asks"),
        pytest.param("example.org. A", {"rd": False}, dns.rcode.REFUSED, id="RD=0"),
        pytest.param("example.org. ANY", {"rd": False}, dns.rcode.REFUSED, id="ANY with RD=0"),
        pytest.param("version.bind. CH TXT", {}, dns.rcode.REFUSED, id="class CH"),
    ],
)
def test_what_is_turned_down_bare(question: str, flags: dict[str, Any], rcode: Rcode) -> None:
    """Nothing is written and nothing is asked; the server answers with the RCODE."""
    world, writer = World(), RecordingWriter()
    assert world.serve(request(question, **flags), said(SIGNED), writer) == rcode
    assert writer.responses == []
    assert world.recursions.asked == []


@pytest.mark.parametrize("qtype", ["TYPE0", "OPT", "TYPE128", "TKEY", "TSIG"])
def test_what_is_no_question(qtype: str) -> None:
    """RFC 9824, 3.2 and RFC 8914, 4.31: types of other uses are FORMERR, Invalid Query Type."""
    written = ask(f"example.org. {qtype}", said(SIGNED))
    assert (written.rcode, [ede.code for ede in written.ede]) == (dns.rcode.FORMERR, [30])


def test_any_gets_hinfo() -> None:
    """RFC 8482, 4.2: ANY is answered with a made-up HINFO record; nothing is asked."""
    world = World()
    written = ask("example.org. ANY", said(SIGNED), world)
    Case("example.org. ANY", ['example.org. 3600 IN HINFO "RFC8482" ""']).check(written)
    assert world.recursions.asked == []


def test_snoop_lets_rd0_see() -> None:
    """With `snoop on` a query with RD=0 is answered like any."""
    world = World(Policy(snoop=True))
    assert world.handler.snoop
    assert ask("www.example.org. A", said(SIGNED), world, rd=False).has(wire.ANSWER)


@pytest.mark.parametrize("has_next", [True, False])
def test_other_names_are_the_next_plugins(has_next: bool) -> None:
    """A name outside of FROM goes on with the request as it is; REFUSED at the chain's end."""
    world, writer = World(Policy(frozenset((names.from_text("example.org."),)))), RecordingWriter()
    following = NextHandler(rcode=dns.rcode.NXDOMAIN)
    chained: Handler | None = following if has_next else None
    world.handler.next_handler = chained
    asked = request("www.example.net. AXFR", rd=False)
    rcode = world.serve(asked, said(SIGNED), writer)
    assert rcode == (dns.rcode.NXDOMAIN if has_next else dns.rcode.REFUSED)
    assert following.requests == ([asked] if has_next else [])
    assert world.handler.claims() == ()
