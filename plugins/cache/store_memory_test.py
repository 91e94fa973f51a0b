# SPDX-License-Identifier: Apache-2.0
"""The store in Python's memory: which entry goes, and what one really costs."""

import tracemalloc

import pytest

from plugins.cache.store import MemoryStore
from plugins.cache.store_test import answer, found, group, key, octets, put
from resolver.types import Policy


def test_the_least_recently_used_goes_first() -> None:
    """When octets run out."""
    every = ["a.example.", "b.example.", "c.example."]
    store = MemoryStore(2 * octets(MemoryStore, "a.example."))
    for name in every[:2]:
        put(store, name)
    assert found(store, 1, ["a.example."]) == ["a.example."]
    put(store, "c.example.", now_ms=2)
    assert found(store, 3, every) == ["a.example.", "c.example."]


def test_what_is_past_its_time_goes_before_what_is_not() -> None:
    """However lately it was used."""
    store = MemoryStore(2 * octets(MemoryStore, "a.example."))
    put(store, "a.example.")
    put(store, "b.example.", policy=Policy(1000))
    put(store, "c.example.", now_ms=1000)
    assert found(store, 1001, ["a.example.", "b.example."]) == ["a.example."]
    assert store.stats()["evictions"] == 0


def test_a_capacity_evicts_the_least_recently_used_of_its_group() -> None:
    """In the order of use, also when it is set later."""
    store = MemoryStore(1 << 20)
    for name in ("a.example.", "b.example.", "c.example."):
        put(store, name)
    store.limit(group(store), 2)
    assert found(store, 1, ["a.example.", "b.example.", "c.example."])[0] == "b.example."
    put(store, "d.example.", now_ms=2)
    assert found(store, 3, ["b.example.", "c.example.", "d.example."])[0] == "c.example."


@pytest.mark.parametrize("records", [0, 3, 20])
def test_what_is_counted_is_what_is_taken(records: int) -> None:
    """The bound in octets is one on memory: the estimate is at most a third away from the truth."""
    number = 500
    store = MemoryStore(1 << 30)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for i in range(number):
            name = f"host{i}.example.org."
            store.put(key(name), answer(name, records), 0, Policy(60_000), group(store))
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.67 < store.stats()["octets"] / taken < 1.5
