# SPDX-License-Identifier: Apache-2.0
"""What a plan in C says of a query: its route, who claims it, what acl decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from resolver.limits import Limits
from resolver.listeners import Listener
from resolver.native.plan import NativePlan, PlanHolder
from resolver.native.sets import KnownNames
from resolver.native.store import SECRET_OCTETS, NativeStore
from resolver.request import Request, Transport
from tests.native.internals import Internals, build_more

_HEADERS = (
    *("native.h", "surface_store.h", "surface_plan.h", "asked.h", "arrival.h", "image.h"),
    *("render.h", "store.h"),
)
_DECLARATIONS = """
    struct rn_claims { size_t count; ...; };
    struct rn_acl { size_t count; ...; };
    struct rn_bounds { uint32_t max_s; uint32_t min_s; };
    struct rn_cache_policy {
        uint8_t partition[16];
        uint8_t beside[16];
        struct rn_store_group *success;
        struct rn_store_group *denial;
        struct rn_bounds success_bounds;
        struct rn_bounds denial_bounds;
        const struct rn_zones *success_disabled;
        const struct rn_zones *denial_disabled;
        int64_t max_stale_ms;
        int64_t servfail_ms;
        int64_t recheck_ms;
        uint32_t stale_ttl_s;
        bool keep_ttl;
        bool prefer_positive;
        bool snoop;
        uint32_t prefetch_amount;
        int64_t prefetch_gap_ms;
        uint32_t prefetch_percent;
        ...;
    };
    struct rn_bogus_text { const char *text; uint16_t length; uint16_t code; ...; };
    struct rn_bogus_table { const struct rn_bogus_text *texts; size_t count; ...; };
    struct rn_recursion {
        bool is_there;
        const struct rn_zones *zones;
        const struct rn_zones *excepted;
        const uint16_t *left_types;
        size_t left_type_count;
        const struct rn_bogus_table *bogus;
        bool snoop;
        ...;
    };
    struct rn_block {
        uint16_t number;
        bool is_native;
        bool is_opaque;
        const uint16_t *qclasses;
        size_t qclass_count;
        struct rn_claims ahead;
        struct rn_claims behind;
        bool has_acl;
        struct rn_acl acl;
        const struct rn_zones *cache_zones;
        struct rn_cache_policy cache;
        struct rn_recursion recursion;
        struct rn_manner manner;
        int64_t patience_ms;
        bool wants_events;
        bool wants_failures;
        uint8_t event_classes;
        const struct rn_zones *event_zones;
        ...;
    };
    struct rn_plan { struct rn_block *blocks; uint16_t block_count; ...; };
    struct rn_route { const struct rn_block *block; uint16_t zone; ...; };
    int rn_plan_route(const struct rn_plan *plan, const struct rn_arrival *arrival,
                      struct rn_route *route);
    const struct rn_manner *rn_plan_refusing(const struct rn_plan *plan, uint16_t listener);
    bool rn_claims_match(const struct rn_claims *claims, const struct rn_arrival *arrival);
    unsigned rn_acl_decide(const struct rn_acl *acl, const struct rn_arrival *arrival,
                           uint16_t *zone);
    bool rn_zones_contain(const struct rn_zones *zones, const uint8_t *qname, size_t length);
    struct rn_plan *rn_plan_take(struct rn_plan_holder *holder);
"""
_INCLUDES = ("plan.h", "verdict.h")

_TRANSPORTS = list(Transport)
NOBODY, BLOCK, OPAQUE = range(3)  # enum rn_way
NO_RULE = 0xFFFF


class Seen(NamedTuple):
    """What becomes of a query. zone: its number in the block. access: of enum rn_access."""

    way: int
    block: int = 0
    zone: int = 0
    is_ahead: bool = False
    is_behind: bool = False
    access: int = 0
    acl_zone: int = NO_RULE


def build(internals: Internals) -> Internals:
    """Compile the module that looks, beside another one."""
    return build_more(internals.archive, "looking", _HEADERS, _DECLARATIONS, _INCLUDES)


class Look:
    """A plan in C, made of listeners and taken from a holder as lanes do."""

    def __init__(
        self,
        looking: Internals,
        listeners: Sequence[Listener | None],
        known: KnownNames | None = None,
    ) -> None:
        self.ffi: Any = looking.ffi
        self.lib: Any = looking.lib
        self.store = NativeStore(1 << 20, bytes(SECRET_OCTETS))
        made = NativePlan(listeners, self.store, Limits(), known or KnownNames())
        self.blocks, self.plans = made.blocks, made.plans
        self._holder = PlanHolder()
        self._holder.set(made)
        holder = self.ffi.cast("struct rn_plan_holder *", self._holder.handle)
        taken = self.lib.rn_plan_take(holder)
        self.plan = self.ffi.gc(taken, self.lib.rn_plan_drop)
        self._holder.set(None)

    def see(self, request: Request, listener: int = 0) -> Seen:
        """Return what the plan says of a query that came to a listener."""
        ffi, lib = self.ffi, self.lib
        arrival = self._arrival(request, listener)
        route = ffi.new("struct rn_route *")
        way = lib.rn_plan_route(self.plan, arrival, route)
        if way != BLOCK:
            return Seen(way)
        block = route.block
        acl_zone = ffi.new("uint16_t *")
        access = lib.rn_acl_decide(ffi.addressof(block.acl), arrival, acl_zone)
        return Seen(
            way,
            block.number,
            route.zone,
            lib.rn_claims_match(ffi.addressof(block.ahead), arrival),
            lib.rn_claims_match(ffi.addressof(block.behind), arrival),
            access,
            acl_zone[0],
        )

    def contains(self, zones: Any, name: bytes) -> bool:
        """Return whether a set of zones has a name."""
        return bool(self.lib.rn_zones_contain(zones, name, len(name)))

    def _arrival(self, request: Request, listener: int) -> Any:
        ffi = self.ffi
        arrival = ffi.new("struct rn_arrival *")
        octets = self._octets = ffi.from_buffer(request.wire)  # borrowed by what is read
        asked = ffi.addressof(arrival, "asked")
        assert self.lib.rn_asked_read(asked, octets, len(request.wire)) == 0
        for end, endpoint in ((arrival.client, request.client), (arrival.local, request.local)):
            packed = endpoint.ip.packed
            ffi.memmove(end.octets, packed, len(packed))
            end.port = endpoint.port
            end.family = 4 if len(packed) == 4 else 6
        arrival.listener = listener
        arrival.transport = _TRANSPORTS.index(request.transport)
        return arrival
