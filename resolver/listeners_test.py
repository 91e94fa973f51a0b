# SPDX-License-Identifier: Apache-2.0
"""Tests of how server blocks are grouped into listeners, and of what they claim twice."""

from collections.abc import Sequence

import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.limits import Limits, Timeouts
from resolver.listeners import limits_of, listeners_of, overlaps


def block(keys: str, *listen: str, line: int = 1, view: str = "") -> Block:
    """Return a block for keys like `example.org:53`."""
    parts = [key.rpartition(":") for key in keys.split()]
    made = tuple(Key("dns", names.from_text(zone), int(port)) for zone, _, port in parts)
    return Block(made, {}, line=line, listen=listen, view=view)


def shown(blocks: Sequence[Block]) -> list[str]:
    """Return listeners as `NAME: ZONES | ZONES`, a part for each block."""
    return [
        f"{listener.name}: "
        + " | ".join(" ".join(map(names.to_text, part.zones)) for part in listener.blocks)
        for listener in listeners_of(blocks)
    ]


@pytest.mark.parametrize(
    ("blocks", "want"),
    [
        pytest.param([block(".:53")], ["dns://:53: ."], id="one"),
        pytest.param(
            [block(".:53"), block("a:53 b:53")], ["dns://:53: . | a. b."], id="one port, two blocks"
        ),
        pytest.param(
            [block(".:53 a:54 b:54")], ["dns://:53: .", "dns://:54: a. b."], id="two ports, a block"
        ),
        pytest.param(
            [block(".:53", "127.0.0.1", "::1")],
            ["dns://127.0.0.1:53: .", "dns://[::1]:53: ."],
            id="two addresses",
        ),
        pytest.param(
            [block(".:53", "127.0.0.1"), block("a:53")],
            ["dns://127.0.0.1:53: .", "dns://:53: a."],
            id="an address and the wildcard",
        ),
    ],
)
def test_blocks_are_grouped(blocks: list[Block], want: list[str]) -> None:
    """One listener for each scheme, address and port."""
    assert shown(blocks) == want


def test_a_block_keeps_its_chain_in_each_listener() -> None:
    """The parts share handlers with the block."""
    whole = block(".:53 a:54")
    assert all(part.blocks[0].handlers is whole.handlers for part in listeners_of([whole]))


@pytest.mark.parametrize(
    ("blocks", "want"),
    [
        pytest.param([block(".:53"), block("a:53")], [], id="other zones"),
        pytest.param([block(".:53"), block(".:54")], [], id="other ports"),
        pytest.param([block(".:53", "::1"), block(".:53", "127.0.0.1")], [], id="other addresses"),
        pytest.param([block(".:53", view="v"), block(".:53")], [], id="a view"),
        pytest.param(
            [block("a:53"), block("a:53", line=7)],
            ["Corefile:7 - Error during parsing: cannot serve dns://a.:53 - it is already defined"],
            id="twice",
        ),
        pytest.param(
            [block("a:53 a:53", line=3)],
            ["Corefile:3 - Error during parsing: cannot serve dns://a.:53 - it is already defined"],
            id="twice in one block",
        ),
        pytest.param(
            [block("a:53", "::1"), block("a:53", "::1", line=7)],
            [
                "Corefile:7 - Error during parsing:"
                " cannot serve dns://a.:53 on ::1 - it is already defined"
            ],
            id="twice on an address",
        ),
        pytest.param(
            [block("a:53", "::1"), block("a:53", line=7)],
            [
                "Corefile:7 - Error during parsing: cannot serve dns://a.:53"
                " - zone overlap listener capacity with dns://a.:53 on ::1"
            ],
            id="the wildcard behind an address",
        ),
        pytest.param(
            [block("a:53"), block("a:53", "::1", line=7)],
            [
                "Corefile:7 - Error during parsing: cannot serve dns://a.:53 on ::1"
                " - zone overlap listener capacity with dns://a.:53"
            ],
            id="an address behind the wildcard",
        ),
    ],
)
def test_overlaps(blocks: list[Block], want: list[str]) -> None:
    """The same zone at the same place is an error; the wildcard is every place."""
    assert [str(error) for error in overlaps(blocks)] == want


@pytest.mark.parametrize(
    ("said", "want"),
    [
        pytest.param([None, None], Limits(idle_ms=1), id="nothing said"),
        pytest.param([Timeouts(read_ms=5)], Limits(idle_ms=1, read_ms=5), id="one of them"),
        pytest.param(
            [None, Timeouts(6, 7, 8, 9), Timeouts(read_ms=5)],
            Limits(read_ms=6, write_ms=7, idle_ms=8, queries=9),
            id="of several the first",
        ),
    ],
)
def test_time_outs_of_a_listener(said: list[Timeouts | None], want: Limits) -> None:
    """What no server block says anything of stays as it is."""
    blocks = [block(".:53") for _ in said]
    for each, timeouts in zip(blocks, said, strict=True):
        each.timeouts = timeouts
    assert limits_of(blocks, Limits(idle_ms=1)) == want
