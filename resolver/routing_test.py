# SPDX-License-Identifier: Apache-2.0
"""Routing of questions to server blocks."""

from typing import Any

import dns.rdatatype
import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.request import Request
from resolver.routing import Router
from resolver.testing import request


def block(*zones: str, **fields: Any) -> Block:
    return Block(tuple(Key("dns", names.from_text(zone), 53) for zone in zones), {}, **fields)


def unasked() -> Request:
    raise AssertionError("nobody asks for the query where there are no views")


BLOCKS = [block("example.org.", "a.b.test."), block("www.example.org.", "test."), block(".")]


@pytest.mark.parametrize(
    ("question", "want"),
    [
        pytest.param("example.org. A", (0, "example.org."), id="the zone itself"),
        pytest.param("mail.example.org. A", (0, "example.org."), id="below it"),
        pytest.param("x.www.example.org. A", (1, "www.example.org."), id="the longest zone"),
        pytest.param("wexample.org. A", (2, "."), id="whole labels only"),
        pytest.param("org. A", (2, "."), id="the root takes the rest"),
        pytest.param(". NS", (2, "."), id="the root's own"),
        pytest.param("www.example.org. DS", (0, "example.org."), id="DS to the parent"),
        pytest.param("x.a.b.test. DS", (1, "test."), id="DS to the zone nearest the root"),
        pytest.param("example.org. DS", (0, "example.org."), id="DS, but not to the root"),
        pytest.param("org. DS", (2, "."), id="DS that only the root matches"),
    ],
)
def test_the_longest_zone_answers(question: str, want: tuple[int, str]) -> None:
    """The parent's side of a cut answers DS (RFC 4035, 3.1.4.1)."""
    qname, qtype = question.split()
    route = Router(BLOCKS).route(
        names.from_text(qname), int(dns.rdatatype.from_text(qtype)), unasked
    )
    assert route is not None
    assert (BLOCKS.index(route.block), names.to_text(route.zone)) == want


def test_no_zone_matches() -> None:
    assert Router(BLOCKS[:2]).route(names.from_text("example.net."), 1, unasked) is None
    assert Router([]).route(names.ROOT, 1, unasked) is None


def test_blocks_of_one_zone_are_tried_in_their_order() -> None:
    first, second = block("example.org."), block("example.org.")
    route = Router([first, second]).route(names.from_text("example.org."), 1, unasked)
    assert route is not None
    assert route.block is first


VIEWS = [
    block("a.example.org.", view="v4", admits=lambda r: r.client.family == 1),
    block("a.example.org.", view="types", admits=lambda r: r.qtype == 28),
    block("example.org.", view="zone", admits=lambda r: r.zone == names.from_text("example.org")),
    block("a.example.org.", view="tcp", admits=lambda r: not r.transport.is_udp),
]


@pytest.mark.parametrize(
    ("asked", "want"),
    [
        pytest.param(request("a.example.org. A"), "v4", id="the first that admits"),
        pytest.param(request("a.example.org. AAAA"), "v4", id="the order of the blocks"),
        pytest.param(request("a.example.org. AAAA", client="2001:db8::1"), "types", id="the next"),
        pytest.param(request("a.example.org. A", client="2001:db8::1"), "zone", id="zone above"),
        pytest.param(request("example.net. A"), None, id="no zone"),
    ],
)
def test_a_block_whose_view_does_not_admit_is_passed_over(asked: Request, want: str | None) -> None:
    """Within a zone top to bottom, then the zone above; the filter sees the zone that matched."""
    route = Router(VIEWS).route(asked.qname, asked.qtype, lambda: asked)
    assert (route and route.block.view) == want


def test_no_view_admits() -> None:
    """Then there is no block for the query."""
    asked = request("a.example.org. A", client="2001:db8::1")
    assert Router([VIEWS[0]]).route(asked.qname, asked.qtype, lambda: asked) is None
