# SPDX-License-Identifier: Apache-2.0
"""What templates answer."""

from typing import Any

import dns.rcode
import pytest

from plugins.template.record_text import record_of
from plugins.template.setup import setup
from resolver import names, wire
from resolver.errors import DomainNameError, Ede, ResolverError
from resolver.request import Request
from resolver.response import Response
from resolver.testing import (
    Case,
    NextHandler,
    RecordingWriter,
    controller,
    request,
    response,
    serve,
)
from resolver.testing.setting_up import services

IP = """template IN A example {
    match ^ip-10-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]example[.]$
    answer "{{ .Name }} 60 IN A 10.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"
    %s
}"""
INVALID = """template ANY ANY invalid {
    rcode NXDOMAIN
    authority "invalid. 60 {{ .Class }} SOA ns.invalid. host.invalid. (1 60 60 60 60)"
    ederror 21 "Blocked"
}"""
SOA = "invalid. 60 IN SOA ns.invalid. host.invalid. 1 60 60 60 60"
EVERYTHING = """template IN MX example {
    match ^(?P<a>[a-z]+)[.](example[.])$
    var who group('a') + '-' + lower(type())
    var short len(name()) < 20
    expr short && incidr(client_ip(), '10.240.0.0/16')
    answer "{{ .Name }} MX {{ if .Var.short }}10{{ end }} {{ .Var.who }}.{{ index .Match 2 }}"
    authority "{{ .Zone }} 60 IN NS ns.{{ .Zone }}"
    additional "ns.{{ .Zone }} 60 IN TXT {{ .Remote }} {{ .Message.Id }}"
    additional "x.{{ .Zone }} 60 IN TXT {{ .Meta `test/who` }} {{ .Class }} {{ .Type }}"
}"""


class Upstream:
    """The server's chain, for aliases."""

    async def lookup(self, request: Request, qname: bytes, qtype: int) -> Response:
        """Return an address, or fail."""
        if qname != names.from_text("target.example.org"):
            raise ResolverError("not there")
        return response("target.example.org. A", ["target.example.org. 9 IN A 192.0.2.1"])


def prepared(text: str, **options: Any) -> Any:
    made = controller(text, given=services(upstream=Upstream()), **options)
    setup(made)
    handler: Any = made.block.handlers[0]
    handler.next_handler = NextHandler(None, rcode=0)
    return made, handler


@pytest.mark.parametrize(
    "text, case",
    [
        pytest.param(
            IP % "",
            Case("IP-10-1-2-3.example. A", ["ip-10-1-2-3.example. 60 IN A 10.1.2.3"], aa=True),
            id="groups of the name, in lower case",
        ),
        pytest.param(
            INVALID,
            Case("a.invalid. MX", authority=[SOA], rcode="NXDOMAIN", ede=(21,), aa=True),
            id="a denial with a reason",
        ),
        pytest.param(
            EVERYTHING,
            Case(
                "a.example. MX",
                ["a.example. 3600 IN MX 10 a-mx.example."],
                ["example. 60 IN NS ns.example."],
                ["ns.example. 60 IN TXT 10.240.0.1 4660", "x.example. 60 IN TXT me IN MX"],
                aa=True,
            ),
            id="all that can be named",
        ),
        pytest.param(
            'template IN ANY {\n answer "{{ .Name }} CNAME target.example.org."\n}',
            Case(
                "a.example. A",
                [
                    "a.example. 3600 IN CNAME target.example.org.",
                    "target.example.org. 9 IN A 192.0.2.1",
                ],
                aa=True,
            ),
            id="an alias with its target",
        ),
        pytest.param(
            'template IN ANY {\n answer "{{ .Name }} CNAME none.example.org."\n}',
            Case("a.example. A", ["a.example. 3600 IN CNAME none.example.org."], aa=True),
            id="an alias whose target fails",
        ),
        pytest.param(
            'template IN ANY {\n answer "{{ .Name }} CNAME target.example.org."\n}',
            Case("a.example. MX", ["a.example. 3600 IN CNAME target.example.org."], aa=True),
            id="only addresses are chased",
        ),
        pytest.param(
            "template IN A a.example {\n rcode NXDOMAIN\n}\ntemplate IN A {\n rcode REFUSED\n}",
            Case("b.example. A", rcode="REFUSED", aa=True),
            id="the first that is for the question",
        ),
        pytest.param(
            (IP % "fallthrough") + "\ntemplate IN A example {\n rcode NXDOMAIN\n}",
            Case("b.example. A", rcode="NXDOMAIN", aa=True),
            id="what falls through meets the next",
        ),
    ],
)
def test_what_a_template_answers(text: str, case: Case) -> None:
    """AA is set; types, classes, zones, patterns and conditions select."""
    made, handler = prepared(text)
    writer = RecordingWriter()
    asked = request(case.question, labels={"test/who": lambda: "me"})
    assert serve(handler, writer, asked) == dns.rcode.NOERROR
    case.check(writer.response)
    assert writer.response.plugin == "template"
    assert handler.next_handler.requests == []


