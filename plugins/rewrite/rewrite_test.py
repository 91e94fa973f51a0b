# SPDX-License-Identifier: Apache-2.0
"""What becomes of questions, and of the responses to them."""

from typing import Any

import dns.rcode
import pytest

from plugins.rewrite.setup import setup
from resolver import names
from resolver.claims import Claim, Claims
from resolver.errors import ResolverError
from resolver.request import Request
from resolver.response import Response, Validation
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


class Upstream:
    """The server's chain, for the new targets of aliases."""

    async def lookup(self, request: Request, qname: bytes, qtype: int) -> Response:
        """Return an address, or fail."""
        if qname != names.from_text("new.example"):
            raise ResolverError("not there")
        return response("new.example. A", ["new.example. 9 IN A 192.0.2.9"])


def prepared(text: str, answer: Any = None, **options: Any) -> Any:
    """Return a handler, with one behind it."""
    made = controller(text, given=services(upstream=Upstream()))
    setup(made)
    handler: Any = made.block.handlers[0]
    handler.next_handler = NextHandler(answer, **options)
    return handler


def behind(text: str, question: str, **options: Any) -> Request:
    """Return the request that the next handler gets."""
    handler = prepared(text)
    serve(handler, RecordingWriter(), request(question, **options))
    got: Request = handler.next_handler.requests[0]
    return got


@pytest.mark.parametrize(
    "text, question, want",
    [
        pytest.param("name a.b. c.d.", "A.b. A", "c.d.", id="exact"),
        pytest.param("name a.b c.d", "x.a.b. A", "x.a.b.", id="exact, not below"),
        pytest.param("name prefix a. b.c.", "a.x. A", "b.c.x.", id="prefix"),
        pytest.param("name suffix .a .b.c", "x.a. A", "x.b.c.", id="suffix of labels"),
        pytest.param("name suffix a b", "xa. A", "xb.", id="suffix inside a label"),
        pytest.param("name substring .a. .b.", "x.a.a.a.y. A", "x.b.a.b.y.", id="substring"),
        pytest.param("name regex (.*)-(x|y)[.]a {2}.{1}.b", "q-y.a. A", "y.q.b.", id="regex"),
        pytest.param("name regex ^a[.] b", "x.a. A", "x.a.", id="regex that does not match"),
        pytest.param("continue name a b\nrewrite name b c", "a. A", "c.", id="continue"),
        pytest.param("name a b\nrewrite name b c", "a. A", "b.", id="stop by default"),
        pytest.param("name x b\nrewrite name a c", "a. A", "c.", id="stop only where it applies"),
    ],
)
def test_names(text: str, question: str, want: str) -> None:
    """Names are looked at in lower case, with their final dot."""
    got = behind(f"rewrite {text}", question)
    assert got.name == want
    assert names.lower(got.qname_sent) == got.qname


@pytest.mark.parametrize(
    "text, name",
    [
        pytest.param("rewrite name substring a aa", "a" * 60 + ".b.", id="a label too long"),
        pytest.param("rewrite name substring . ..", "a.b.", id="an empty label"),
        pytest.param(
            "rewrite name suffix b. " + "c." * 60, "a." * 100 + "b.", id="over 255 octets"
        ),
    ],
)
def test_a_name_that_cannot_be_fails(text: str, name: str) -> None:
    """It never goes through as it was."""
    handler = prepared(text)
    with pytest.raises(ResolverError, match="plugin/rewrite: invalid name after rewrite"):
        serve(handler, RecordingWriter(), request(f"{name} A"))
    assert handler.next_handler.requests == []


def answers(*lines: str, **options: Any) -> Any:
    """Return what answers any request with records."""
    return lambda request: Response.from_records(
        request.qname,
        request.qtype,
        response("x. A", lines).records(),
        qclass=request.qclass,
        validation=Validation.SECURE,
        **options,
    )


