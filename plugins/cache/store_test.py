# SPDX-License-Identifier: Apache-2.0
"""The store in memory: what it hides, what it evicts, what it counts."""

import tracemalloc
from collections.abc import Sequence

import pytest

from plugins.cache.store import MemoryStore
from resolver import names
from resolver.response import Response
from resolver.testing import response
from resolver.types import Key, Policy

PLENTY = 1 << 20
MINUTE = Policy(60_000)


def key(name: str, *, do: bool = False, partition: bytes = b"p" * 16) -> Key:
    return Key(partition, names.from_text(name), 1, 1, do, False)


def answer(name: str, count: int = 1) -> Response:
    return response(f"{name} A", [f"{name} 60 IN A 192.0.2.{i}" for i in range(count)])


def octets(name: str, count: int = 1) -> int:
    """Return what an answer counts in a store."""
    store = MemoryStore(PLENTY)
    store.put(key(name), answer(name, count), 0, MINUTE)
    return store.stats()["octets"]


def found(store: MemoryStore, now_ms: int, candidates: Sequence[str]) -> list[str]:
    return [name for name in candidates if store.get(key(name), now_ms) is not None]


@pytest.mark.parametrize(
    "policy, at_ms, want",
    [
        pytest.param(Policy(1000), 0, True, id="at once"),
        pytest.param(Policy(1000), 999, True, id="until its time is up"),
        pytest.param(Policy(1000), 1000, False, id="not at its end"),
        pytest.param(Policy(1000, 500), 1499, True, id="stale"),
        pytest.param(Policy(1000, 500), 1500, False, id="not after it was stale"),
        pytest.param(Policy(0), 0, False, id="born past its time"),
    ],
)
def test_an_entry_is_found_while_it_lasts(policy: Policy, at_ms: int, want: bool) -> None:
    """Fresh or stale, never behind that."""
    store = MemoryStore(PLENTY)
    assert store.put(key("example.org."), answer("example.org."), 0, policy) is (policy.kept_ms > 0)
    assert (store.get(key("example.org."), at_ms) is not None) is want


def test_a_put_replaces_what_was_there() -> None:
    """One entry a key; the hits of the old one go on, its claim does not."""
    store = MemoryStore(PLENTY)
    place = key("example.org.")
    store.put(place, answer("example.org."), 0, MINUTE)
    old = store.get(place, 1)
    assert old is not None
    assert [store.touch(old), store.touch(old)] == [True, False]
    store.put(place, answer("example.org.", 2), 2, MINUTE)
    new = store.get(place, 3)
    assert new is not None
    assert (new.hits, new.stored_ms, len(new.response.rrs)) == (2, 2, 2)
    assert store.touch(new)
    assert store.stats()["entries"] == 1


def test_a_claim_can_be_given_back() -> None:
    """A refresh that came to nothing may be tried again."""
    store = MemoryStore(PLENTY)
    store.put(key("example.org."), answer("example.org."), 0, MINUTE)
    entry = store.get(key("example.org."), 0)
    assert entry is not None
    assert store.touch(entry)
    store.release(entry)
    assert store.touch(entry)


def test_the_least_recently_used_goes_first() -> None:
    """When octets run out."""
    every = ["a.example.", "b.example.", "c.example."]
    store = MemoryStore(2 * octets("a.example."))
    for name in every[:2]:
        store.put(key(name), answer(name), 0, MINUTE)
    assert found(store, 1, ["a.example."]) == ["a.example."]
    store.put(key("c.example."), answer("c.example."), 2, MINUTE)
    assert found(store, 3, every) == ["a.example.", "c.example."]
    assert store.stats() == {"entries": 2, "octets": 2 * octets("a.example."), "evictions": 1}


def test_what_is_past_its_time_goes_before_what_is_not() -> None:
    """Ended entries make room without an eviction."""
    store = MemoryStore(2 * octets("a.example."))
    store.put(key("a.example."), answer("a.example."), 0, MINUTE)
    store.put(key("b.example."), answer("b.example."), 0, Policy(1000))
    store.put(key("c.example."), answer("c.example."), 1000, MINUTE)
    assert found(store, 1001, ["a.example.", "b.example."]) == ["a.example."]
    assert store.stats()["evictions"] == 0


def test_a_response_larger_than_the_store_is_refused() -> None:
    """And what it was to replace is gone, since it is old."""
    store = MemoryStore(octets("a.example."))
    assert store.put(key("a.example."), answer("a.example."), 0, MINUTE)
    assert not store.put(key("a.example."), answer("a.example.", 9), 1, MINUTE)
    assert store.stats()["entries"] == 0


