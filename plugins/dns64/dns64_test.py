# SPDX-License-Identifier: Apache-2.0
"""For whom AAAA records are made."""

from typing import Any

import pytest

from plugins.dns64.dns64 import Dns64
from plugins.dns64.setup import setup
from resolver.errors import ResolverError
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

NAME = "www.example.org."
V6 = "2001:db8::7"
EMPTY = response(f"{NAME} AAAA")
ADDRESS = response(f"{NAME} A", [f"{NAME} 60 IN A 192.0.2.1"])
MADE = [f"{NAME} 60 IN AAAA 64:ff9b::192.0.2.1"]


class Chain:
    """The server's own chain: says `answer`, or fails."""

    def __init__(self, answer: Response | None = ADDRESS) -> None:
        self.asked: list[int] = []
        self._answer = answer

    async def lookup(self, request: Request, qname: bytes, qtype: int) -> Response:
        """Answer."""
        self.asked.append(qtype)
        if self._answer is None:
            raise ResolverError("no luck")
        return self._answer


def asked(
    text: str, question: str = f"{NAME} AAAA", chain: Chain | None = None, **fields: Any
) -> tuple[Response, Chain]:
    """Return what a client gets whose question has no AAAA record, and the chain that was asked."""
    chain = chain or Chain()
    given = services(upstream=chain)
    handler = set_up(setup, text, NextHandler(EMPTY), given=given)
    writer = RecordingWriter()
    assert serve(handler, writer, request(question, **{"client": V6, **fields})) == 0
    assert len(writer.responses) == 1
    made = given.metrics.value("coredns_dns64_requests_translated_total", server="dns://:53")
    assert made == (writer.response.plugin == "dns64")
    return writer.response, chain


@pytest.mark.parametrize(
    "text, question, fields, translated",
    [
        pytest.param("dns64", f"{NAME} AAAA", {}, True, id="an IPv6 client"),
        pytest.param("dns64", f"{NAME} AAAA", {"client": "192.0.2.7"}, False, id="an IPv4 client"),
        pytest.param(
            "dns64 {\n allow_ipv4\n}", f"{NAME} AAAA", {"client": "192.0.2.7"}, True, id="allowed"
        ),
        pytest.param("dns64", f"{NAME} A", {}, False, id="another type"),
        pytest.param("dns64", f"{NAME} CH AAAA", {}, False, id="another class"),
        pytest.param("dns64", f"{NAME} AAAA", {"do": True}, True, id="DO"),
        pytest.param(
            "dns64",
            f"{NAME} AAAA",
            {"do": True, "cd": True},
            False,
            id="RFC 6147, 5.5: DO and CD, it validates for itself",
        ),
    ],
)
def test_who_gets_translated_addresses(
    text: str, question: str, fields: dict[str, Any], translated: bool
) -> None:
    """AAAA in class IN, by IPv6 unless more is allowed."""
    got, chain = asked(text, question, **fields)
    assert chain.asked == ([1] if translated else [])
    if translated:
        Case(f"{NAME} AAAA", MADE, ede=(29,)).check(got)
    else:
        assert got is EMPTY


@pytest.mark.parametrize(
    "chain",
    [
        pytest.param(Chain(response(f"{NAME} A")), id="no A record either"),
        pytest.param(Chain(None), id="the look-up fails"),
    ],
)
def test_without_addresses_the_first_response_stands(chain: Chain) -> None:
    """The client learns what it would have learnt without dns64."""
    assert asked("dns64", chain=chain)[0] is EMPTY


def test_what_is_there_is_passed_on() -> None:
    """Nothing is asked for if the client has an address to use."""
    there = response(f"{NAME} AAAA", [f"{NAME} 60 IN AAAA 2001:db8::1"])
    chain = Chain()
    handler = set_up(setup, "dns64", NextHandler(there), given=services(upstream=chain))
    writer = RecordingWriter()
    serve(handler, writer, request(f"{NAME} AAAA", client=V6))
    assert writer.response is there and chain.asked == []


def test_the_rcode_of_who_wrote_nothing_is_passed_on() -> None:
    """The server answers."""
    handler: Dns64 = set_up(setup, "dns64", NextHandler(rcode=5))
    writer = RecordingWriter()
    assert serve(handler, writer, request(f"{NAME} AAAA", client=V6)) == 5
    assert writer.responses == []


def test_at_the_deadline_stale_data_go_out_as_they_are() -> None:
    """Rather an old answer than none."""

    class Stale(NextHandler):
        async def serve_dns(self, writer: Any, request: Request) -> int:
            writer.at_deadline(lambda: writer.write(EMPTY))
            outer.pass_deadline()
            return 0

    outer = RecordingWriter()
    handler = set_up(setup, "dns64", Stale(), given=services(upstream=Chain(None)))
    serve(handler, outer, request(f"{NAME} AAAA", client=V6))
    assert outer.response is EMPTY
