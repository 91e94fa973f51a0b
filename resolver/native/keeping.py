# SPDX-License-Identifier: Apache-2.0
"""What a `cache` directive keeps, as C does it: for plans, and for responses of the chain."""

from __future__ import annotations

import hashlib
import weakref
from struct import Struct
from typing import TYPE_CHECKING

from resolver._native import ffi, lib
from resolver.engine.policies import Bounds, Keeping
from resolver.errors import ResolverError, WireError
from resolver.imagerecord import VALIDATIONS, pack_ede
from resolver.native.entries import NativeGroup
from resolver.native.given import Given
from resolver.native.sets import zones
from resolver.request import Request
from resolver.response import Response

if TYPE_CHECKING:
    from resolver._native import CData

# struct rn_store_key and struct rn_offered, in the machine's own byte order.
_KEY = Struct("=16sHHBB255s3x")
_OFFERED = Struct("=qqHHHBBBBBB4x")
_CHANGED, _DROPPED = 26, 27  # where in it C says what became of it
_MOST = 0xFFFFFFFF
_LONGEST_MS = 1 << 62


def pack_key(
    out: CData, partition: bytes, qname: bytes, qtype: int, qclass: int, do: bool, cd: bool
) -> None:
    """Have a struct rn_store_key say what a Key's fields do; their lengths are checked here."""
    if len(partition) != 16 or not 0 < len(qname) <= 255:
        raise WireError("no key of a store")
    _KEY.pack_into(out, 0, partition, qtype, qclass, do | cd << 1, len(qname), qname)


def given_keeping(
    partition: bytes,
    keeping: Keeping,
    groups: tuple[NativeGroup, NativeGroup],
    *,
    snoop: bool = False,
) -> Given:
    """Return what C is told of a `cache` directive; groups: of its successes, of its denials."""
    stale, prefetch = keeping.stale, keeping.prefetch
    given = Given(
        "rn_plan_cache",
        partition=list(partition),
        beside=list(hashlib.sha256(partition + b"beside").digest()[:16]),
        success=groups[0].handle,
        denial=groups[1].handle,
        max_stale_ms=min(keeping.max_stale_ms, _LONGEST_MS),
        servfail_ms=min(keeping.servfail_ms, _LONGEST_MS),
        keep_ttl=keeping.keep_ttl,
        snoop=snoop,
    )
    it = given.it
    it.success_max_s, it.success_min_s = _seconds(keeping.success)
    it.denial_max_s, it.denial_min_s = _seconds(keeping.denial)
    if keeping.success.disabled:
        given.put_set("success_disabled", zones(keeping.success.disabled))
    if keeping.denial.disabled:
        given.put_set("denial_disabled", zones(keeping.denial.disabled))
    if stale is not None:
        it.recheck_ms = min(stale.recheck_ms, _LONGEST_MS)
        it.stale_ttl_s = min(stale.ttl_s, 0x7FFFFFFF)
        it.prefer_positive = stale.prefer_positive
    if prefetch is not None:
        it.prefetch_amount = min(max(prefetch.amount, 1), _MOST)
        it.prefetch_gap_ms = min(prefetch.gap_ms, _LONGEST_MS)
        it.prefetch_percent = prefetch.percent
    return given


class NativeKeeping:
    """Keeps responses in a store as a `cache` directive says. The event loop's thread only."""

    def __init__(
        self,
        store: CData,
        partition: bytes,
        policy: Keeping,
        groups: tuple[NativeGroup, NativeGroup],
    ) -> None:
        given = given_keeping(partition, policy, groups)
        self._handle = lib.rn_keeping_new(store, given.it)
        if self._handle == ffi.NULL:
            raise ResolverError("no memory for the cache")
        self._finalizer = weakref.finalize(self, lib.rn_keeping_free, self._handle)
        self._finalizer.atexit = False
        self._partition = partition
        self._key = ffi.new("struct rn_store_key *")
        self._key_octets = ffi.buffer(self._key)
        self._offered = ffi.new("struct rn_offered *")
        self._offered_octets = memoryview(ffi.buffer(self._offered))
        self._sent = ffi.new("uint8_t[]", 0x10000)

    def knows(self, request: Request, now_ms: int) -> bool:
        """Return whether anything is kept for a question, its failure too, fresh or stale."""
        self._point(request)
        return bool(lib.rn_keeping_knows(self._handle, self._key, now_ms))

    def _point(self, request: Request) -> None:
        """Have the C key say what is asked."""
        pack_key(
            self._key_octets,
            self._partition,
            request.qname,
            request.qtype,
            request.qclass,
            request.do,
            request.cd,
        )

    def keep(
        self, request: Request, response: Response, now_ms: int, wall_s: float
    ) -> tuple[bytes, bool] | None:
        """Keep the response to a request if it is one to keep.

        Returns the wire that goes on to the client, its TTLs within bounds, and whether the
        response was dropped; or None if it is not in normal form: then nothing was done.
        """
        wire, octets = response.wire, self._offered_octets
        if not 0 < len(request.qname) <= 255 or len(wire) > 0xFFFF:
            return None
        self._point(request)
        ede = pack_ede(response.ede) if response.ede else b""
        _OFFERED.pack_into(
            octets,
            0,
            now_ms,
            int(wall_s),
            len(wire),
            len(ede),
            response.rcode,
            VALIDATIONS.index(response.validation),
            response.context,
            response.recursive,
            request.rd,
            0,
            0,
        )
        status = lib.rn_keeping_keep(
            self._handle, self._key, self._offered, wire + ede if ede else wire, self._sent
        )
        if status != lib.RN_OK:
            return None
        if octets[_CHANGED]:
            wire = ffi.buffer(self._sent, len(wire))[:]
        return wire, octets[_DROPPED] != 0


def _seconds(bounds: Bounds) -> tuple[int, int]:
    return min(bounds.max_s, _MOST), min(bounds.min_s, _MOST)
