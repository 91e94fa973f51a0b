# SPDX-License-Identifier: Apache-2.0
"""Counters of C threads: what they count with, and the ledger of a plan, read as sums by place."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from resolver._native import ffi, lib
from resolver.block import Block
from resolver.engine.lines import LineObserver
from resolver.engine.observed import (
    Counted,
    CountsObserver,
    Place,
    Recursed,
    Tallied,
    event_observers,
)
from resolver.errors import ResolverError
from resolver.native import counters
from resolver.native.lines import Lines

if TYPE_CHECKING:
    from resolver._native import CData

_ROOM = 512  # changes that are read at once


class Shape(NamedTuple):
    """What a plan's numbers stand for, each in their order.

    listeners: their names. homes: of each block the number of its listener. acl_zones: of each
    block, see `observed.acl_zones_of`.
    """

    listeners: Sequence[str]
    blocks: Sequence[Block]
    homes: Sequence[int]
    acl_zones: Sequence[Sequence[bytes]]


class Pages:
    """Hands out what C threads count with: a page of every ledger each, and no page twice.

    All that it makes lives as long as it does, which is longer than the threads.
    """

    def __init__(self) -> None:
        self._taken = 0
        self._freed: list[weakref.finalize[[CData], Pages]] = []

    def next_page(self) -> int:
        """Return the number of a page that is nobody's yet. Raises ResolverError: none is left."""
        if self._taken == lib.RN_PAGES:
            raise ResolverError(f"more than {lib.RN_PAGES} threads that count")
        self._taken += 1
        return self._taken - 1

    def counts(self) -> CData:
        """Return a `struct rn_counts *` for one thread."""
        made = lib.rn_counts_new(self.next_page())
        if made == ffi.NULL:
            raise ResolverError("no memory to count with")
        self._freed.append(weakref.finalize(self, lib.rn_counts_free, made))
        return made


class Ledger:
    """The counters of one plan; it outlives the plan, so that nothing is lost.

    `number` comes back with events, `lines` makes lines of them. `handle` is its
    `struct rn_ledger *`, of which the plan keeps a reference. The event loop's thread only.
    """

    def __init__(self, number: int, shape: Shape) -> None:
        self.number = number
        self.shape = shape
        self._zones = [block.zones for block in shape.blocks]
        self.lines = Lines(number, shape.blocks)
        self._made: dict[tuple[int, int, int, bool], Place] = {}
        self._counting: dict[int, tuple[CountsObserver, ...]] = {}  # by the block's identity
        zones = [len(each) for each in self._zones]
        acl_zones = [len(each) for each in shape.acl_zones]
        self.handle = lib.rn_ledger_new(
            number,
            len(shape.listeners),
            len(shape.blocks),
            ffi.new("uint32_t[]", zones or [0]),
            ffi.new("uint32_t[]", acl_zones or [0]),
        )
        if self.handle == ffi.NULL:
            raise ResolverError(f"no counters for {len(shape.listeners)} listeners of {zones}")
        self._free = weakref.finalize(self, lib.rn_ledger_free, self.handle)
        self._changes = ffi.new("struct rn_change[]", _ROOM)
        self._view = memoryview(ffi.buffer(self._changes)).cast("B").cast("Q")
        self._places = [(block, zone) for block, count in enumerate(zones) for zone in range(count)]
        self._ruled = [(block, zone) for block, each in enumerate(shape.acl_zones) for zone in each]
        self._first_row = len(shape.listeners) * lib.RN_LISTENER_SIZE
        rows = len(shape.listeners) + len(self._places)
        self._first_acl = self._first_row + rows * lib.RN_ROW_SIZE

    @property
    def is_ended(self) -> bool:
        """Whether the plan is gone: what is read after that is the rest."""
        return bool(lib.rn_ledger_is_ended(self.handle))

    def place(self, listener: int, block: int, zone: int, *, is_told: bool = False) -> Place:
        """Return what these numbers stand for; is_told: those who write lines need not be told."""
        key = listener, block, zone, is_told
        place = self._made.get(key)
        if place is None:
            shape = self.shape
            found = shape.blocks[block]
            zone_name = self._zones[block][zone]
            observers = event_observers(found)
            if is_told:
                observers = tuple(o for o in observers if not isinstance(o, LineObserver))
            place = Place(shape.listeners[listener], found, zone_name, observers)
            self._made[key] = place
        return place

    def counting(self, block: Block) -> tuple[CountsObserver, ...]:
        """Return the handlers of a block that count queries."""
        found = self._counting.get(id(block))
        if found is None:
            found = tuple(each for each in block.handlers if isinstance(each, CountsObserver))
            self._counting[id(block)] = found
        return found

    def read(self) -> Iterator[Counted | Recursed | Tallied]:
        """Yield what was counted since the last time. To be read to its end."""
        group: dict[int, int] = {}
        first, end = 0, 0
        for counter, amount in self._read():
            if counter >= end:
                if group:
                    yield from self._decode(first, group)
                first, end = self._group(counter)
                group = {}
            group[counter - first] = amount
        if group:
            yield from self._decode(first, group)

    def free(self) -> None:
        """Give it back; the plan may still have it. May be called twice."""
        self._free()

    def _read(self) -> Iterator[tuple[int, int]]:
        count = _ROOM
        while count == _ROOM:
            count = lib.rn_ledger_changes(self.handle, self._changes, _ROOM)
            numbers = self._view[: 2 * count].tolist()
            yield from zip(numbers[::2], numbers[1::2], strict=True)

    def _group(self, counter: int) -> tuple[int, int]:
        """Return where the group of a counter begins and ends."""
        if counter < self._first_row:
            section, size = 0, lib.RN_LISTENER_SIZE
        elif counter < self._first_acl:
            section, size = self._first_row, lib.RN_ROW_SIZE
        else:
            section, size = self._first_acl, lib.RN_ACL_SIZE
        first = counter - (counter - section) % size
        return first, first + size

    def _decode(self, first: int, group: dict[int, int]) -> Iterator[Counted | Recursed | Tallied]:
        listeners = self.shape.listeners
        if first < self._first_row:
            yield from counters.of_listener(listeners[first // lib.RN_LISTENER_SIZE], group)
        elif first < self._first_acl:
            row = (first - self._first_row) // lib.RN_ROW_SIZE
            if row < len(listeners):
                yield counters.of_row(Counted(listeners[row], None, None), group)
                return
            block, zone = self._places[row - len(listeners)]
            place = self.place(self.shape.homes[block], block, zone)
            yield counters.of_row(Counted(*place[:3]), group)
        else:
            block, name = self._ruled[(first - self._first_acl) // lib.RN_ACL_SIZE]
            listener = listeners[self.shape.homes[block]]
            counted = Counted(listener, self.shape.blocks[block], name)
            yield counters.of_acl(counted, group)
