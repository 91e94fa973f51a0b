# SPDX-License-Identifier: Apache-2.0
"""A `cache` policy with a store on both sides: Keeper with MemoryStore, rn_keep with C's store."""

import hashlib
from typing import Any, NamedTuple

from plugins.cache.keeper import Keeper
from plugins.cache.metrics import CacheMetrics
from plugins.cache.policy import CachePolicy
from plugins.cache.store import MemoryStore
from resolver.metrics import Metrics
from resolver.native.store import NativeStore
from resolver.request import Request
from resolver.response import Response
from resolver.testing import FixedClock
from resolver.types import Key, Store
from tests.native.images import VALIDATIONS, Image, packed_ede
from tests.native.internals import Internals

PARTITION = bytes(range(16))
BESIDE = hashlib.sha256(PARTITION + b"beside").digest()[:16]
MAX_OCTETS = 1 << 20


class Stored(NamedTuple):
    """An entry, as either store has it."""

    octets: bytes
    ede: bytes
    rcode: int
    validation: int
    is_recursive: bool
    context: int
    stored_ms: int
    deadline_ms: int
    stale_until_ms: int


class ByPython:
    """Keeps as the plugin does."""

    def __init__(self, policy: CachePolicy, clock: FixedClock, store: Store | None = None) -> None:
        self._clock = clock
        self._store = store or MemoryStore(MAX_OCTETS)
        metrics = CacheMetrics(Metrics(), ".")
        self.keeper = Keeper(policy, self._store, PARTITION, clock, metrics)

    def keep(self, asked: Request, response: Response) -> tuple[bytes, bool]:
        """Return what goes on to the client, and whether it was dropped."""
        drops = self.keeper.counts(asked).drops
        before = drops.count
        sent = self.keeper.keep(asked, response)
        return sent.wire, drops.count > before

    def stored(self, key: Key) -> Stored | None:
        entry = self._store.get(key, self._clock.now_ms())
        if entry is None:
            return None
        response = entry.response
        return Stored(
            response.wire,
            packed_ede(response.ede),
            response.rcode,
            VALIDATIONS.index(response.validation),
            response.recursive,
            response.context,
            entry.stored_ms,
            entry.deadline_ms,
            entry.stale_until_ms,
        )


class BySurface(ByPython):
    """Keeps as the plugin does with a store in C, which judges."""

    def __init__(self, policy: CachePolicy, clock: FixedClock) -> None:
        super().__init__(policy, clock, NativeStore(MAX_OCTETS, bytes(16)))


class ByC:
    """Keeps as the native engine does."""

    def __init__(self, internals: Internals, policy: CachePolicy, clock: FixedClock) -> None:
        self._internals, self._clock = internals, clock
        self._ffi, self._lib = internals.ffi, internals.lib
        new, lib = self._ffi.new, self._lib
        self._store = self._ffi.gc(lib.rn_store_new(MAX_OCTETS, bytes(16)), lib.rn_store_free)
        self._owned: list[Any] = []
        stale = policy.stale
        self._policy = new(
            "struct rn_cache_policy *",
            {
                "partition": PARTITION,
                "beside": BESIDE,
                "success": lib.rn_store_group(self._store, PARTITION, 0),
                "denial": lib.rn_store_group(self._store, PARTITION, 1),
                "success_bounds": (policy.success.max_s, policy.success.min_s),
                "denial_bounds": (policy.denial.max_s, policy.denial.min_s),
                "max_stale_ms": policy.max_stale_ms,
                "servfail_ms": policy.servfail_ms,
                "success_disabled": self._zones(policy.success.disabled),
                "denial_disabled": self._zones(policy.denial.disabled),
                "prefer_positive": stale is not None and stale.prefer_positive,
            },
        )

    def _zones(self, zones: tuple[bytes, ...]) -> Any:
        """Return a set of names, NULL for none; this object keeps it."""
        if not zones:
            return self._ffi.NULL
        octets = b"".join(zones)
        made = self._lib.rn_zones_new(octets, len(octets))
        self._owned.append(self._ffi.gc(made, self._lib.rn_zones_free))
        return made

    def keep(self, asked: Request, response: Response) -> tuple[bytes, bool]:
        """Return what goes on to the client, and whether it was dropped."""
        image = Image(self._internals, response)
        qname = self._ffi.new("uint8_t[]", asked.qname)
        key = {
            "qname": qname,
            "qname_length": len(asked.qname),
            "qtype": asked.qtype,
            "qclass": asked.qclass,
            "is_do": asked.do,
            "is_cd": asked.cd,
        }
        octets = self._ffi.cast("uint8_t *", image.image.wire)
        is_dropped = self._lib.rn_keep(
            *(self._store, self._policy, self._ffi.new("struct rn_key *", key), asked.rd),
            *(image.image, octets, self._clock.now_ms(), int(self._clock.wall_s())),
        )
        return bytes(self._ffi.buffer(octets, len(response.wire))), is_dropped

    def stored(self, key: Key) -> Stored | None:
        new = self._ffi.new
        snapshot: Any = new("struct rn_snapshot *")
        out = new("uint8_t[]", self._lib.RN_STORED_SIZE)
        variant = key.do | key.cd << 1
        given = (key.partition, key.qtype, key.qclass, variant, len(key.qname), key.qname)
        place, now_ms = new("struct rn_store_key *", given), self._clock.now_ms()
        found = self._lib.rn_store_find(self._store, place, now_ms, snapshot, out, self._ffi.NULL)
        if not found:
            return None
        octets = bytes(self._ffi.buffer(out, snapshot.wire_length + snapshot.ede_length))
        return Stored(
            octets[: snapshot.wire_length],
            octets[snapshot.wire_length :],
            snapshot.rcode,
            snapshot.validation,
            bool(snapshot.is_recursive),
            snapshot.context,
            snapshot.stored_ms,
            snapshot.deadline_ms,
            snapshot.stale_until_ms,
        )
