# SPDX-License-Identifier: Apache-2.0
"""Routing: which server block a question belongs to (COREDNS: longest zone, DS to the parent)."""

from collections.abc import Sequence
from typing import NamedTuple

from resolver import names, wire
from resolver.block import Block


class Route(NamedTuple):
    """The block that answers, and its zone that the QNAME matched (lower-case wire form)."""

    block: Block
    zone: bytes


class Router:
    """The blocks of one listener, found by zone. Blocks of one zone are tried in their order."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._zones: dict[bytes, list[Block]] = {}
        for block in blocks:
            for zone in block.zones:
                self._zones.setdefault(zone, []).append(block)

    def route(self, qname: bytes, qtype: int) -> Route | None:
        """Return the block of the longest zone that `qname` (lower-case) is at or below, or None.

        A DS record belongs to the parent's side of a zone cut (RFC 4035, 3.1.4.1), so DS goes to
        the zone nearest the root; the root zone itself only takes what no other zone matches.
        """
        found: Route | None = None
        zones = self._zones
        for suffix in names.suffixes(qname):
            blocks = zones.get(suffix)
            if blocks is None or (suffix == names.ROOT and found is not None):
                continue
            # A view's filters are asked here: a block that they turn down is passed over.
            found = Route(blocks[0], suffix)
            if qtype != wire.DS:
                break
        return found
