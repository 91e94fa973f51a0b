# SPDX-License-Identifier: Apache-2.0
"""Asking the server's own chain from inside."""

import asyncio

import dns.rcode
import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.errors import ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.server import Server
from resolver.testing import NextHandler, request, response, run, services
from resolver.types import Handler, Rcode, ResponseWriter
from resolver.upstream import MAX_DEPTH, ServerUpstream

OTHER = names.from_text("other.example.")
SERVER = "dns://:53"


def upstream_of(**zones: Handler) -> ServerUpstream:
    """Return an upstream of one listener with a block for each zone; `root` is the root."""
    blocks = []
    for zone, handler in zones.items():
        name = names.ROOT if zone == "root" else names.from_text(zone)
        blocks.append(Block((Key("dns", name, 53),), {}, handlers=[handler], view=zone))
    return ServerUpstream({SERVER: Server(blocks, services(), name=SERVER)})


def lookup(upstream: ServerUpstream, qtype: int = 1, **fields: str) -> Response:
    asked = request("www.example.org. AAAA", server=fields.get("server", SERVER), do=True)
    return run(upstream.lookup(asked, OTHER, qtype))


def test_the_chain_answers_for_the_same_client() -> None:
    answer = response("other.example. A", ["other.example. 60 IN A 192.0.2.7"])
    example, root = NextHandler(answer), NextHandler()
    assert lookup(upstream_of(root=root, example=example)) is answer
    (asked,) = example.requests
    assert (asked.qname, asked.qtype, asked.do) == (OTHER, 1, True)
    assert (asked.zone, asked.view) == (names.from_text("example."), "example")
    assert not root.requests


@pytest.mark.parametrize(
    ("handler", "rcode"),
    [
        pytest.param(NextHandler(rcode=dns.rcode.SERVFAIL), "SERVFAIL", id="the server's to say"),
        pytest.param(None, "REFUSED", id="no zone"),
    ],
)
def test_an_rcode_without_a_response_is_a_response(handler: NextHandler | None, rcode: str) -> None:
    upstream = upstream_of(root=handler) if handler else upstream_of()
    answer = lookup(upstream)
    assert dns.rcode.to_text(dns.rcode.Rcode(answer.rcode)) == rcode
    assert answer.question.qname == OTHER


@pytest.mark.parametrize(
    ("handler", "text"),
    [
        pytest.param(NextHandler(), "was dropped", id="dropped"),
        pytest.param(NextHandler(error=ResolverError("no luck")), "no luck", id="failed"),
    ],
)
def test_failures_are_errors(handler: NextHandler, text: str) -> None:
    with pytest.raises(ResolverError, match=text):
        lookup(upstream_of(root=handler))


def test_a_listener_that_is_gone() -> None:
    with pytest.raises(ResolverError, match="no listener dns://:5353"):
        lookup(upstream_of(root=NextHandler()), server="dns://:5353")


class Asking(Plugin):
    """Asks its own server about the name below, for ever; maybe in a Task of its own."""

    name = "asking"

    def __init__(self, in_task: bool) -> None:
        self.upstream = ServerUpstream({})
        self.depth = 0
        self._in_task = in_task

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        self.depth += 1
        work = self.upstream.lookup(request, request.qname, request.qtype)
        writer.write(await (asyncio.create_task(work) if self._in_task else work))
        return dns.rcode.NOERROR


@pytest.mark.parametrize("in_task", [False, True])
def test_circles_end(in_task: bool) -> None:
    """Plugins that ask each other in a circle fail instead of hanging, also through Tasks."""
    asking = Asking(in_task)
    asking.upstream = upstream_of(root=asking)
    with pytest.raises(ResolverError, match="maximum depth exceeded looking up other.example."):
        lookup(asking.upstream)
    assert asking.depth == MAX_DEPTH


def test_depth_is_a_tasks_own() -> None:
    """Many look-ups side by side are not deep."""
    answer = response("other.example. A")
    upstream = upstream_of(root=NextHandler(answer))
    asked = request("www.example.org. A", server=SERVER)

    async def many() -> list[Response]:
        return await asyncio.gather(
            *(upstream.lookup(asked, OTHER, 1) for _ in range(3 * MAX_DEPTH))
        )

    assert run(many()) == [answer] * 3 * MAX_DEPTH
