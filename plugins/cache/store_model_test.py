# SPDX-License-Identifier: Apache-2.0
"""The store against a model: a list in the order of use, which does all the slow way."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from plugins.cache.store import ENTRY_OCTETS, RECORD_OCTETS, MemoryStore
from resolver import names
from resolver.response import Response
from resolver.testing import response
from resolver.types import Key, Policy

NAMES = ("a.example.", "b.example.", "sub.a.example.", "c.example.")
GROUPS = ("free", "bounded")
CAPACITY = 2


@functools.cache
def answer(name: str, records: int) -> Response:
    """Return a response with so many records."""
    return response(f"{name} A", [f"{name} 60 IN A 192.0.2.{i}" for i in range(records)])


@dataclass
class Row:
    """What the model knows about an entry."""

    key: Key
    response: Response
    group: str
    deadline_ms: int
    hidden_ms: int
    ends_ms: int

    @property
    def octets(self) -> int:
        """What it counts."""
        return ENTRY_OCTETS + len(self.response.wire) + RECORD_OCTETS * len(self.response.rrs)


class StoreMachine(RuleBasedStateMachine):
    """Does the same to a MemoryStore and to a list, the least recently used row first."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 0
        self.bound = 5000
        self.store = MemoryStore(self.bound)
        self.store.limit(self.store.group("bounded"), CAPACITY)
        self.rows: list[Row] = []
        self.evictions = 0

    def key(self, name: str, do: bool) -> Key:
        return Key(b"p" * 16, names.from_text(name), 1, 1, do, False)

    def reap(self) -> None:
        self.rows = [row for row in self.rows if self.now_ms < row.ends_ms]

    def row(self, key: Key) -> Row | None:
        return next((row for row in self.rows if row.key == key), None)

    @rule(by_ms=st.sampled_from([1, 500, 1000, 2500]))
    def time_passes(self, by_ms: int) -> None:
        self.now_ms += by_ms

    @rule(
        name=st.sampled_from(NAMES),
        do=st.booleans(),
        records=st.sampled_from([0, 1, 4, 40]),
        kept_ms=st.sampled_from([0, 500, 1000, 3000]),
        stale_ms=st.sampled_from([0, 1000]),
        group=st.sampled_from(GROUPS),
    )
    def put(
        self, name: str, do: bool, records: int, kept_ms: int, stale_ms: int, group: str
    ) -> None:
        key = self.key(name, do)
        made = answer(name, records)
        ends_ms = self.now_ms + kept_ms + stale_ms
        row = Row(key, made, group, self.now_ms + kept_ms, ends_ms, ends_ms)
        self.rows = [other for other in self.rows if other.key != key]
        fits = row.octets <= self.bound and ends_ms > self.now_ms
        policy = Policy(kept_ms, stale_ms)
        assert self.store.put(key, made, self.now_ms, policy, self.store.group(group)) is fits
        if not fits:
            return
        self.reap()
        while sum(other.octets for other in self.rows) + row.octets > self.bound:
            self.rows.pop(0)
            self.evictions += 1
        self.rows.append(row)
        bounded = [other for other in self.rows if other.group == "bounded"]
        if len(bounded) > CAPACITY:
            self.rows.remove(bounded[0])
            self.evictions += 1

    @rule(name=st.sampled_from(NAMES), do=st.booleans())
    def get(self, name: str, do: bool) -> None:
        key = self.key(name, do)
        row = self.row(key)
        entry = self.store.get(key, self.now_ms)
        if row is None or self.now_ms >= row.hidden_ms:
            assert entry is None
        else:
            assert entry is not None
            assert (entry.response, entry.deadline_ms) == (row.response, row.deadline_ms)
        if row is not None:
            self.rows.remove(row)
            self.rows.append(row)

    @rule(name=st.sampled_from(NAMES), do=st.booleans())
    def end_stale(self, name: str, do: bool) -> None:
        self.get(name, do)
        key = self.key(name, do)
        self.store.end_stale(key, self.now_ms)
        row = self.row(key)
        if row is not None and self.now_ms < row.hidden_ms:
            row.hidden_ms = row.deadline_ms

    @rule(name=st.sampled_from(NAMES), do=st.booleans())
    def discard(self, name: str, do: bool) -> None:
        key = self.key(name, do)
        self.store.discard(key, self.now_ms)
        self.rows = [row for row in self.rows if row.key != key]

    @rule(name=st.sampled_from(NAMES), zone=st.booleans())
    def remove(self, name: str, zone: bool) -> None:
        self.store.discard(self.key("nothing.example.", False), self.now_ms)  # tells it the time
        self.reap()
        qname = names.from_text(name)
        left = [
            row
            for row in self.rows
            if row.key.qname != qname and not (zone and names.is_below(row.key.qname, qname))
        ]
        assert self.store.remove(qname, zone) == len(self.rows) - len(left)
        self.rows = left

    @precondition(lambda self: self.rows)
    @rule(bound=st.sampled_from([2000, 5000, 9000]))
    def resize(self, bound: int) -> None:
        self.store.discard(self.key("nothing.example.", False), self.now_ms)
        self.reap()
        self.store.resize(bound)
        if bound == self.bound:
            return
        self.bound = bound
        for row in self.rows:
            row.ends_ms = row.hidden_ms
        self.reap()
        fitting = [row for row in self.rows if row.octets <= bound]
        self.evictions += len(self.rows) - len(fitting)
        self.rows = fitting
        while sum(row.octets for row in self.rows) > bound:
            self.rows.pop(0)
            self.evictions += 1

    @invariant()
    def the_sums_agree(self) -> None:
        self.store.discard(self.key("nothing.example.", False), self.now_ms)
        stats = self.store.stats()
        self.reap()
        assert stats["entries"] == len(self.rows)
        assert stats["octets"] == sum(row.octets for row in self.rows) <= self.bound
        assert stats["evictions"] == self.evictions
        for group in GROUPS:
            count = sum(row.group == group for row in self.rows)
            assert self.store.group(group).count == count


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
