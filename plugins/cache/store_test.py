# SPDX-License-Identifier: Apache-2.0
"""Both stores: what they hide, what they evict, what they count."""

from collections.abc import Sequence

import pytest

from plugins.cache.conftest import StoreOf
from resolver import names
from resolver.classify import Class
from resolver.errors import Ede
from resolver.response import Response, Validation
from resolver.testing import response
from resolver.types import Entry, Group, Key, Policy, Store

PLENTY = 1 << 20
MINUTE = Policy(60_000)
PARTITION, OTHER = b"p" * 16, b"o" * 16


def key(name: str, *, do: bool = False, partition: bytes = PARTITION) -> Key:
    return Key(partition, names.from_text(name), 1, 1, do, False)


def answer(name: str, count: int = 1) -> Response:
    return response(f"{name} A", [f"{name} 60 IN A 192.0.2.{i}" for i in range(count)])


def group(store: Store) -> Group:
    return store.group(PARTITION, Class.SUCCESS)


def put(
    store: Store, name: str, count: int = 1, *, now_ms: int = 0, policy: Policy = MINUTE
) -> bool:
    return store.put(key(name), answer(name, count), now_ms, policy, group(store))


def got(store: Store, name: str, now_ms: int = 0) -> Entry:
    entry = store.get(key(name), now_ms)
    assert entry is not None
    return entry


def octets(store_of: StoreOf, name: str, count: int = 1) -> int:
    """Return what an answer counts in a store."""
    store = store_of(PLENTY)
    put(store, name, count)
    return store.stats()["octets"]


def found(store: Store, now_ms: int, candidates: Sequence[str]) -> list[str]:
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
def test_an_entry_is_found_while_it_lasts(
    store_of: StoreOf, policy: Policy, at_ms: int, want: bool
) -> None:
    """Fresh or stale, never behind that."""
    store = store_of(PLENTY)
    assert put(store, "example.org.", policy=policy) is (policy.kept_ms > 0)
    assert (store.get(key("example.org."), at_ms) is not None) is want


def test_what_comes_out_is_what_was_put(store_of: StoreOf) -> None:
    """All of a response that clients may see, and its times."""
    store = store_of(PLENTY)
    kept = answer("example.org.", 3).replace(
        validation=Validation.SECURE,
        recursive=True,
        ede=(Ede(3), Ede(22, "zu spät")),
        plugin="cache",
        context=1,
        rcode=0,
    )
    store.put(key("example.org.", do=True), kept, 5, Policy(1000, 500), group(store))
    entry = store.get(key("example.org.", do=True), 7)
    assert entry is not None
    assert entry.response == kept
    assert (entry.stored_ms, entry.deadline_ms, entry.stale_until_ms) == (5, 1005, 1505)
    assert (entry.hits, entry.last_hit_ms) == (0, 5)
    assert entry.group is group(store)
    assert store.get(key("example.org."), 7) is None


def test_a_put_replaces_what_was_there(store_of: StoreOf) -> None:
    """One entry a key; the hits of the old one go on, its claim does not."""
    store = store_of(PLENTY)
    put(store, "example.org.")
    old = got(store, "example.org.")
    assert [store.count_hit(old, 1, 1000), store.count_hit(old, 2, 1000)] == [1, 2]
    assert [store.touch(old), store.touch(old)] == [True, False]
    put(store, "example.org.", 2, now_ms=2)
    new = got(store, "example.org.", 3)
    assert (new.hits, new.last_hit_ms, new.stored_ms) == (2, 2, 2)
    assert len(new.response.rrs) == 2
    assert store.touch(new)
    assert store.stats()["entries"] == 1


@pytest.mark.parametrize(
    "at_ms, want",
    [
        pytest.param([10, 20, 30], [1, 2, 3], id="all within the gap"),
        pytest.param([100, 200], [1, 2], id="the gap itself"),
        pytest.param([10, 111, 112], [1, 1, 2], id="above the gap: counted anew"),
    ],
)
def test_hits_are_counted(store_of: StoreOf, at_ms: list[int], want: list[int]) -> None:
    """With no gap of more than so much between them, the first one since it was stored."""
    store = store_of(PLENTY)
    put(store, "example.org.")
    entry = got(store, "example.org.")
    assert [store.count_hit(entry, now_ms, 100) for now_ms in at_ms] == want
    assert got(store, "example.org.", 1000).hits == want[-1]


def test_a_claim_can_be_given_back(store_of: StoreOf) -> None:
    """A refresh that came to nothing may be tried again."""
    store = store_of(PLENTY)
    put(store, "example.org.")
    entry = got(store, "example.org.")
    assert store.touch(entry)
    store.release(entry)
    assert store.touch(entry)


def test_what_is_told_of_an_old_entry_does_nothing_to_a_new_one(store_of: StoreOf) -> None:
    """A refresh ends by releasing an entry whose place another has taken."""
    store = store_of(PLENTY)
    put(store, "example.org.")
    old = got(store, "example.org.")
    assert store.touch(old)
    put(store, "example.org.")
    new = got(store, "example.org.")
    assert store.touch(new)
    store.release(old)
    assert not store.touch(new)


