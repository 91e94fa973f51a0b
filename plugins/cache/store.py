# SPDX-License-Identifier: Apache-2.0
"""MemoryStore: responses in this process's memory, bounded in octets.

One for the whole process, so that the bound is one number. The least recently used entry goes when
there is no room; an entry past its last use is hidden at once and goes at the next change.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterator

from cachetools import TLRUCache

from plugins.cache.entry import Entry, Group, record_of
from resolver import imagerecord, names
from resolver.classify import Class
from resolver.imagerecord import Record
from resolver.response import Response
from resolver.types import Dumped, Key, Loaded, Policy
from resolver.types import Entry as EntryProtocol
from resolver.types import Group as GroupProtocol

DUMPED_AT_ONCE = 256  # entries


class _Entries(TLRUCache[Key, Entry, int]):
    """The cache itself; it says which entries went, and whether for want of room."""

    def __init__(
        self, max_octets: int, timer: Callable[[], int], on_gone: Callable[[Key, Entry, bool], None]
    ) -> None:
        super().__init__(
            max_octets,
            ttu=lambda _key, entry, _now: entry.stale_until_ms,
            timer=timer,
            getsizeof=lambda entry: entry.octets,
        )
        self._on_gone = on_gone

    def expire(self, time: int | None = None) -> list[tuple[Key, Entry]]:
        gone = super().expire(time)
        for key, entry in gone:
            self._on_gone(key, entry, False)
        return gone

    def popitem(self) -> tuple[Key, Entry]:
        key, entry = super().popitem()
        self._on_gone(key, entry, True)
        return key, entry


class MemoryStore:
    """Responses by key; see `resolver.types.Store`. The event loop's thread only.

    Time comes with each call and must not go back.
    """

    def __init__(self, max_octets: int) -> None:
        self._now_ms = 0
        self._evictions = 0
        self._groups: dict[tuple[bytes, Class], Group] = {}
        self._entries = self._made(max_octets)

    def _made(self, max_octets: int) -> _Entries:
        return _Entries(max_octets, lambda: self._now_ms, self._gone)

    @property
    def max_octets(self) -> int:
        """The bound on the sum of all entries."""
        return int(self._entries.maxsize)

    def resize(self, max_octets: int) -> None:
        """Change the bound; the least recently used entries go if there are too many for it."""
        if max_octets == self.max_octets:
            return
        old, self._entries = self._entries, self._made(max_octets)
        while len(old):
            key, entry = TLRUCache.popitem(old)  # past the override: nothing is evicted by this
            is_over = self._now_ms >= entry.stale_until_ms
            if is_over or entry.octets > max_octets:
                self._gone(key, entry, not is_over)
            else:
                self._entries[key] = entry

    def group(self, partition: bytes, kept_as: Class) -> Group:
        """Return the group of a partition and class, made when first asked for."""
        return self._groups.setdefault((partition, kept_as), Group(partition, kept_as))

    def limit(self, group: GroupProtocol, capacity: int | None) -> None:
        """Bound the number of a group's entries; None takes the bound away."""
        assert isinstance(group, Group)
        if capacity == group.capacity:
            return
        group.capacity = capacity
        group.order = OrderedDict()
        if capacity is not None:
            for key in self._entries:
                if self._entries[key].group is group:
                    group.order[key] = None
            self._shrink(group, capacity)

    def get(self, key: Key, now_ms: int) -> Entry | None:
        """Return the entry, fresh or stale, or None; it is now the most recently used one."""
        self._now_ms = now_ms
        try:
            entry = self._entries[key]
        except KeyError:
            return None
        if now_ms >= entry.stale_until_ms:
            return None
        if entry.group.capacity is not None:
            entry.group.order.move_to_end(key)
        return entry

    def put(
        self, key: Key, response: Response, now_ms: int, policy: Policy, group: GroupProtocol
    ) -> bool:
        """Keep a response in place of what `key` had; False if it does not fit.

        A group with a capacity loses its least recently used entry if it is full. The hits of what
        was there are carried over.
        """
        assert isinstance(group, Group)
        self._now_ms = now_ms
        entry = Entry(response, now_ms, policy, group)
        before = self._take(key)
        if entry.octets > self.max_octets or now_ms >= entry.stale_until_ms:
            return False
        if before is not None and now_ms < before.stale_until_ms:
            entry.hits, entry.last_hit_ms = before.hits, before.last_hit_ms
        self._add(key, entry)
        return True

    def _add(self, key: Key, entry: Entry) -> None:
        self._entries[key] = entry
        entry.group.count += 1
        if entry.group.capacity is not None:
            entry.group.order[key] = None
            self._shrink(entry.group, entry.group.capacity)

    def _shrink(self, group: Group, capacity: int) -> None:
        while group.count > capacity:
            key = next(iter(group.order))
            self._gone(key, self._entries.pop(key), True)

    def keeping(self, partition: bytes, policy: object) -> None:
        """Return None: the caller judges."""

    def count_hit(self, entry: EntryProtocol, now_ms: int, gap_ms: int) -> int:
        """Count a hit; return the hits with no gap above `gap_ms`, this one included."""
        assert isinstance(entry, Entry)
        entry.hits = 1 if now_ms - entry.last_hit_ms > gap_ms else entry.hits + 1
        entry.last_hit_ms = now_ms
        return entry.hits

    def touch(self, entry: EntryProtocol) -> bool:
        """Claim the entry's refresh: True for one caller, until it is released or put anew."""
        assert isinstance(entry, Entry)
        if entry.is_claimed:
            return False
        entry.is_claimed = True
        return True

    def release(self, entry: EntryProtocol) -> None:
        """Take back the claim on an entry's refresh: it came to nothing."""
        assert isinstance(entry, Entry)
        entry.is_claimed = False

    def discard(self, key: Key, now_ms: int) -> None:
        """Remove one entry, if there is one."""
        self._now_ms = now_ms
        self._take(key)

    def end_stale(self, key: Key, now_ms: int) -> None:
        """Let an entry live no longer than it is fresh."""
        entry = self.get(key, now_ms)
        if entry is not None:
            entry.stale_until_ms = entry.deadline_ms

    def remove(self, name: bytes, zone: bool = False) -> int:
        """Remove the entries of `name` (with `zone`: and below); return how many there were."""
        if zone:
            return self._remove(lambda qname: names.is_below(qname, name))
        return self._remove(lambda qname: qname == name)

    def remove_names(self, changed: Collection[bytes]) -> int:
        """Remove the entries of many names at once; give a set. Return how many there were."""
        return self._remove(lambda qname: qname in changed)

    def dump(self, now_ms: int) -> Iterator[Dumped]:
        """Yield all entries as records, some hundreds at a time, the least recently used first."""
        keys = list(self._entries)
        for at in range(0, len(keys), DUMPED_AT_ONCE):
            found = [(key, self._entries.get(key)) for key in keys[at : at + DUMPED_AT_ONCE]]
            lasting = [
                (key, entry)
                for key, entry in found
                if entry is not None and now_ms < entry.stale_until_ms
            ]
            if lasting:
                yield Dumped(
                    b"".join(imagerecord.pack(record_of(*each, now_ms)) for each in lasting),
                    len(lasting),
                    max(entry.stale_until_ms for _, entry in lasting),
                )

    def load(self, records: bytes, now_ms: int, elapsed_ms: int) -> Loaded:
        """Keep what whole records say; nothing goes for it. Raises WireError if they are none."""
        self._now_ms = now_ms
        counted = Counter(
            self._place(record, now_ms, elapsed_ms) for record in imagerecord.unpack(records)
        )
        return Loaded(**counted)

    def _place(self, record: Record, now_ms: int, elapsed_ms: int) -> str:
        """Keep what one record says; return which number of Loaded counts it."""
        policy = Policy(record.age_ms + record.left_ms, record.stale_ms)
        stored_ms = now_ms - elapsed_ms - record.age_ms
        if now_ms >= stored_ms + policy.kept_ms + policy.stale_ms:
            return "ended"
        group = self._groups.get((record.partition, record.kept_as))
        if group is None:
            return "foreign"
        entry = Entry(record.response, stored_ms, policy, group)
        self._entries.expire()
        is_full = group.capacity is not None and group.count >= group.capacity
        if is_full or record.key in self._entries:
            return "refused"
        if self._entries.currsize + entry.octets > self.max_octets:
            return "refused"
        entry.hits = record.hits
        entry.last_hit_ms = now_ms - elapsed_ms - record.idle_ms
        self._add(record.key, entry)
        return "kept"

    def stats(self) -> dict[str, int]:
        """Return `entries`, `octets` and `evictions` (since the start)."""
        return {
            "entries": len(self._entries),
            "octets": int(self._entries.currsize),
            "evictions": self._evictions,
        }

    def _remove(self, is_unwanted: Callable[[bytes], bool]) -> int:
        unwanted = [key for key in self._entries if is_unwanted(key.qname)]
        for key in unwanted:
            self._take(key)
        return len(unwanted)

    def _take(self, key: Key) -> Entry | None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._gone(key, entry, False)
        return entry

    def _gone(self, key: Key, entry: Entry, evicted: bool) -> None:
        group = entry.group
        group.count -= 1
        group.order.pop(key, None)
        if evicted:
            self._evictions += 1
            group.evictions += 1
