# SPDX-License-Identifier: Apache-2.0
"""Both stores against a model: a dict of what was put, from which only bounds may take something.

They get the same calls at the same times. Which entry goes for another is each store's own choice,
so that what it has not is struck from its own dict; all else has to be the same.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from plugins.cache.conftest import native_store
from plugins.cache.store import MemoryStore
from resolver import names
from resolver.classify import Class
from resolver.imagerecord import unpack
from resolver.response import Response
from resolver.testing import response
from resolver.types import Entry, Group, Key, Policy, Store

NAMES = ("a.example.", "b.example.", "sub.a.example.", "c.example.")
CLASSES = (Class.SUCCESS, Class.DENIAL)  # the latter with a bound
CAPACITY = 2
PARTITION = b"p" * 16
GAP_MS = 700


@functools.cache
def answer(name: str, records: int) -> Response:
    """Return a response with so many records, as it is stored."""
    made = response(f"{name} A", [f"{name} 60 IN A 192.0.2.{i}" for i in range(records)])
    return made.replace(plugin="cache")


@dataclass(frozen=True)
class Row:
    """What the model knows about an entry."""

    response: Response
    kept_as: Class
    stored_ms: int
    deadline_ms: int
    stale_until_ms: int
    hits: int = 0
    last_hit_ms: int = 0
    is_claimed: bool = False


class Model:
    """One store and the rows that it may have."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.rows: dict[Key, Row] = {}
        self.bounded = store.group(PARTITION, Class.DENIAL)
        store.limit(self.bounded, CAPACITY)

    def group(self, kept_as: Class) -> Group:
        return self.store.group(PARTITION, kept_as)

    def look(self, key: Key, now_ms: int) -> Entry | None:
        """Return what the store has, which is what was put or nothing."""
        entry, row = self.store.get(key, now_ms), self.rows.get(key)
        if entry is None:
            self.rows.pop(key, None)
            return None
        assert row is not None
        assert now_ms < row.stale_until_ms
        assert entry.response == row.response
        assert entry.group is self.group(row.kept_as)
        assert (entry.stored_ms, entry.deadline_ms) == (row.stored_ms, row.deadline_ms)
        assert entry.stale_until_ms == row.stale_until_ms
        assert (entry.hits, entry.last_hit_ms) == (row.hits, row.last_hit_ms)
        return entry

    def put(self, key: Key, row: Row) -> None:
        """Put a row; it carries the hits of what was there on, if that is still there."""
        now_ms = row.stored_ms
        before = self.rows.get(key) if self.look(key, now_ms) is not None else None
        if before is not None:
            row = replace(row, hits=before.hits, last_hit_ms=before.last_hit_ms)
        policy = Policy(row.deadline_ms - now_ms, row.stale_until_ms - row.deadline_ms)
        is_kept = self.store.put(key, row.response, now_ms, policy, self.group(row.kept_as))
        self.rows.pop(key, None)
        assert is_kept is (now_ms < row.stale_until_ms and self.fits(row.response))
        if is_kept:
            self.rows[key] = row
            assert self.look(key, now_ms) is not None

    def fits(self, made: Response) -> bool:
        """Return whether a store of this size takes a response: tried on an empty one."""
        make = MemoryStore if isinstance(self.store, MemoryStore) else native_store
        trial = make(self.store.max_octets)
        key = Key(PARTITION, made.question.qname, 1, 1, False, False)
        return trial.put(key, made, 0, Policy(1), trial.group(PARTITION, Class.SUCCESS))

    def present(self, now_ms: int) -> Iterable[Key]:
        return [key for key in list(self.rows) if self.look(key, now_ms) is not None]


