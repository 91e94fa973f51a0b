# SPDX-License-Identifier: Apache-2.0
"""Rendering: what each client gets of one response. dnspython is the oracle."""

from typing import Any

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import names
from resolver.errors import Ede
from resolver.query import Query, Refusal
from resolver.render import (
    MAX_EDE_TEXT_OCTETS,
    limit_of,
    render,
    render_bare,
    render_refusal,
    trim_text,
)
from resolver.request import Edns
from resolver.response import Response, Validation
from resolver.testing import request, response

ANSWER = response("www.example.org. A", ["www.example.org. 300 IN A 192.0.2.1"])
LONG = response("www.example.org. TXT", [f"www.example.org. 60 IN TXT {'x' * 250}"] * 1)


def sent(asked: Any, answer: Response, limit: int = 1232, **options: Any) -> dns.message.Message:
    return dns.message.from_wire(render(asked, answer, limit, **options))


def flags(text: str) -> int:
    return int(dns.flags.from_text(text))


def test_the_answer_is_the_clients() -> None:
    """ID, RD and the question's octets are those of the query (0x20 case kept)."""
    asked = request("wWw.eXample.org. A", id=0xBEEF)
    message = sent(asked, ANSWER, recursion_available=True)
    assert message.id == 0xBEEF
    assert message.flags == flags("QR RD RA")
    assert message.question[0].name.to_text() == "wWw.eXample.org."
    assert message.answer[0].to_text() == "wWw.eXample.org. 300 IN A 192.0.2.1"
    assert message.edns == -1


@pytest.mark.parametrize(
    ("asked", "validation", "want"),
    [
        pytest.param({"ad": True}, Validation.SECURE, "QR RD AD", id="AD asked for"),
        pytest.param({"do": True}, Validation.SECURE, "QR RD AD", id="DO asked for"),
        pytest.param({}, Validation.SECURE, "QR RD", id="neither asked for (RFC 6840, 5.8)"),
        pytest.param({"ad": True}, Validation.INSECURE, "QR RD", id="insecure"),
        pytest.param({"ad": True, "do": True}, Validation.NONE, "QR RD", id="not validated"),
        pytest.param({"ad": True, "cd": True}, Validation.BOGUS, "QR RD CD", id="bogus, CD set"),
        pytest.param({"rd": False}, Validation.SECURE, "QR", id="RD clear"),
    ],
)
def test_bits_follow_query_and_validation(
    asked: dict[str, Any], validation: Validation, want: str
) -> None:
    """AD only for secure data, to those who set AD or DO; RD and CD are copied."""
    answer = ANSWER.replace(validation=validation)
    assert sent(request("www.example.org. A", **asked), answer).flags == flags(want)


def test_aa_and_tc_are_the_responses() -> None:
    answer = response("www.example.org. A", flags=flags("AA TC"))
    assert sent(request("www.example.org. A"), answer).flags == flags("QR AA TC RD")


@pytest.mark.parametrize(
    ("edns", "do", "want"),
    [
        pytest.param(Edns(4096), False, (1232, 0), id="plain"),
        pytest.param(Edns(512), True, (1232, 0x8000), id="DO is copied"),
        pytest.param(Edns(1232, 0, 0x7FFF), False, (1232, 0), id="unknown flags are not"),
        pytest.param(Edns(1232, options=((65001, b"x"),)), False, (1232, 0), id="nor options"),
    ],
)
def test_opt_is_ours(edns: Edns, do: bool, want: tuple[int, int]) -> None:
    """The OPT tells our size and of the flags only DO (RFC 6891, 6.1.4); no option is echoed."""
    message = sent(request("www.example.org. A", edns=edns, do=do), ANSWER)
    assert (message.edns, message.payload, message.ednsflags) == (0, *want)
    assert message.options == ()


