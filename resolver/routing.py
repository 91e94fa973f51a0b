# SPDX-License-Identifier: Apache-2.0
"""Routing: which server block a question belongs to (COREDNS: longest zone, DS to the parent)."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from resolver import names, wire
from resolver.block import Block
from resolver.request import Request


class Route(NamedTuple):
    """The block that answers, and its zone that the QNAME matched (lower-case wire form)."""

    block: Block
    zone: bytes


class Router:
    """The blocks of one listener, found by zone. Blocks of one zone are tried in their order.

    A block with a view is passed over where its view does not admit the query; if no block of a
    zone is left, the zone above is looked at.

    only: where every question goes, if that is known; else None.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._zones: dict[bytes, list[Block]] = {}
        for block in blocks:
            for zone in block.zones:
                self._zones.setdefault(zone, []).append(block)
        self.only: Route | None = None
        if len(self._zones) == 1 and names.ROOT in self._zones:
            block = self._zones[names.ROOT][0]
            self.only = Route(block, names.ROOT) if block.admits is None else None

    def route(self, qname: bytes, qtype: int, request: Callable[[], Request]) -> Route | None:
        """Return the block of the longest zone that `qname` (lower-case) is at or below, or None.

        `request` gives the query, which only views look at.

        A DS record belongs to the parent's side of a zone cut (RFC 4035, 3.1.4.1), so DS goes to
        the zone nearest the root; the root zone itself only takes what no other zone matches.
        """
        if self.only is not None:
            return self.only
        found: Route | None = None
        zones = self._zones
        for suffix in names.suffixes(qname):
            blocks = zones.get(suffix)
            if blocks is None or (suffix == names.ROOT and found is not None):
                continue
            block = _admitting(blocks, suffix, request)
            if block is None:
                continue
            found = Route(block, suffix)
            if qtype != wire.DS:
                break
        return found


def _admitting(
    blocks: Sequence[Block], zone: bytes, request: Callable[[], Request]
) -> Block | None:
    """Return the first block that takes the query."""
    for block in blocks:
        if block.admits is None:
            return block
        if block.admits(request().replace(zone=zone, view=block.view)):
            return block
    return None
