# SPDX-License-Identifier: Apache-2.0
"""What `file` answers, what it asks of others, and what it leaves to them."""

from typing import Any

import dns.rcode
import pytest

from plugins.file.conftest import Write
from plugins.file.setup import setup
from resolver import names
from resolver.errors import Ede, ResolverError
from resolver.request import Request
from resolver.response import Response
from resolver.testing import (
    Case,
    NextHandler,
    RecordingWriter,
    request,
    response,
    serve,
    services,
    set_up,
)

SOA = "example.org. 30 IN SOA ns1.example.org. host.example.org. 1 7200 3600 1209600 30"
NS = "example.org. 60 IN NS ns1.example.org."
ALIAS = "outside.example.org. 60 IN CNAME www.example.net."
CUT = "sub IN NS ns.sub\nns.sub IN A 192.0.2.9\n"


class Others:
    """An upstream with one answer, or one error."""

    def __init__(self, answer: Response | ResolverError) -> None:
        self.answer = answer
        self.asked: list[tuple[bytes, int]] = []

    async def lookup(self, request: Request, qname: bytes, qtype: int) -> Response:
        self.asked.append((qname, qtype))
        if isinstance(self.answer, ResolverError):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "case, is_referral",
    [
        pytest.param(
            Case(
                "www.example.org. A",
                [
                    "www.example.org. 60 IN CNAME host.example.org.",
                    "host.example.org. 60 IN A 192.0.2.2",
                ],
                [NS],
                aa=True,
            ),
            False,
            id="an alias",
        ),
        pytest.param(Case("host.example.org. MX", [], [SOA], aa=True), False, id="NODATA"),
        pytest.param(
            Case("none.example.org. A", [], [SOA], rcode="NXDOMAIN", aa=True), False, id="NXDOMAIN"
        ),
        pytest.param(
            Case(
                "x.sub.example.org. A",
                [],
                ["sub.example.org. 60 IN NS ns.sub.example.org."],
                ["ns.sub.example.org. 60 IN A 192.0.2.9"],
            ),
            True,
            id="a referral",
        ),
    ],
)
def test_what_is_answered(case: Case, is_referral: bool, write: Write) -> None:
    """Authoritative, but for referrals (RFC 1034, 4.3.2)."""
    writer = RecordingWriter()
    handler = set_up(setup, f"file {write(text=CUT)} example.org")
    assert serve(handler, writer, request(case.question)) == dns.rcode.NOERROR
    case.check(writer.response)
    assert writer.response.plugin == "file"


@pytest.mark.parametrize(
    "question, braces",
    [
        pytest.param("example.net. A", "", id="another zone"),
        pytest.param("www.example.org. CH A", "", id="another class"),
        pytest.param("none.example.org. A", "fallthrough", id="fallthrough"),
        pytest.param("a.none.example.org. A", "fallthrough none.example.org", id="of some"),
    ],
)
def test_what_is_left_to_others(question: str, braces: str, write: Write) -> None:
    """The next plugin gets the request as it is."""
    end = NextHandler(rcode=dns.rcode.REFUSED)
    handler = set_up(setup, f"file {write()} example.org {{\n{braces}\n}}", next_handler=end)
    writer, asked = RecordingWriter(), request(question)
    assert serve(handler, writer, asked) == dns.rcode.REFUSED
    assert end.requests == [asked]
    assert writer.responses == []


@pytest.mark.parametrize(
    "question, braces",
    [
        pytest.param("host.example.org. MX", "fallthrough", id="NODATA"),
        pytest.param("none.example.org. A", "fallthrough a.example.org", id="other names"),
    ],
)
def test_what_does_not_fall_through(question: str, braces: str, write: Write) -> None:
    """Names that are there, and those that are not meant."""
    writer = RecordingWriter()
    handler = set_up(setup, f"file {write()} example.org {{\n{braces}\n}}")
    serve(handler, writer, request(question))
    assert len(writer.responses) == 1


