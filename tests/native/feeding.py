# SPDX-License-Identifier: Apache-2.0
"""Queries told to C's counters and rings as lanes tell them, for what reads those in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from resolver.block import Block
from resolver.classify import Class
from resolver.clock import Clock
from resolver.engine.observed import wanted_of
from resolver.metrics import Metrics
from resolver.native.observers import Observers
from resolver.request import Endpoint, Transport
from resolver.response import Response
from tests.native.images import Image
from tests.native.internals import Internals

CLASSES = list(Class)  # in the order of enum rn_class
TRANSPORTS = list(Transport)

SERVER, CACHE, UNBOUND, ACL = range(4)  # enum rn_by
NOT_A_QUERY, OPCODE, MALFORMED, VERSION, QCLASS, NO_ZONE, IN_FLIGHT, TAKEN = range(8)
ALLOWED, BLOCKED, FILTERED, DROPPED, PROHIBITED, NO_ACL = range(6)
NO_CACHE, HIT_SUCCESS, HIT_DENIAL, MISSED = range(4)
NO_FAILURE, TOO_MANY, TOO_LATE = range(3)
NONE = 0xFFFF


class Came(NamedTuple):
    """A message, and how it came."""

    octets: bytes
    client: Endpoint
    local: Endpoint
    transport: Transport = Transport.DO53_UDP
    listener: int = 0


class Feeder:
    """A plan's counters, a thread's counts and a ring, and the C functions that fill them."""

    def __init__(
        self,
        internals: Internals,
        metrics: Metrics,
        clock: Clock,
        blocks: Sequence[Block],
        listeners: Sequence[str] = ("dns://:53",),
        ring_octets: int = 1 << 20,
    ) -> None:
        self._internals = internals
        self._ffi: Any = internals.ffi
        self._lib: Any = internals.lib
        self.observers = Observers(metrics, clock, ring_octets)
        self._counts = self._mine("struct rn_counts *", self.observers.counts())
        self._ring = self._mine("struct rn_events *", self.observers.ring())
        self.blocks = blocks
        self._listeners = listeners
        self.change_plan()

    def change_plan(self) -> None:
        """Have another plan of the same shape; the one before is not gone yet."""
        self.ledger = self.observers.open_ledger(
            self._listeners, self.blocks, [0] * len(self.blocks)
        )
        self._plan = self._ffi.new("struct rn_plan *")
        self._plan.ledger = self._mine("struct rn_ledger *", self.ledger.handle)
        self._lib.rn_ledger_keep(self._plan.ledger)
        self._blocks = [self._block(block) for block in self.blocks]

    def end_plan(self) -> None:
        """The present plan is gone."""
        self._lib.rn_ledger_end(self._plan.ledger)

    def tell(
        self, came: Came, response: Response | None = None, wall_s: int = 0, **served: Any
    ) -> None:
        """Count and tell one query; `served` are fields of struct rn_served."""
        arrival = self._arrival(came)
        block = served.setdefault("block", 0)
        fields = {
            "arrival": arrival,
            "plan": self._plan,
            "zone": 0,
            "acl_zone": NONE,
            "rejection": TAKEN,
            "access": ALLOWED,
            "is_sent": True,
            **served,
        }
        image = None if response is None else Image(self._internals, response)
        if response is not None:
            fields |= {"rcode": response.rcode, "size": len(response.wire)}
        elif "size" not in fields:
            fields["size"] = 12 + arrival.asked.qname_length + 4
        told = self._ffi.new("struct rn_served *", fields)
        self._lib.rn_counts_add(self._counts, told)
        if fields["rejection"] == TAKEN:
            found = self._ffi.NULL if image is None else image.image
            self._lib.rn_events_tell(self._ring, self._blocks[block], told, found, wall_s)

    def recursed(self, **fields: Any) -> None:
        """Count one recursion; `fields` are those of struct rn_recursed."""
        told = self._ffi.new("struct rn_recursed *", fields)
        self._lib.rn_counts_recursed(self._counts, self._plan, 0, told)

    def tally(self, number: int, amount: int) -> None:
        """Count what rn_counts_tally counts."""
        self._lib.rn_counts_tally(self._counts, self._plan, 0, number, amount)

    def _arrival(self, came: Came) -> Any:
        ffi = self._ffi
        arrival = ffi.new("struct rn_arrival *")
        self._octets = ffi.from_buffer(came.octets)  # borrowed by what is read
        self._lib.rn_asked_read(ffi.addressof(arrival, "asked"), self._octets, len(came.octets))
        for end, endpoint in ((arrival.client, came.client), (arrival.local, came.local)):
            packed = endpoint.ip.packed
            ffi.memmove(end.octets, packed, len(packed))
            end.port = endpoint.port
            end.family = 4 if len(packed) == 4 else 6
        arrival.listener = came.listener
        arrival.transport = TRANSPORTS.index(came.transport)
        return arrival

    def _block(self, block: Block) -> Any:
        wanted = wanted_of(block)
        made = self._ffi.new("struct rn_block *")
        made.wants_events = bool(wanted.classes)
        made.wants_failures = wanted.failures
        made.event_classes = sum(1 << CLASSES.index(kind) for kind in wanted.classes)
        made.manner.recursion_available = block.recursion_available
        return made

    def _mine(self, kind: str, handle: Any) -> Any:
        """Return a handle of resolver._native as one of the module of tests: the same memory."""
        return self._ffi.cast(kind, handle)