@pytest.mark.parametrize(
    "text, question",
    [
        pytest.param(IP % "", "a.example.org. A", id="another zone"),
        pytest.param(IP % "", "a.example. AAAA", id="another type"),
        pytest.param(IP % "", "a.example. CH A", id="another class"),
        pytest.param(IP % "fallthrough", "a.example. A", id="no match, fallthrough"),
        pytest.param(IP % "fallthrough a.example", "x.a.example. A", id="fallthrough there"),
    ],
)
def test_what_passes(text: str, question: str) -> None:
    """The next handler gets it as it is."""
    _, handler = prepared(text)
    asked = request(question)
    assert serve(handler, RecordingWriter(), asked) == 0
    assert handler.next_handler.requests == [asked]


@pytest.mark.parametrize(
    "text, question",
    [
        pytest.param(IP % "", "a.example. A", id="no match"),
        pytest.param(IP % "fallthrough b.example", "a.example. A", id="fallthrough elsewhere"),
        pytest.param(EVERYTHING, "aaaaaaaaaaaaaaaaaaaa.example. MX", id="no condition holds"),
        pytest.param("template IN A {\n expr 1\n}", "a. A", id="a condition that is no boolean"),
        pytest.param("template IN A {\n rcode SERVFAIL\n}", "a. A", id="on demand"),
    ],
)
def test_what_fails(text: str, question: str) -> None:
    """SERVFAIL is left to the server."""
    _, handler = prepared(text)
    writer = RecordingWriter()
    assert serve(handler, writer, request(question)) == dns.rcode.SERVFAIL
    assert writer.responses == [] and handler.next_handler.requests == []


@pytest.mark.parametrize(
    "line, metric",
    [
        pytest.param("{{ .None }}", "template_failures_total", id="a template that fails"),
        pytest.param("{{ .Name }} A 192.0.2", "rr_failures_total", id="a text that is no record"),
    ],
)
def test_a_broken_answer_is_told_and_counted(line: str, metric: str) -> None:
    """The query fails with a text that names the template."""
    made, handler = prepared(f'template IN A example {{\n answer "{line}"\n}}')
    with pytest.raises(ResolverError, match="^plugin/template: answer '{{ "):
        serve(handler, RecordingWriter(), request("a.example. A", view="v"))
    labels = {"server": "dns://:53", "zone": "example.", "view": "v", "class": "IN", "type": "A"}
    value = made.metrics.value
    assert value(f"coredns_template_{metric}", **labels, section="answer", template=line) == 1
    assert value("coredns_template_matches_total", **labels) == 1


def test_a_variable_without_value_fails_the_query() -> None:
    """It is no match that is lacking."""
    _, handler = prepared("template IN A {\n var a int(name())\n}")
    with pytest.raises(ResolverError, match="int"):
        serve(handler, RecordingWriter(), request("a. A"))


def test_a_failure_with_a_reason_is_written() -> None:
    """EDE makes SERVFAIL a response of its own."""
    _, handler = prepared("template IN A {\n rcode SERVFAIL\n ederror 0 why\n}")
    writer = RecordingWriter()
    assert serve(handler, writer, request("a. A")) == dns.rcode.NOERROR
    assert (writer.response.rcode, writer.response.ede) == (2, (Ede(0, "why"),))


@pytest.mark.parametrize(
    "text, want",
    [
        pytest.param("a. 60 IN A 192.0.2.1", (1, 1, 60, b"\xc0\0\2\1"), id="all of it"),
        pytest.param("a. IN 1m A 192.0.2.1", (1, 1, 60, b"\xc0\0\2\1"), id="class first"),
        pytest.param("a A 192.0.2.1", (1, 1, 3600, b"\xc0\0\2\1"), id="neither"),
        pytest.param('a CH TXT "b c" d', (16, 3, 3600, b"\3b c\1d"), id="another class"),
    ],
)
def test_a_record_of_text(text: str, want: tuple[int, int, int, bytes]) -> None:
    """TTL and class may be left out."""
    record = record_of(text, wire.ANSWER)
    assert (record.rtype, record.rclass, record.ttl, record.rdata) == want
    assert record.owner == b"\1a\0"


@pytest.mark.parametrize(
    "text", ["", "a", "a A", "a X 1", "a A 192.0.2.1 x", "a..b A 192.0.2.1", '"a" A 192.0.2.1']
)
def test_what_is_no_record(text: str) -> None:
    """An error, whatever is wrong."""
    with pytest.raises((ValueError, DomainNameError)):
        record_of(text, wire.ANSWER)


def test_escapes_of_an_owner_are_kept() -> None:
    """Names are written in presentation form (RFC 1035, 5.1)."""
    assert record_of(r"a\032\.b.c. A 192.0.2.1", wire.ANSWER).owner == b"\4a .b\1c\0"