@pytest.mark.parametrize(
    ("edns", "udp", "want"),
    [
        pytest.param(None, True, 512, id="no EDNS"),
        pytest.param(Edns(0), True, 512, id="less than 512 counts as 512"),
        pytest.param(Edns(700), True, 700, id="the client's"),
        pytest.param(Edns(65535), True, 1232, id="ours is smaller"),
        pytest.param(None, False, 65535, id="TCP"),
    ],
)
def test_limits(edns: Edns | None, udp: bool, want: int) -> None:
    """The smaller of the client's size and ours (RFC 6891, 6.2.5)."""
    assert limit_of(request("example.org. A", edns=edns), udp) == want


@pytest.mark.parametrize("edns", [None, Edns(512)])
def test_what_does_not_fit_is_truncated(edns: Edns | None) -> None:
    """TC, the question and OPT: no half of an RRset (RFC 2181, 9)."""
    answer = response("a.example. TXT", [f"a.example. 60 IN TXT {n}{'x' * 250}" for n in range(3)])
    asked = request("A.example. TXT", edns=edns)
    octets = render(asked, answer, limit_of(asked, True))
    message = dns.message.from_wire(octets)
    assert message.flags == flags("QR TC RD")
    assert message.question[0].name.to_text() == "A.example."
    assert not message.answer
    assert (message.edns == 0) == (edns is not None)
    assert len(render(asked, answer, limit_of(asked, False))) > 512


@pytest.mark.parametrize("spare", [0, 1])
def test_truncation_is_exact(spare: int) -> None:
    """The limit itself still fits."""
    asked = request("www.example.org. TXT", edns=Edns())
    full = len(render(asked, LONG, 65535))
    assert bool(sent(asked, LONG, full - 1 + spare).flags & dns.flags.TC) == (spare == 0)


def edes(message: dns.message.Message) -> list[tuple[int, str | None]]:
    return [(int(ede.code), ede.text) for ede in message.extended_errors()]


def test_ede_goes_to_clients_with_edns() -> None:
    """RFC 8914, 3; and the response's other options."""
    answer = response(
        "www.example.org. A", ede=(Ede(3), Ede(22, "späť")), options=((3, b"ns1"), (11, b"\0\1"))
    )
    assert sent(request("www.example.org. A"), answer).edns == -1
    message = sent(request("www.example.org. A", edns=Edns()), answer, options=((65001, b""),))
    assert edes(message) == [(3, None), (22, "späť")]
    assert [int(o.otype) for o in message.options] == [3, 11, 65001, 15, 15]


@pytest.mark.parametrize(
    ("text", "room", "want"),
    [
        pytest.param("x" * 20, 26, [(9, "x" * 20)], id="all of it"),
        pytest.param("x" * 20, 25, [(9, None)], id="text is left out first"),
        pytest.param("x" * 20, 6, [(9, None)], id="the bare code still fits"),
        pytest.param("x" * 20, 5, [], id="then the EDE"),
    ],
)
def test_ede_never_truncates(text: str, room: int, want: list[tuple[int, str | None]]) -> None:
    """Extra text, then EDE, is left out before TC is set for it (RFC 8914, 3)."""
    asked = request("www.example.org. TXT", edns=Edns())
    bare = len(render(asked, LONG, 65535))
    message = sent(asked, LONG.replace(ede=(Ede(9, text),)), bare + room)
    assert not message.flags & dns.flags.TC
    assert edes(message) == want


@given(st.text(), st.integers(0, 300))
def test_texts_are_cut_between_characters(text: str, octets: int) -> None:
    """At most so many octets, still UTF-8, and as much as fits."""
    cut = trim_text(text, octets)
    assert len(cut) <= octets
    whole = text.encode(errors="replace")
    assert whole.startswith(cut)
    cut.decode()
    assert len(cut) > octets - 4 or cut == whole


