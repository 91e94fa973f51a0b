# SPDX-License-Identifier: Apache-2.0
"""What is in a MemoryStore: entries, the groups with which they are counted, what they cost."""

from __future__ import annotations

from collections import OrderedDict

from resolver.classify import Class
from resolver.imagerecord import Record
from resolver.response import Response
from resolver.types import Key, Policy

# What an entry costs beside its octets: key, tables of the cache, objects, and the places of its
# records; measured with tracemalloc (store_test.py holds the sum to what is really taken).
ENTRY_OCTETS = 800
RECORD_OCTETS = 130


class Group:
    """Entries that are counted, and maybe bounded in number, together.

    `order` has their keys if there is a capacity, the least recently used one first.
    """

    def __init__(self, partition: bytes, kept_as: Class) -> None:
        self.partition = partition
        self.kept_as = kept_as
        self.count = 0
        self.capacity: int | None = None
        self.evictions = 0
        self.order: OrderedDict[Key, None] = OrderedDict()


class Entry:
    """A stored response; see `resolver.types.Entry`. is_claimed: somebody refreshes it."""

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

    def __init__(self, response: Response, stored_ms: int, policy: Policy, group: Group) -> None:
        self.response = response
        self.stored_ms = stored_ms
        self.deadline_ms = stored_ms + policy.kept_ms
        self.stale_until_ms = self.deadline_ms + policy.stale_ms
        self.group = group
        self.hits = 0
        self.last_hit_ms = stored_ms
        self.is_claimed = False
        self.octets = (
            ENTRY_OCTETS
            + len(response.wire)
            + RECORD_OCTETS * len(response.rrs)
            + sum(len(ede.text) for ede in response.ede)
        )


def record_of(key: Key, entry: Entry, now_ms: int) -> Record:
    """Return an entry as it leaves its store; one that came after `now_ms` is new."""
    return Record(
        key,
        entry.group.partition,
        entry.group.kept_as,
        entry.response,
        max(0, now_ms - entry.stored_ms),
        entry.deadline_ms - now_ms,
        entry.stale_until_ms - entry.deadline_ms,
        max(0, now_ms - entry.last_hit_ms),
        entry.hits,
    )
