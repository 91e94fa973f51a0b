# SPDX-License-Identifier: Apache-2.0
"""MemoryStore: responses in this process's memory, bounded in octets.

One for the whole process, so that the bound is one number. The least recently used entry goes when
there is no room; an entry past its last use is hidden at once and goes at the next change.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable

from cachetools import TLRUCache

from resolver import names
from resolver.response import Response
from resolver.types import Entry as EntryProtocol
from resolver.types import Key, Policy

# What an entry costs beside its octets: key, tables of the cache, objects, and the places of its
# records; measured with tracemalloc (store_test.py holds the sum to what is really taken).
ENTRY_OCTETS = 800
RECORD_OCTETS = 130


class Group:
    """Entries that are counted, and maybe bounded in number, together.

    count: how many there are. capacity: the greatest number, None for no bound; then `order` has
    their keys, the least recently used one first. on_eviction: called for each entry that has to go
    before its time.
    """

    def __init__(self) -> None:
        self.count = 0
        self.capacity: int | None = None
        self.order: OrderedDict[Key, None] = OrderedDict()
        self.on_eviction: Callable[[], None] | None = None


class Entry:
    """A stored response; see `resolver.types.Entry`.

    last_hit_ms: when it was last found. group: with which it is counted.
    """

    __slots__ = (
        "deadline_ms",
        "group",
        "hits",
        "is_claimed",
        "last_hit_ms",
        "octets",
        "response",
        "stale_until_ms",
        "stored_ms",
    )

    def __init__(self, response: Response, now_ms: int, policy: Policy, group: Group) -> None:
        self.response = response
        self.stored_ms = now_ms
        self.deadline_ms = now_ms + policy.kept_ms
        self.stale_until_ms = self.deadline_ms + policy.stale_ms
        self.group = group
        self.hits = 0
        self.last_hit_ms = now_ms
        self.is_claimed = False
        self.octets = (
            ENTRY_OCTETS
            + len(response.wire)
            + RECORD_OCTETS * len(response.rrs)
            + sum(len(ede.text) for ede in response.ede)
        )


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
        self._groups: dict[Hashable, Group] = {}
        self._ungrouped = self.group(None)
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

    def group(self, name: Hashable) -> Group:
        """Return the group of this name, made when first asked for."""
        return self._groups.setdefault(name, Group())

    def limit(self, group: Group, capacity: int | None) -> None:
        """Bound the number of a group's entries; None takes the bound away."""
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
        self, key: Key, response: Response, now_ms: int, policy: Policy, group: Group | None = None
    ) -> bool:
        """Keep a response in place of what `key` had; False if it does not fit.

        A group with a capacity loses its least recently used entry if it is full. The hits of what
        was there are carried over.
        """
        self._now_ms = now_ms
        entry = Entry(response, now_ms, policy, group or self._ungrouped)
        before = self._take(key)
        if entry.octets > self.max_octets or now_ms >= entry.stale_until_ms:
            return False
        if before is not None:
            entry.hits, entry.last_hit_ms = before.hits, before.last_hit_ms
        self._entries[key] = entry
        entry.group.count += 1
        if entry.group.capacity is not None:
            entry.group.order[key] = None
            self._shrink(entry.group, entry.group.capacity)
        return True

    def _shrink(self, group: Group, capacity: int) -> None:
        while group.count > capacity:
            key = next(iter(group.order))
            self._gone(key, self._entries.pop(key), True)

    def touch(self, entry: EntryProtocol) -> bool:
        """Count a hit and claim the entry's refresh: True for one caller until it is put anew."""
        assert isinstance(entry, Entry)
        entry.hits += 1
        if entry.is_claimed:
            return False
        entry.is_claimed = True
        return True

    def release(self, entry: Entry) -> None:
        """Take back the claim on an entry's refresh: it came to nothing."""
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
            if group.on_eviction is not None:
                group.on_eviction()