def test_long_texts_are_cut() -> None:
    """256 octets of EXTRA-TEXT at most, whatever a plugin writes."""
    answer = response("example.org. A", ede=(Ede(6, "ž" * 500),))
    message = sent(request("example.org. A", edns=Edns()), answer)
    assert edes(message) == [(6, "ž" * (MAX_EDE_TEXT_OCTETS // 2))]


def test_extended_rcodes_need_edns() -> None:
    """Without an OPT there is no room for them (RFC 6891, 6.1.3): SERVFAIL."""
    answer = response("example.org. A", rcode="BADCOOKIE")
    with_edns = sent(request("example.org. A", edns=Edns()), answer)
    assert with_edns.rcode() == dns.rcode.BADCOOKIE
    assert sent(request("example.org. A"), answer).rcode() == dns.rcode.SERVFAIL


def test_bare_responses() -> None:
    """RCODE, question and OPT."""
    asked = request("EXAMPLE.org. AAAA", edns=Edns(), do=True, cd=True)
    octets = render_bare(asked, dns.rcode.SERVFAIL, (Ede(22, "x"),), recursion_available=True)
    message = dns.message.from_wire(octets)
    assert message.rcode() == dns.rcode.SERVFAIL
    assert message.flags == flags("QR RD RA CD") | dns.rcode.SERVFAIL
    assert message.ednsflags == 0x8000
    assert message.question[0].to_text() == "EXAMPLE.org. IN AAAA"
    assert edes(message) == [(22, "x")]


def test_refusals_of_unread_messages_are_headers() -> None:
    """Opcode, RD and CD are copied, Z and AD are not."""
    octets = render_refusal(Refusal(dns.rcode.NOTIMP, 7, 0x2900 | 0x0070 | 0x0600))
    assert octets == bytes.fromhex("0007 a914 0000 0000 0000 0000".replace(" ", ""))


def test_badvers_is_told_in_our_opt() -> None:
    """RFC 6891, 6.1.3: the responder's OPT says the version that it knows."""
    edns = Edns(1232, 1, 0x8000)
    qname = names.from_text_as_is("Example.")
    query = Query(9, True, False, False, True, qname.lower(), qname, 1, 1, edns)
    message = dns.message.from_wire(render_refusal(Refusal(dns.rcode.BADVERS, 9, 0x100, query)))
    assert (message.rcode(), message.edns) == (dns.rcode.BADVERS, 0)
    assert message.question[0].name.to_text() == "Example."


_octets = st.binary(max_size=40)


@given(
    st.sampled_from([ANSWER, LONG, response("www.example.org. A", rcode="BADCOOKIE")]),
    st.none() | st.builds(lambda size: Edns(size), st.integers(0, 65535)),
    st.lists(st.builds(Ede, st.integers(0, 65535), st.text(max_size=400)), max_size=4),
    st.lists(st.tuples(st.sampled_from([3, 11, 65001]), _octets), max_size=3),
    st.booleans(),
)
def test_all_that_is_rendered_fits_and_is_read(
    answer: Response,
    edns: Edns | None,
    ede: list[Ede],
    options: list[tuple[int, bytes]],
    is_udp: bool,
) -> None:
    """Never longer than the limit, always a message, OPT only for an OPT."""
    qtype = "TXT" if answer is LONG else "A"
    asked = request(f"www.example.org. {qtype}", edns=edns)
    given = answer.replace(ede=tuple(ede), options=tuple(options))
    limit = limit_of(asked, is_udp)
    octets = render(asked, given, limit)
    assert len(octets) <= limit
    message = dns.message.from_wire(octets, ignore_trailing=False, one_rr_per_rrset=True)
    assert (message.edns == 0) == (edns is not None)
    if not message.flags & dns.flags.TC:
        assert len(message.answer) == (0 if answer.rcode > 15 else len(answer.rrs))


def test_options_with_data_of_dnspython_are_read() -> None:
    """The oracle agrees on the form of options."""
    answer = response("example.org. A", options=((3, b"ns1"),))
    message = sent(request("example.org. A", edns=Edns()), answer)
    assert message.options == (dns.edns.NSIDOption(b"ns1"),)