@pytest.mark.parametrize(
    "text, lines, case",
    [
        pytest.param(
            "name a.example b.example",
            ["b.example. 9 IN CNAME c.example.", "c.example. 9 IN A 192.0.2.1"],
            Case(
                "a.example. A", ["a.example. 9 IN CNAME c.example.", "c.example. 9 IN A 192.0.2.1"]
            ),
            id="exact is reverted",
        ),
        pytest.param(
            "name suffix .example .test answer auto",
            ["a.test. 9 IN MX 1 mx.test.", "mx.test. 9 IN A 192.0.2.1"],
            Case(
                "a.example. MX",
                ["a.example. 9 IN MX 1 mx.example.", "mx.example. 9 IN A 192.0.2.1"],
            ),
            id="suffix, names and values",
        ),
        pytest.param(
            "name suffix .example .test",
            ["a.test. 9 IN A 192.0.2.1"],
            Case("a.example. A", ["a.test. 9 IN A 192.0.2.1"]),
            id="without answer only the question is",
        ),
        pytest.param(
            "name regex (.*)[.]example {1}.test answer auto",
            ["a.test. 9 IN A 192.0.2.1", "x.test. 9 IN A 192.0.2.1"],
            Case("a.example. A", ["a.example. 9 IN A 192.0.2.1", "x.test. 9 IN A 192.0.2.1"]),
            id="regex: exactly that name",
        ),
        pytest.param(
            "name regex (.*)[.]example {1}.test answer name (.*)[.]test {1}.example"
            " value (.*)[.]test {1}.example",
            ["a.test. 9 IN SRV 1 2 3 x.test.", 'x.test. 9 IN NAPTR 1 2 "a" "b" "" y.test.'],
            Case(
                "a.example. SRV",
                [
                    "a.example. 9 IN SRV 1 2 3 x.example.",
                    'x.example. 9 IN NAPTR 1 2 "a" "b" "" y.example.',
                ],
            ),
            id="expressions for both",
        ),
        pytest.param(
            "continue name a.example b.example\nrewrite name b.example c.example",
            ["c.example. 9 IN A 192.0.2.1"],
            Case("a.example. A", ["a.example. 9 IN A 192.0.2.1"]),
            id="in the reverse order",
        ),
        pytest.param(
            "type A MX",
            ["a.example. 9 IN MX 1 b.example."],
            Case("a.example. A", ["a.example. 9 IN MX 1 b.example."]),
            id="the type of the question",
        ),
        pytest.param(
            "ttl suffix .example 30-60",
            ["a.example. 9 IN A 192.0.2.1", "b.example. 90 IN A 192.0.2.1"],
            Case("a.example. A", ["a.example. 30 IN A 192.0.2.1", "b.example. 60 IN A 192.0.2.1"]),
            id="TTLs into bounds",
        ),
        pytest.param(
            "ttl a.example 5",
            ["a.example. 9 IN A 192.0.2.1"],
            Case("a.example. A", ["a.example. 5 IN A 192.0.2.1"]),
            id="one TTL",
        ),
        pytest.param(
            "cname exact old.example new.example",
            ["a.example. 9 IN CNAME old.example.", "old.example. 9 IN A 192.0.2.1"],
            Case(
                "a.example. A",
                ["a.example. 9 IN CNAME new.example.", "new.example. 9 IN A 192.0.2.9"],
            ),
            id="an alias to another target",
        ),
        pytest.param(
            "cname exact old.example new.example",
            ["a.example. 9 IN CNAME old.example."],
            Case("a.example. CNAME", ["a.example. 9 IN CNAME new.example."]),
            id="an alias that is asked for",
        ),
        pytest.param(
            "cname exact old.example none.example",
            ["a.example. 9 IN CNAME old.example."],
            Case("a.example. A", rcode="SERVFAIL"),
            id="an alias to nowhere",
        ),
        pytest.param(
            "name exact a.example b.example answer name b[.]example a..example",
            ["b.example. 9 IN A 192.0.2.1"],
            Case("a.example. A", rcode="SERVFAIL", ede=(0,)),
            id="an answer that cannot be",
        ),
    ],
)
def test_what_comes_back(text: str, lines: list[str], case: Case) -> None:
    """The client's own question, and nothing that was validated."""
    writer = RecordingWriter()
    assert serve(prepared(f"rewrite {text}", answers(*lines)), writer, request(case.question)) == 0
    case.check(writer.response)


