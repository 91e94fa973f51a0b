# SPDX-License-Identifier: Apache-2.0
"""Events of C threads: the rings that they come by, and what their octets say."""

from __future__ import annotations

import contextlib
import os
import struct
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from resolver import names, wire
from resolver._native import ffi, lib
from resolver.classify import Class
from resolver.engine.observed import Event
from resolver.errors import ResolverError
from resolver.native.counters import PLUGINS
from resolver.native.counts import Ledger, Pages
from resolver.native.ends import TRANSPORTS, host_at
from resolver.native.lines import TEXT_OCTETS
from resolver.querylog import Taker, taker

if TYPE_CHECKING:
    from resolver._native import CData

RING_OCTETS = 1 << 20  # 8,000 queries: what Python tells in a tenth of a second

_HEAD = struct.Struct("=IIq12H2I16s16s8B")  # struct rn_event, in the machine's own byte order
_PLAN = struct.Struct("=4xI")  # its first numbers: the plan's
_CLASSES = tuple(Class)

LedgerOf = Callable[[int], Ledger]
"""Returns the ledger of a plan by its number."""


class Text(NamedTuple):
    """Lines of the log, made of many events, for who is to take them; maybe none."""

    taker: Taker
    text: bytes
    lines: int


class Rings:
    """All rings of a process, and the one descriptor that wakes who reads them.

    They live as long as this does, which is longer than the threads. The event loop's thread only.
    """

    def __init__(self, pages: Pages, octets: int = RING_OCTETS) -> None:
        self._pages = pages
        self._octets = octets
        self._rings: list[CData] = []
        self._wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._records = ffi.new("uint8_t[]", 2 * lib.RN_EVENT_MAX)
        self._view = memoryview(ffi.buffer(self._records))
        self._text = ffi.new("char[]", TEXT_OCTETS)
        self._free = weakref.finalize(self, _free, self._rings, self._wake_fd)

    def ring(self) -> CData:
        """Return another ring, a `struct rn_events *`. Any threads may tell by it."""
        made = lib.rn_events_new(self._octets, self._pages.next_page(), self._wake_fd)
        if made == ffi.NULL:
            raise ResolverError(f"no memory for a ring of {self._octets} octets")
        self._rings.append(made)
        return made

    def fileno(self) -> int:
        """Return the descriptor that is readable once an event has come into an armed ring."""
        return self._wake_fd

    def arm(self) -> bool:
        """Have the next event make the descriptor readable; False: some are there already."""
        return not any([lib.rn_events_arm(ring) for ring in self._rings])

    def clear(self) -> None:
        """Make the descriptor unreadable."""
        with contextlib.suppress(BlockingIOError):  # it is not readable
            os.eventfd_read(self._wake_fd)

    @property
    def lost(self) -> int:
        """How many events found no room so far."""
        return sum(lib.rn_events_lost(ring) for ring in self._rings)

    def drain(self, ledger_of: LedgerOf) -> Iterator[Event | Text]:
        """Yield events until there are none; what is not asked for any more is lost.

        Those of which C makes lines come as these, many at once. After each Text others are to have
        their turn.
        """
        drained = True
        while drained:
            drained = False
            for ring in self._rings:
                end = lib.rn_events_drain(ring, self._records, len(self._view))
                drained = drained or end > 0
                yield from self._read(end, ledger_of)

    def _read(self, end: int, ledger_of: LedgerOf) -> Iterator[Event | Text]:
        """Yield what the records up to `end` tell, plan by plan."""
        at = 0
        while at < end:
            ledger, takes = ledger_of(_PLAN.unpack_from(self._view, at)[0]), taker()
            made = ledger.lines.make(self._records + at, end - at, takes.start, self._text)
            if made.lines or not made.left:
                yield Text(takes, made.text, made.lines)
            if made.left:
                yield from read_records(bytes(self._view[at : at + made.left]), ledger)
            at += made.read

    def close(self) -> None:
        """Free all; nobody tells any more. May be called twice."""
        self._free()


def _free(rings: list[CData], wake_fd: int) -> None:
    for ring in rings:
        lib.rn_events_free(ring)
    rings.clear()
    os.close(wake_fd)


def read_records(octets: bytes, ledger: Ledger) -> Iterator[Event]:
    """Yield what records of the plan of this ledger tell."""
    at = 0
    while at < len(octets):
        (
            size,
            _,
            duration_ns,
            block,
            zone,
            listener,
            query_length,
            rcode,
            response_size,
            flags,
            qtype,
            qclass,
            payload_size,
            client_port,
            local_port,
            client_scope,
            local_scope,
            client,
            local,
            client_family,
            local_family,
            transport,
            by,
            response_class,
            failure,
            qname_length,
            bits,
        ) = _HEAD.unpack_from(octets, at)
        query_at = at + _HEAD.size
        qname_at = query_at + wire.HEADER_OCTETS
        yield Event(
            ledger.place(listener, block, zone, is_told=bits & lib.RN_EVENT_TOLD != 0),
            octets[query_at : query_at + query_length],
            names.lower(octets[qname_at : qname_at + qname_length]),
            qtype,
            qclass,
            bits & lib.RN_EVENT_DO != 0,
            payload_size if bits & lib.RN_EVENT_EDNS else None,
            (host_at(client, client_scope, client_family), client_port),
            (host_at(local, local_scope, local_family), local_port),
            TRANSPORTS[transport],
            bits & lib.RN_EVENT_SENT != 0,
            rcode,
            flags,
            response_size,
            _CLASSES[response_class],
            PLUGINS[by],
            duration_ns,
            failure,
        )
        at += size
