# SPDX-License-Identifier: Apache-2.0
"""Routing of questions to server blocks."""

import dns.rdatatype
import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.routing import Router


def block(*zones: str) -> Block:
    return Block(tuple(Key("dns", names.from_text(zone), 53) for zone in zones), {})


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
    route = Router(BLOCKS).route(names.from_text(qname), int(dns.rdatatype.from_text(qtype)))
    assert route is not None
    assert (BLOCKS.index(route.block), names.to_text(route.zone)) == want


def test_no_zone_matches() -> None:
    assert Router(BLOCKS[:2]).route(names.from_text("example.net."), 1) is None
    assert Router([]).route(names.ROOT, 1) is None


def test_blocks_of_one_zone_are_tried_in_their_order() -> None:
    first, second = block("example.org."), block("example.org.")
    route = Router([first, second]).route(names.from_text("example.org."), 1)
    assert route is not None
    assert route.block is first