@pytest.mark.parametrize(
    "text",
    ["name x.example y.example", "ttl a.example 1-99", "cname exact x y", "rcode a.example 2 3"],
)
def test_what_does_not_change_keeps_its_state(text: str) -> None:
    """The same response, validated as it was."""
    answer, writer = answers("a.example. 9 IN A 192.0.2.1"), RecordingWriter()
    serve(prepared(f"rewrite {text}", answer), writer, request("a.example. A"))
    assert writer.responses == [answer(request("a.example. A"))]


@pytest.mark.parametrize("returned", [2, 5])
def test_an_rcode_that_nobody_wrote_is_rewritten(returned: int) -> None:
    """Then there is a response to write."""
    handler = prepared("rewrite rcode a.example SERVFAIL NXDOMAIN", rcode=returned)
    writer = RecordingWriter()
    assert serve(handler, writer, request("a.example. A")) == dns.rcode.NOERROR
    assert writer.response.rcode == {2: 3, 5: 5}[returned]


def test_a_failure_is_rewritten_and_told() -> None:
    """The error goes on, to be logged."""
    handler = prepared("rewrite rcode a.example SERVFAIL NXDOMAIN", error=ResolverError("no"))
    writer = RecordingWriter()
    with pytest.raises(ResolverError, match="^no$"):
        serve(handler, writer, request("a.example. A"))
    assert [r.rcode for r in writer.responses] == [dns.rcode.NXDOMAIN]


@pytest.mark.parametrize(
    "text, claims",
    [
        pytest.param("name a b", (Claim(names=frozenset({b"\1a\0"})),), id="exact"),
        pytest.param("name suffix .a .b", (Claim(zones=frozenset({b"\1a\0"})),), id="labels"),
        pytest.param("name suffix a b", (Claim(),), id="a suffix inside of labels"),
        pytest.param("name regex a b", (Claim(),), id="regex"),
        pytest.param("type A MX", (Claim(qtypes=frozenset({1})),), id="type"),
        pytest.param("class CH IN", (Claim(qclasses=frozenset({3})),), id="class"),
        pytest.param("ttl a 5", (Claim(names=frozenset({b"\1a\0"})),), id="ttl"),
        pytest.param("rcode a 2 3", (Claim(names=frozenset({b"\1a\0"})),), id="rcode"),
        pytest.param("cname exact a b", (Claim(),), id="cname"),
        pytest.param("edns0 nsid unset", (Claim(edns_options=frozenset({3})),), id="unset"),
        pytest.param("edns0 nsid set", (Claim(),), id="set"),
    ],
)
def test_claims(text: str, claims: Claims) -> None:
    """The names that a rule is for, where they can be told."""
    assert prepared(f"rewrite {text}").claims() == claims


def test_an_alias_goes_out_at_the_deadline() -> None:
    """What is there then is sent, though its new target is not known."""
    writer = RecordingWriter()

    class Waiting(NextHandler):
        """Writes at the deadline only, as `cache` does with stale data."""

        async def serve_dns(self, writer: Any, request: Request) -> int:
            """Leave a callback."""
            writer.at_deadline(lambda: writer.write(answers("a. 9 IN A 192.0.2.1")(request)))
            return 0

    handler = prepared("rewrite cname exact x y")
    handler.next_handler = Waiting(None)
    serve(handler, writer, request("a. A"))
    writer.pass_deadline()
    Case("a. A", ["a. 9 IN A 192.0.2.1"], validation=Validation.SECURE).check(writer.response)
