# SPDX-License-Identifier: Apache-2.0
"""Native flights: recursions for queries that lanes took, from the miss to the reply in C."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from resolver._native import ffi, lib
from resolver.control.interfaces import FlightShown
from resolver.errors import ResolverError
from resolver.recursion.caps import Limits

if TYPE_CHECKING:
    from resolver._native import CData
    from resolver.ffi import ResolverThread
    from resolver.native.engine import Lanes

_SHOWN = 4096


class FlightCounts(NamedTuple):
    """How many flights there are, those in libunbound among them, and how many wait."""

    flights: int
    begun: int
    waiters: int


class NativeFlights:
    """The table of them; a process has one, as it has one resolver thread.

    `handle` is what plans name. The event loop's thread only.
    """

    def __init__(self, lanes: Lanes, counts: CData, events: CData, limits: Limits) -> None:
        self._parts = (lanes, counts, events)
        self._limits = limits
        given: Any = ffi.new("struct rn_flight_limits *")
        given.slots = limits.slots
        given.flights = limits.flights
        given.waiters = limits.waiters
        given.client_waiters = limits.client_waiters
        given.deadline_ms = limits.deadline_ms
        self.handle = lib.rn_flights_new(lanes.handle, counts, events, given)
        if self.handle == ffi.NULL:
            raise ResolverError("no memory for flights")
        self._drop = weakref.finalize(self, lib.rn_flights_drop, self.handle)
        self._drop.atexit = False
        self._counts: Any = ffi.new("struct rn_flight_counts *")

    def attach(self, thread: ResolverThread) -> None:
        """Recurse by this thread from now on."""
        lib.rn_flights_attach(self.handle, thread.handle)

    def detach(self) -> None:
        """Begin no flight more. Comes before the thread is closed."""
        lib.rn_flights_detach(self.handle)

    def open(self, group: int, slots: int) -> None:
        """Let a group of contexts have flights, at most so many of them in libunbound."""
        slots = max(1, min(slots, self._limits.slots))
        if lib.rn_flights_open(self.handle, group, slots) != lib.RN_OK:
            raise ResolverError("no memory for flights")

    def close(self, group: int) -> None:
        """End a group: what waits for its turn fails, what is in libunbound goes on."""
        lib.rn_flights_close(self.handle, group)

    def counts(self) -> FlightCounts:
        """Return how many there are."""
        lib.rn_flights_count(self.handle, self._counts)
        return FlightCounts(self._counts.flights, self._counts.begun, self._counts.waiters)

    def shown(self, now_ms: int) -> Sequence[FlightShown]:
        """Return flights as they are now, what was asked first in front."""
        out: Any = ffi.new("struct rn_flight_shown[]", _SHOWN)
        count = lib.rn_flights_show(self.handle, out, _SHOWN)
        found = [
            FlightShown(
                bytes(ffi.buffer(shown.qname, shown.qname_length)),
                shown.qtype,
                now_ms - shown.deadline_ms + self._limits.deadline_ms,
                shown.waiting,
                bool(shown.is_asked),
            )
            for shown in out[0:count]
        ]
        return sorted(found, key=lambda each: -each.age_ms)