@pytest.mark.parametrize("count", [1000, 3000])
def test_what_is_used_stays(store_of: StoreOf, count: int) -> None:
    """When octets run out the others go first, and the bound holds."""
    bound = count * (octets(store_of, "n0000.example.") + 16)  # what malloc gives differs a little
    store = store_of(bound)
    put(store, "n0000.example.")
    for number in range(1, 2 * count):
        assert found(store, 1, ["n0000.example."])
        assert put(store, f"n{number:04}.example.", now_ms=1)
        assert store.stats()["octets"] <= bound
    assert found(store, 3, ["n0000.example."])
    assert found(store, 3, [f"n{2 * count - 1:04}.example."])
    stats = store.stats()
    assert count <= stats["entries"] < 1.1 * count
    assert stats["entries"] + stats["evictions"] == 2 * count
    assert group(store).evictions == stats["evictions"]


def test_what_is_past_its_time_makes_room(store_of: StoreOf) -> None:
    """Ended entries go for those that come, and hardly ever another."""
    every = [f"n{number:04}.example." for number in range(4000)]
    store = store_of(3000 * octets(store_of, every[0]))
    for number, name in enumerate(every[:2000]):
        put(store, name, policy=Policy(1000 if number % 2 else 60_000))
    for name in every[2000:]:
        put(store, name, now_ms=1000)
    assert store.stats()["evictions"] < 30
    assert len(found(store, 1001, every)) > 2970


def test_a_response_larger_than_the_store_is_refused(store_of: StoreOf) -> None:
    """And what it was to replace is gone, since it is old."""
    store = store_of(octets(store_of, "a.example."))
    assert put(store, "a.example.")
    assert not put(store, "a.example.", 9, now_ms=1)
    assert store.stats() == {"entries": 0, "octets": 0, "evictions": 0}


def test_a_capacity_bounds_its_group_only(store_of: StoreOf) -> None:
    """A put over it evicts inside the group."""
    store = store_of(PLENTY)
    one, other = group(store), store.group(PARTITION, Class.DENIAL)
    store.limit(one, 2)
    store.put(key("z.example."), answer("z.example."), 0, MINUTE, other)
    for name in ("a.example.", "b.example.", "c.example.", "c.example."):
        assert put(store, name, now_ms=1)
        assert found(store, 2, [name])
    assert found(store, 4, ["z.example."])
    assert len(found(store, 4, ["a.example.", "b.example.", "c.example."])) == 2
    assert (one.count, other.count) == (2, 1)
    assert (one.evictions, other.evictions) == (1, 0)
    assert one.capacity == 2


@pytest.mark.parametrize("capacity, want", [(1, 1), (2, 2), (None, 2)])
def test_a_capacity_set_later_counts_what_is_there(
    store_of: StoreOf, capacity: int | None, want: int
) -> None:
    """Content survives a reload, whose Corefile may bound it otherwise."""
    store = store_of(PLENTY)
    for now_ms, name in enumerate(["a.example.", "b.example."]):
        put(store, name, now_ms=now_ms)
    store.limit(group(store), 7)
    store.limit(group(store), capacity)
    assert group(store).count == want
    assert len(found(store, 3, ["a.example.", "b.example."])) == want


@pytest.mark.parametrize(
    "count, want",
    [
        pytest.param(0, 0, id="none fits"),
        pytest.param(1, 1, id="one fits"),
        pytest.param(5, 2, id="all fit"),
    ],
)
def test_a_store_can_be_resized(store_of: StoreOf, count: int, want: int) -> None:
    """What has no room goes."""
    store = store_of(PLENTY)
    bound = count * octets(store_of, "a.example.") or 1
    for name in ("a.example.", "b.example."):
        put(store, name)
    store.resize(bound)
    assert len(found(store, 1, ["a.example.", "b.example."])) == want
    assert store.stats()["evictions"] == 2 - want
    assert store.max_octets == bound


def test_stale_data_can_be_forbidden(store_of: StoreOf) -> None:
    """The entry lives on while it is fresh."""
    store = store_of(PLENTY)
    put(store, "example.org.", policy=Policy(1000, 5000))
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
def test_names_can_be_removed(store_of: StoreOf, name: str, zone: bool, want: list[str]) -> None:
    """Of every partition, type and variant."""
    every = ["example.org.", "a.example.org.", "nexample.org."]
    store = store_of(PLENTY)
    for each in every:
        for do in (False, True):
            store.put(key(each, do=do), answer(each), 0, MINUTE, group(store))
        store.put(key(each, partition=OTHER), answer(each), 0, MINUTE, group(store))
    removed = store.remove(names.from_text(name), zone)
    assert found(store, 1, every) == want
    assert removed == 3 * (len(every) - len(want))


def test_many_names_are_removed_in_one_go(store_of: StoreOf) -> None:
    """For a hosts file that was read anew."""
    every = ["a.example.", "b.example.", "c.example."]
    store = store_of(PLENTY)
    for name in every:
        put(store, name)
    assert store.remove_names(frozenset()) == 0
    assert store.remove_names({names.from_text("a.example."), names.from_text("c.example.")}) == 2
    assert found(store, 1, every) == ["b.example."]
