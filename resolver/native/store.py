# SPDX-License-Identifier: Apache-2.0
"""NativeStore: responses in C's memory, where lanes and resolver threads find them too.

What `get` returns is a snapshot; hits and claims are told to the store, which finds the entry by
key and generation. See native/surface_store.h for what is behind it.
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator
from struct import Struct
from typing import TYPE_CHECKING

from resolver._native import ffi, lib
from resolver.classify import Class
from resolver.engine.policies import Keeping
from resolver.errors import ResolverError, WireError
from resolver.imagerecord import CLASSES, MAX_RECORD_OCTETS, VALIDATIONS, pack_ede
from resolver.native.entries import NO_BOUND, NativeEntry, NativeGroup
from resolver.native.forming import Records
from resolver.native.keeping import NativeKeeping, pack_key
from resolver.response import Response
from resolver.types import Dumped, Key, Loaded, Policy
from resolver.types import Entry as EntryProtocol
from resolver.types import Group as GroupProtocol

if TYPE_CHECKING:
    from resolver._native import CData

SECRET_OCTETS = 16
DUMP_OCTETS = 2 * MAX_RECORD_OCTETS

# struct rn_snapshot, in the machine's own byte order.
_SNAPSHOT = Struct("=qqqqQIIHHHBBBBH4x")


class NativeStore:
    """Responses by key; see `resolver.types.Store`. `handle` is for other parts in C.

    C allows any thread; this face of it is the event loop's, but for `dump`.
    """

    def __init__(self, max_octets: int, secret: bytes) -> None:
        if len(secret) != SECRET_OCTETS:
            raise ValueError("the store's secret has 16 octets")
        self.handle = lib.rn_store_new(max_octets, secret)
        if self.handle == ffi.NULL:
            raise ResolverError("no memory for the cache")
        self._finalizer = weakref.finalize(self, lib.rn_store_free, self.handle)
        self._finalizer.atexit = False
        self._now_ms = 0
        self._groups: dict[tuple[bytes, Class], NativeGroup] = {}
        self._by_address: dict[int, NativeGroup] = {}
        self._key = ffi.new("struct rn_store_key *")
        self._key_octets = ffi.buffer(self._key)
        self._snapshot = ffi.new("struct rn_snapshot *")
        self._snapshot_octets = ffi.buffer(self._snapshot)
        self._octets = ffi.new("uint8_t[]", lib.RN_STORED_SIZE)
        self._rrs = Records()
        self._sums = ffi.new("struct rn_store_stats *")

    @property
    def max_octets(self) -> int:
        """The bound on the sum of all entries."""
        return int(self._read().max_octets)

    def resize(self, max_octets: int) -> None:
        """Change the bound; entries go if there are too many for it."""
        lib.rn_store_resize(self.handle, max_octets, self._now_ms)

    def group(self, partition: bytes, kept_as: Class) -> NativeGroup:
        """Return the group of a partition and class, made when first asked for."""
        found = self._groups.get((partition, kept_as))
        return found or self._group(partition, kept_as)

    def _group(self, partition: bytes, kept_as: Class) -> NativeGroup:
        if len(partition) != lib.RN_PARTITION_SIZE:
            raise ValueError("a partition has 16 octets")
        handle = lib.rn_store_group(self.handle, partition, CLASSES.index(kept_as))
        if handle == ffi.NULL:
            raise ResolverError("no memory for the cache")
        made = NativeGroup(handle)
        self._groups[partition, kept_as] = self._by_address[int(ffi.cast("uintptr_t", handle))] = (
            made
        )
        return made

    def limit(self, group: GroupProtocol, capacity: int | None) -> None:
        """Bound the number of a group's entries; None takes the bound away."""
        assert isinstance(group, NativeGroup)
        bound = NO_BOUND if capacity is None else capacity
        lib.rn_store_limit(self.handle, group.handle, bound, self._now_ms)

    def get(self, key: Key, now_ms: int) -> NativeEntry | None:
        """Return the entry, fresh or stale, or None."""
        self._now_ms = now_ms
        self._point(key)
        snapshot, out, rrs = self._snapshot, self._octets, self._rrs
        if not lib.rn_store_find(self.handle, self._key, now_ms, snapshot, out, rrs.handle):
            return None
        fields = _SNAPSHOT.unpack(self._snapshot_octets)
        octets = ffi.buffer(self._octets, fields[7] + fields[8])[:]
        group = self._by_address[fields[4]]
        return NativeEntry(key, fields, octets, self._rrs.read(fields[-1]), group)

    def put(
        self, key: Key, response: Response, now_ms: int, policy: Policy, group: GroupProtocol
    ) -> bool:
        """Keep a response in place of what `key` had; False if it does not fit.

        What is not in normal form, or answers another question than the key's, does not.
        """
        assert isinstance(group, NativeGroup)
        self._now_ms = now_ms
        self._point(key)
        deadline_ms = now_ms + policy.kept_ms
        ede = pack_ede(response.ede)
        _SNAPSHOT.pack_into(
            self._snapshot_octets,
            0,
            now_ms,
            deadline_ms,
            deadline_ms + policy.stale_ms,
            now_ms,
            0,
            0,
            0,
            len(response.wire),
            len(ede),
            response.rcode,
            VALIDATIONS.index(response.validation),
            response.context,
            response.recursive,
            0,
            0,
        )
        octets = response.wire + ede
        status = lib.rn_store_keep(
            self.handle, self._key, group.handle, self._snapshot, octets, now_ms
        )
        return bool(status == lib.RN_OK)

    def keeping(self, partition: bytes, policy: Keeping) -> NativeKeeping:
        """Return what keeps responses in a partition as a policy says, in one call."""
        groups = self.group(partition, Class.SUCCESS), self.group(partition, Class.DENIAL)
        return NativeKeeping(self.handle, partition, policy, groups)

    def count_hit(self, entry: EntryProtocol, now_ms: int, gap_ms: int) -> int:
        """Count a hit; return the hits with no gap above `gap_ms`, this one included."""
        assert isinstance(entry, NativeEntry)
        self._point(entry.key)
        return int(lib.rn_store_count_hit(self.handle, self._key, entry.generation, now_ms, gap_ms))

    def touch(self, entry: EntryProtocol) -> bool:
        """Claim the entry's refresh: True for one caller, until it is released or put anew."""
        return self._claim(entry, True)

    def release(self, entry: EntryProtocol) -> None:
        """Take back the claim on an entry's refresh: it came to nothing."""
        self._claim(entry, False)

    def _claim(self, entry: EntryProtocol, is_claimed: bool) -> bool:
        assert isinstance(entry, NativeEntry)
        self._point(entry.key)
        return bool(lib.rn_store_claim(self.handle, self._key, entry.generation, is_claimed))

    def discard(self, key: Key, now_ms: int) -> None:
        """Remove one entry, if there is one."""
        self._now_ms = now_ms
        self._point(key)
        lib.rn_store_drop(self.handle, self._key)

    def end_stale(self, key: Key, now_ms: int) -> None:
        """Let an entry, if there is one, live no longer than it is fresh."""
        self._now_ms = now_ms
        self._point(key)
        lib.rn_store_forbid_stale(self.handle, self._key)

    def remove(self, name: bytes, zone: bool = False) -> int:
        """Remove the entries of `name` (with `zone`: and below); return how many there were."""
        return int(lib.rn_store_remove(self.handle, name, len(name), zone))

    def remove_names(self, changed: Collection[bytes]) -> int:
        """Remove the entries of many names at once. Return how many there were."""
        octets = b"".join(changed)
        count = ffi.new("uint64_t *")
        status = lib.rn_store_remove_names(self.handle, octets, len(octets), count)
        if status != lib.RN_OK:
            raise ResolverError(f"names cannot be removed from the cache: status {status}")
        return int(count[0])

    def dump(self, now_ms: int) -> Iterator[Dumped]:
        """Yield all entries as records, some hundreds at a time. Any thread."""
        cursor: CData = ffi.new("struct rn_cursor *")
        out = ffi.new("uint8_t[]", DUMP_OCTETS)
        told = 0
        while length := lib.rn_store_dump(self.handle, cursor, now_ms, out, DUMP_OCTETS):
            yield Dumped(ffi.buffer(out, length)[:], cursor.count - told, cursor.ends_ms)
            told = cursor.count

    def load(self, records: bytes, now_ms: int, elapsed_ms: int) -> Loaded:
        """Keep what whole records say; nothing goes for it. Raises WireError if they are none."""
        self._now_ms = now_ms
        loaded: CData = ffi.new("struct rn_loaded *")
        status = lib.rn_store_load(self.handle, records, len(records), now_ms, elapsed_ms, loaded)
        if status != lib.RN_OK:
            raise WireError("no records of a cache")
        return Loaded(loaded.kept, loaded.ended, loaded.foreign, loaded.refused)

    def stats(self) -> dict[str, int]:
        """Return `entries`, `octets` and `evictions` (since the start)."""
        sums = self._read()
        return {"entries": sums.entries, "octets": sums.octets, "evictions": sums.evictions}

    def _read(self) -> CData:
        lib.rn_store_stats(self.handle, self._sums)
        return self._sums

    def _point(self, key: Key) -> None:
        """Have the C key say what `key` does."""
        pack_key(self._key_octets, *key)