class StoreMachine(RuleBasedStateMachine):
    """Does the same to both stores."""

    def __init__(self) -> None:
        super().__init__()
        self.now_ms = 0
        self.models = [Model(MemoryStore(5000)), Model(native_store(1500))]

    def key(self, name: str, do: bool) -> Key:
        return Key(PARTITION, names.from_text(name), 1, 1, do, False)

    @rule(by_ms=st.sampled_from([1, 500, 1000, 2500]))
    def time_passes(self, by_ms: int) -> None:
        self.now_ms += by_ms

    @rule(
        name=st.sampled_from(NAMES),
        do=st.booleans(),
        records=st.sampled_from([0, 1, 4, 40]),
        kept_ms=st.sampled_from([0, 500, 1000, 3000]),
        stale_ms=st.sampled_from([0, 1000]),
        kept_as=st.sampled_from(CLASSES),
    )
    def put(
        self, name: str, do: bool, records: int, kept_ms: int, stale_ms: int, kept_as: Class
    ) -> None:
        deadline_ms = self.now_ms + kept_ms
        row = Row(
            answer(name, records),
            kept_as,
            self.now_ms,
            deadline_ms,
            deadline_ms + stale_ms,
            last_hit_ms=self.now_ms,
        )
        for model in self.models:
            model.put(self.key(name, do), row)

    @rule(name=st.sampled_from(NAMES), do=st.booleans())
    def get(self, name: str, do: bool) -> None:
        for model in self.models:
            model.look(self.key(name, do), self.now_ms)

    @rule(name=st.sampled_from(NAMES), do=st.booleans(), claim=st.booleans())
    def use(self, name: str, do: bool, claim: bool) -> None:
        key = self.key(name, do)
        for model in self.models:
            entry = model.look(key, self.now_ms)
            if entry is None:
                continue
            row = model.rows[key]
            hits = 1 if self.now_ms - row.last_hit_ms > GAP_MS else row.hits + 1
            assert model.store.count_hit(entry, self.now_ms, GAP_MS) == hits
            if claim:
                assert model.store.touch(entry) is not row.is_claimed
            else:
                model.store.release(entry)
            model.rows[key] = replace(row, hits=hits, last_hit_ms=self.now_ms, is_claimed=claim)

    @rule(name=st.sampled_from(NAMES), do=st.booleans())
    def end_stale(self, name: str, do: bool) -> None:
        key = self.key(name, do)
        for model in self.models:
            model.store.end_stale(key, self.now_ms)
            if key in model.rows:
                row = model.rows[key]
                model.rows[key] = replace(row, stale_until_ms=row.deadline_ms)

    @rule(name=st.sampled_from(NAMES), do=st.booleans())
    def discard(self, name: str, do: bool) -> None:
        for model in self.models:
            model.store.discard(self.key(name, do), self.now_ms)
            model.rows.pop(self.key(name, do), None)

    @rule(name=st.sampled_from(NAMES), zone=st.booleans())
    def remove(self, name: str, zone: bool) -> None:
        qname = names.from_text(name)
        for model in self.models:
            gone = [
                key
                for key in model.present(self.now_ms)
                if key.qname == qname or (zone and names.is_below(key.qname, qname))
            ]
            assert model.store.remove(qname, zone) >= len(gone)  # those past their time as well
            for key in gone:
                del model.rows[key]

    @rule(size=st.sampled_from([2, 5, 9]))
    def resize(self, size: int) -> None:
        for model, unit in zip(self.models, (1000, 300), strict=True):
            model.store.resize(size * unit)

    @rule(elapsed_ms=st.sampled_from([0, 700]), swapped=st.booleans())
    def dump_and_load(self, elapsed_ms: int, swapped: bool) -> None:
        """What one store says the other understands, and what is there stays."""
        for model, other in zip(self.models, reversed(self.models), strict=True):
            dumped = list((other if swapped else model).store.dump(self.now_ms))
            told = b"".join(each.records for each in dumped)
            rows = set(model.present(self.now_ms))
            trial = native_store(1 << 20) if swapped else MemoryStore(1 << 20)
            for kept_as in CLASSES:
                trial.group(PARTITION, kept_as)
            loaded = trial.load(told, self.now_ms, elapsed_ms)
            assert loaded.kept == trial.stats()["entries"]
            assert loaded.kept + loaded.ended == sum(each.entries for each in dumped)
            assert (loaded.foreign, loaded.refused) == (0, 0)
            assert model.store.load(told, self.now_ms, 0).foreign == 0
            for key in {record.key for record in unpack(told)} - rows:
                model.store.discard(key, self.now_ms)
            assert set(model.present(self.now_ms)) == rows

    @invariant()
    def the_bounds_hold(self) -> None:
        for model in self.models:
            stats = model.store.stats()
            assert stats["octets"] <= model.store.max_octets
            assert model.bounded.count <= CAPACITY
            counted = sum(model.group(kept_as).count for kept_as in CLASSES)
            assert counted == stats["entries"]
            evicted = sum(model.group(kept_as).evictions for kept_as in CLASSES)
            assert evicted == stats["evictions"]


TestStores = StoreMachine.TestCase
TestStores.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
