# SPDX-License-Identifier: Apache-2.0
"""Native flights: recursions for queries that lanes took, from the miss to the reply in C.

The chain's questions join them too (`join`), so that a question is asked once, whoever asks.
"""

from __future__ import annotations

import functools
import ipaddress
import struct
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from resolver._native import ffi, lib
from resolver.errors import ResolverError, WireError
from resolver.native.forming import Former
from resolver.recursion.caps import Limits
from resolver.recursion.shown import FlightShown
from resolver.request import Endpoint
from resolver.types import Place, Question, Refused

if TYPE_CHECKING:
    from resolver._native import CData
    from resolver.ffi import ResolverThread
    from resolver.native.lanes import Lanes

# struct rn_flight_question, in the machine's own byte order.
_QUESTION = struct.Struct("=QQ16s6xBxI4xHHBBBBBB255s7x")
_JOINED = struct.Struct("=QQ28xI6xB")  # what of it C sets
_PARTING = struct.Struct("=Q36xI")  # what of it C looks at when one leaves
_DO, _CD = 1, 2  # variants
_REMEMBERED_CLIENTS = 4096
_SHOWN = 4096
_TOO_LATE = lib.RN_JOINED_TOO_LATE
_REASONS = {
    lib.RN_REFUSED_FLIGHTS: "flights",
    lib.RN_REFUSED_WAITERS: "waiters",
    lib.RN_REFUSED_CLIENT: "client",
    lib.RN_REFUSED_SUFFIX: "suffix",
}


class FlightCounts(NamedTuple):
    """How many flights there are, those in libunbound among them, and how many wait."""

    flights: int
    begun: int
    waiters: int


class Joined(NamedTuple):
    """A question of the chain's that waits for a flight, or (is_late) need not wait for it.

    number: the ticket of the result that comes. waiter: who it is in C. has_place: whether the
    result may answer who gave a place; it comes to nobody else then.
    """

    number: int
    has_place: bool
    is_coalesced: bool
    is_late: bool
    flights: NativeFlights
    waiter: int

    def part(self) -> None:
        """Wait no more. Nothing happens if the result is on its way."""
        self.flights.part(self.number, self.waiter)


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
        self._asked = ffi.new("struct rn_flight_question *")
        self._octets = memoryview(ffi.buffer(self._asked))
        self._address = functools.lru_cache(_REMEMBERED_CLIENTS)(_address)
        self.form = Former().form

    def attach(self, thread: ResolverThread) -> None:
        """Recurse by this thread from now on."""
        lib.rn_flights_attach(self.handle, thread.handle)

    def detach(self) -> None:
        """Begin no flight more. Comes before the thread is closed."""
        lib.rn_flights_detach(self.handle)

    def open(self, group: int, slots: int) -> int:
        """Let an upstream have flights by a group of contexts, so many of them in libunbound.

        Returns its number, which is never that of an earlier one.
        """
        slots = max(1, min(slots, self._limits.slots))
        upstream = int(lib.rn_flights_open(self.handle, group, slots))
        if not upstream:
            raise ResolverError("no memory for flights")
        return upstream

    def close(self, upstream: int) -> None:
        """End an upstream: what waits for its turn fails, what is in libunbound goes on."""
        lib.rn_flights_close(self.handle, upstream)

    def join(
        self,
        upstream: int,
        question: Question,
        client: Endpoint,
        now_ms: int,
        place: Place | None = None,
    ) -> Joined | Refused:
        """Have a question of the chain's wait; its result comes from the resolver thread's ring.

        Its flight begins with `start`, if not before. With a place C answers there, if it can.
        """
        qname = question.qname
        if not 0 < len(qname) <= 255:
            raise WireError(f"a QNAME of {len(qname)} octets")
        packed, family = self._address(client.host)
        renew = 0 if question.renew is None else question.renew + 1
        octets = self._octets
        ticket = variant = is_rd = 0
        if place is not None:
            ticket, asked = place.ticket, place.request
            variant, is_rd = (_DO if asked.do else 0) | (_CD if asked.cd else 0), asked.rd
        _QUESTION.pack_into(
            octets,
            0,
            0,
            ticket,
            packed,
            family,
            upstream,
            question.qtype,
            question.qclass,
            1,
            renew,
            0,
            len(qname),
            variant,
            is_rd,
            qname,
        )
        outcome = lib.rn_flights_join(self.handle, self._asked, now_ms)
        if outcome in _REASONS:
            return Refused(_REASONS[outcome])
        number, ticket, waiter, is_coalesced = _JOINED.unpack_from(octets)
        is_late = outcome == _TOO_LATE
        return Joined(number, ticket != 0, is_coalesced != 0, is_late, self, waiter)

    def part(self, number: int, waiter: int) -> None:
        """Have one who had joined wait no more; `Joined.part` is the way here."""
        _PARTING.pack_into(self._octets, 0, number, waiter)
        lib.rn_flights_part(self.handle, self._asked)

    def start(self) -> None:
        """Begin what was joined."""
        lib.rn_flights_start(self.handle)

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


def _address(host: str) -> tuple[bytes, int]:
    """Return the octets of an address, and 4 or 6."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return address.packed, address.version