@pytest.mark.parametrize(
    "found, want",
    [
        pytest.param(
            response("www.example.net. A", ["www.example.net. 9 IN A 192.0.2.7"], recursive=True),
            Case("outside.example.org. A", [ALIAS, "www.example.net. 9 IN A 192.0.2.7"], aa=True),
            id="its address",
        ),
        pytest.param(
            response(
                "www.example.net. A",
                authority=[SOA.replace("org", "net")],
                rcode="NXDOMAIN",
                recursive=True,
            ),
            Case(
                "outside.example.org. A",
                [ALIAS],
                [SOA.replace("org", "net")],
                rcode="NXDOMAIN",
                aa=True,
            ),
            id="that it is not there",
        ),
        pytest.param(
            response("www.example.net. A", rcode="SERVFAIL", ede=(Ede(22),), recursive=True),
            Case("outside.example.org. A", [ALIAS], rcode="SERVFAIL", ede=(22,), aa=True),
            id="a failure",
        ),
        pytest.param(
            response("www.example.net. A", rcode="REFUSED"),
            Case("outside.example.org. A", [ALIAS], aa=True),
            id="nothing: who asked may ask on",
        ),
    ],
)
def test_others_know_where_an_alias_leads(found: Response, want: Case, write: Write) -> None:
    """The server's own chain is asked; RFC 6604: the RCODE is that of the chain's end."""
    others = Others(found)
    writer = RecordingWriter()
    handler = set_up(setup, f"file {write()} example.org", given=services(upstream=others))
    serve(handler, writer, request("outside.example.org. A"))
    want.check(writer.response)
    assert writer.response.recursive == found.recursive
    assert others.asked == [(names.from_text("www.example.net."), 1)]


def test_a_target_in_a_delegated_part_is_asked_of_others(write: Write) -> None:
    """The zone has only glue there."""
    others = Others(response("x.sub.example.org. A", ["x.sub.example.org. 9 IN A 192.0.2.7"]))
    text = CUT + "incut IN CNAME x.sub\n"
    handler = set_up(setup, f"file {write(text=text)} example.org", given=services(upstream=others))
    writer = RecordingWriter()
    serve(handler, writer, request("incut.example.org. A"))
    assert [record.rtype for record in writer.response.records()] == [5, 1]


def test_an_alias_fails_with_the_others(write: Write) -> None:
    """The error goes up: `errors` logs it, and the server answers SERVFAIL."""
    given = services(upstream=Others(ResolverError("no way")))
    handler = set_up(setup, f"file {write()} example.org", given=given)
    with pytest.raises(ResolverError, match="no way"):
        serve(handler, RecordingWriter(), request("outside.example.org. A"))


def test_transfers_are_refused(write: Write) -> None:
    """RFC 5936, 2.2.1; whoever asks."""
    handler = set_up(setup, f"file {write()} example.org")
    for question in ("example.org. AXFR", "example.org. IXFR"):
        assert serve(handler, RecordingWriter(), request(question)) == dns.rcode.REFUSED


def test_a_zone_that_is_not_loaded_fails() -> None:
    """With EDE 14, Not Ready (RFC 8914, 4.15)."""
    handler = set_up(setup, "file none example.org")
    with pytest.raises(ResolverError, match="zone example.org. is not loaded") as caught:
        serve(handler, RecordingWriter(), request("www.example.org. A"))
    assert caught.value.ede == Ede(14, "zone example.org. is not loaded")


@pytest.mark.parametrize(
    "origins, owner",
    [
        pytest.param("example.org sub.example.org", "example.org.", id="both here"),
        pytest.param("sub.example.org", "sub.example.org.", id="the child alone"),
    ],
)
def test_ds_is_the_parents(origins: str, owner: str, write: Write) -> None:
    """RFC 4035, 3.1.4.1: the child says that it has none only where the parent is not."""
    text = "$TTL 60\n@ IN SOA ns host 1 2 3 4 5\n@ IN NS ns\nsub IN NS ns\nns IN A 192.0.2.1\n"
    handler = set_up(setup, f"file {write(whole=text)} {origins}")
    writer = RecordingWriter()
    serve(handler, writer, request("sub.example.org. DS"))
    records: list[Any] = writer.response.records()
    assert [names.to_text(record.owner) for record in records] == [owner]
