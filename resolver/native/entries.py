# SPDX-License-Identifier: Apache-2.0
"""What NativeStore gives away: entries as they were when they were found, groups of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolver._native import ffi, lib
from resolver.imagerecord import VALIDATIONS, unpack_ede
from resolver.response import Response
from resolver.types import Key
from resolver.wire import RR

if TYPE_CHECKING:
    from resolver._native import CData

NO_BOUND = (1 << 64) - 1


class NativeGroup:
    """Entries that are counted, and maybe bounded, together; see `resolver.types.Group`."""

    def __init__(self, handle: CData) -> None:
        self.handle = handle
        self._stats = ffi.new("struct rn_group_stats *")

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self._read().count)

    @property
    def capacity(self) -> int | None:
        """The greatest number of them, None for no bound."""
        capacity = int(self._read().capacity)
        return None if capacity == NO_BOUND else capacity

    @property
    def evictions(self) -> int:
        """How many had to go before their time, since the start."""
        return int(self._read().evictions)

    def _read(self) -> CData:
        lib.rn_store_group_stats(self.handle, self._stats)
        return self._stats


class NativeEntry:
    """A stored response as it was when it was found; see `resolver.types.Entry`."""

    __slots__ = (
        "_fields",
        "_octets",
        "_response",
        "_rrs",
        "deadline_ms",
        "generation",
        "group",
        "hits",
        "key",
        "last_hit_ms",
        "stale_until_ms",
        "stored_ms",
    )

    def __init__(
        self,
        key: Key,
        fields: tuple[int, ...],
        octets: bytes,
        rrs: tuple[RR, ...],
        group: NativeGroup,
    ) -> None:
        self.key = key
        self.group = group
        (self.stored_ms, self.deadline_ms, self.stale_until_ms, self.last_hit_ms) = fields[:4]
        self.hits, self.generation = fields[5], fields[6]
        self._fields = fields
        self._octets = octets
        self._rrs = rrs
        self._response: Response | None = None

    @property
    def response(self) -> Response:
        """What was kept."""
        if self._response is None:
            *_, wire_length, ede_length, rcode, validation, context, is_recursive, _, _ = (
                self._fields
            )
            octets = self._octets
            self._response = Response(
                octets[:wire_length],
                rcode,
                self._rrs,
                VALIDATIONS[validation],
                is_recursive != 0,
                unpack_ede(octets[wire_length:]) if ede_length else (),
                (),
                "cache",
                context,
            )
        return self._response