def test_a_capacity_bounds_its_group_only() -> None:
    """A put over it evicts inside the group."""
    store = MemoryStore(PLENTY)
    group, other = store.group("one"), store.group("other")
    store.limit(group, 2)
    evicted: list[int] = []
    group.on_eviction = lambda: evicted.append(1)
    store.put(key("z.example."), answer("z.example."), 0, MINUTE, other)
    for name in ("a.example.", "b.example."):
        store.put(key(name), answer(name), 1, MINUTE, group)
    assert found(store, 2, ["a.example."])
    store.put(key("c.example."), answer("c.example."), 3, MINUTE, group)
    every = ["a.example.", "b.example.", "c.example.", "z.example."]
    assert found(store, 4, every) == ["a.example.", "c.example.", "z.example."]
    assert (group.count, other.count, len(evicted)) == (2, 1, 1)


@pytest.mark.parametrize(
    "capacity, want",
    [
        pytest.param(1, ["b.example."], id="smaller"),
        pytest.param(2, ["a.example.", "b.example."], id="just enough"),
        pytest.param(None, ["a.example.", "b.example."], id="none"),
    ],
)
def test_a_capacity_set_later_counts_what_is_there(capacity: int | None, want: list[str]) -> None:
    """Content survives a reload, whose Corefile may bound it otherwise."""
    store = MemoryStore(PLENTY)
    group = store.group("one")
    for now_ms, name in enumerate(["a.example.", "b.example."]):
        store.put(key(name), answer(name), now_ms, MINUTE, group)
    store.limit(group, capacity)
    assert found(store, 3, ["a.example.", "b.example."]) == want
    assert group.count == len(want)


@pytest.mark.parametrize(
    "count, want",
    [
        pytest.param(0, [], id="none fits"),
        pytest.param(1, ["b.example."], id="the last used fits"),
        pytest.param(5, ["a.example.", "b.example."], id="all fit"),
    ],
)
def test_a_store_can_be_resized(count: int, want: list[str]) -> None:
    """What was used last stays."""
    store = MemoryStore(PLENTY)
    for name in ("a.example.", "b.example."):
        store.put(key(name), answer(name), 0, MINUTE)
    store.resize(count * octets("a.example.") or 1)
    assert found(store, 1, ["a.example.", "b.example."]) == want
    assert store.stats()["evictions"] == 2 - len(want)
    assert store.max_octets == (count * octets("a.example.") or 1)


def test_stale_data_can_be_forbidden() -> None:
    """The entry lives on while it is fresh."""
    store = MemoryStore(PLENTY)
    store.put(key("example.org."), answer("example.org."), 0, Policy(1000, 5000))
    store.end_stale(key("example.org."), 10)
    store.end_stale(key("nothing.example."), 10)
    assert store.get(key("example.org."), 999) is not None
    assert store.get(key("example.org."), 1000) is None


@pytest.mark.parametrize(
    "name, zone, want",
    [
        pytest.param("example.org.", False, ["a.example.org.", "nexample.org."], id="one name"),
        pytest.param("example.org.", True, ["nexample.org."], id="a zone"),
        pytest.param(".", True, [], id="everything"),
        pytest.param(".", False, ["example.org.", "a.example.org.", "nexample.org."], id="nothing"),
    ],
)
def test_names_can_be_removed(name: str, zone: bool, want: list[str]) -> None:
    """Of every partition, type and variant."""
    every = ["example.org.", "a.example.org.", "nexample.org."]
    store = MemoryStore(PLENTY)
    for each in every:
        for do in (False, True):
            store.put(key(each, do=do), answer(each), 0, MINUTE)
    removed = store.remove(names.from_text(name), zone)
    assert found(store, 1, every) == want
    assert removed == 2 * (len(every) - len(want))


def test_many_names_are_removed_in_one_go() -> None:
    """For a hosts file that was read anew."""
    every = ["a.example.", "b.example.", "c.example."]
    store = MemoryStore(PLENTY)
    for name in every:
        store.put(key(name), answer(name), 0, MINUTE)
    assert store.remove_names({names.from_text("a.example."), names.from_text("c.example.")}) == 2
    assert found(store, 1, every) == ["b.example."]


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
            store.put(key(name), answer(name, records), 0, MINUTE)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.67 < store.stats()["octets"] / taken < 1.5
