# SPDX-License-Identifier: Apache-2.0
"""Claims hold: a question outside of a plugin's claims passes it with the same octets, both ways.

A plugin with a native step that acts on what it does not claim (acl, loadbalance, cache, unbound)
is held to its plan instead, in plan_test.py.
"""

import importlib
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.claims import EVERYTHING, is_claimed
from resolver.engine.plan import Step, step_of
from resolver.request import Edns, Endpoint, Request, Transport
from resolver.response import Response
from resolver.testing import NextHandler, RecordingWriter, controller, request, response

PLUGINS = Path(__file__).parent.parent / "plugins"

# Corefile lines for each plugin: all that have a handler, in the ways in which they can be set up.
LINES = {
    "acl": ["acl"],
    "any": ["any"],
    "cache": ["cache"],
    "chaos": ["chaos"],
    "dns64": ["dns64", "dns64 {\n allow_ipv4\n}"],
    "erratic": ["erratic", "erratic {\n truncate 3\n}"],
    "errors": ["errors", "errors {\n consolidate 1m x\n}"],
    "file": ["file none example.org", "file none example.org {\n fallthrough a.example.org\n}"],
    "forward": [
        "forward example.org 192.0.2.1",
        "forward . 192.0.2.1 {\n except example.org\n}\nforward 192.0.2.0/24 tls://192.0.2.1",
    ],
    "header": ["header {\n response set ra\n}", "header {\n query set rd\n response set aa\n}"],
    "hosts": [
        "hosts none",
        "hosts none {\n 192.0.2.1 example.org a.example.org *.home.arpa\n ttl 9\n fallthrough\n}",
        "hosts none example.org {\n 192.0.2.1 b.example.org\n}",
        "hosts none {\n ::1 localhost z.arpa\n fallthrough example.net\n}",
    ],
    "loadbalance": ["loadbalance", "loadbalance weighted w"],
    "local": ["local", "local {\n localhost_prefix off\n}"],
    "log": ["log", "log example.org {combined} {\n class error\n}", "log {\n format json\n}"],
    "loop": ["loop"],
    "metadata": ["metadata", "metadata example.org"],
    "minimal": ["minimal"],
    "nsid": ["nsid"],
    "prometheus": ["prometheus", "prometheus :0 {\n runtime_metrics\n}"],
    "rewrite": [
        "rewrite name a.example.org b.example.org",
        "rewrite name suffix .example.org .example.net answer auto\nrewrite type ANY HINFO",
        "rewrite continue class CH IN\nrewrite stop ttl example.org 5-\nrewrite edns0 nsid unset",
        "rewrite rcode a.example.net SERVFAIL NXDOMAIN\nrewrite edns0 local replace 12 x revert",
    ],
    "template": [
        'template IN A example.org {\n match ^a[.]\n answer "{{ .Name }} A 192.0.2.1"\n}',
        "template ANY ANY home.arpa {\n rcode NXDOMAIN\n}\ntemplate CH TXT\ntemplate IN MX",
    ],
    "unbound": ["unbound"],
    "view": ["view a", "view a {\n expr do()\n}"],
    "whoami": ["whoami"],
}
WITHOUT_HANDLER = {
    "bind",
    "bufsize",
    "cancel",
    "debug",
    "health",
    "ready",
    "multisocket",
    "reload",
    "root",
    "timeouts",
}
ACTING = {Step.CLASSIFY, Step.SHUFFLE, Step.CACHE, Step.SHORTEN, Step.RECURSE}

_labels = st.text("abz0-_", min_size=1, max_size=6)
_names = st.builds(
    lambda head, tail: ".".join([*head, tail]) + ".",
    st.lists(_labels, max_size=3),
    st.sampled_from(["example.org", "example.net", "arpa", "home.arpa", "localhost"]),
)
_types = st.sampled_from(["A", "AAAA", "MX", "TXT", "NS", "PTR", "ANY", "DS", "HTTPS", "TYPE65280"])
_options = st.lists(
    st.tuples(st.sampled_from([3, 8, 10, 12, 15]), st.binary(max_size=4)), max_size=3
)
_edns = st.none() | st.builds(
    lambda size, options: Edns(size, 0, 0, tuple(options)), st.integers(0, 65535), _options
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw a query as any client may send it."""
    return request(
        f"{draw(_names)} {draw(st.sampled_from(['IN', 'CH']))} {draw(_types)}",
        rd=draw(st.booleans()),
        ad=draw(st.booleans()),
        cd=draw(st.booleans()),
        do=draw(st.booleans()),
        edns=draw(_edns),
        client=Endpoint(str(draw(st.ip_addresses())), draw(st.integers(1, 65535))),
        transport=draw(st.sampled_from(list(Transport))),
    )


@st.composite
def answers(draw: st.DrawFn, question: Request) -> Response:
    """Draw a response to `question`."""
    lines = draw(
        st.lists(
            st.sampled_from(
                [
                    "example.org. 60 IN A 192.0.2.1",
                    "example.org. 60 IN A 192.0.2.2",
                    "example.org. 0 IN MX 1 mx.example.org.",
                    "a.example.org. 9 IN CNAME example.org.",
                ]
            ),
            max_size=4,
        )
    )
    rcode = draw(st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"]))
    made = response("x. A", lines, rcode=rcode)
    return Response.from_records(
        question.qname, question.qtype, made.records(), qclass=question.qclass, rcode=made.rcode
    )


def handlers() -> list[Any]:
    """Return parameters: each handler that can be made, under its Corefile line."""
    made: list[Any] = []
    for name, texts in LINES.items():
        for text in texts:
            prepared = controller(text)
            importlib.import_module(f"plugins.{name}.setup").setup(prepared)
            made += (pytest.param(h, id=text) for h in prepared.block.handlers)
    return made


HANDLERS = handlers()


def result(coroutine: Coroutine[Any, Any, int]) -> int:
    """Return what a coroutine that never waits returns."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return int(stop.value)
    raise AssertionError("the handler waited for something that is not there")


@pytest.mark.parametrize("handler", HANDLERS)
@given(data=st.data())
def test_what_is_not_claimed_passes_unaltered(handler: Any, data: st.DataObject) -> None:
    """The next handler gets this request, the writer its response."""
    asked = data.draw(requests())
    if step_of(handler) in ACTING or is_claimed(handler.claims(), asked):
        return
    answer = data.draw(st.none() | answers(asked))
    end = NextHandler(answer, rcode=data.draw(st.sampled_from([0, 2, 3, 5])))
    handler.next_handler = end
    writer = RecordingWriter(asked.client, asked.local, asked.transport)
    assert result(handler.serve_dns(writer, asked)) == end.rcode
    assert end.requests == [asked]
    assert writer.responses == ([] if answer is None else [answer])


def test_who_claims_what() -> None:
    """Who answers or alters whatever comes claims it all; others are data or onlookers."""
    claiming = {h.values[0].name for h in HANDLERS if h.values[0].claims() == EVERYTHING}
    assert claiming == {"erratic", "header", "whoami"}
    native = {h.values[0].name for h in HANDLERS if step_of(h.values[0]) is not None}
    assert native == set(LINES) - {
        "any",
        "chaos",
        "dns64",
        "erratic",
        "file",
        "forward",
        "header",
        "hosts",
        "local",
        "loop",
        "metadata",
        "nsid",
        "rewrite",
        "template",
        "view",
        "whoami",
    }


def test_every_plugin_is_held_to_it() -> None:
    """One that is not listed here fails this test."""
    folders = {path.parent.name for path in PLUGINS.glob("*/setup.py")}
    assert folders == set(LINES) | WITHOUT_HANDLER
