# SPDX-License-Identifier: Apache-2.0
"""Tests of the turns: no suffix delays another, none takes all slots, nothing is lost."""

from hypothesis import given
from hypothesis import strategies as st

from resolver import names
from resolver.recursion.turns import Turns, suffix_of


def filled(slots: int, waiting: dict[bytes, int]) -> Turns[tuple[bytes, int]]:
    turns: Turns[tuple[bytes, int]] = Turns(slots)
    for suffix, count in waiting.items():
        for number in range(count):
            turns.wait(suffix, (suffix, number))
    return turns


def begun(turns: Turns[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    found = []
    while (item := turns.next()) is not None:
        found.append(item)
    return found


def test_a_suffix_is_the_last_two_labels() -> None:
    """Names wait below the last two labels; shorter names below themselves."""
    assert suffix_of(names.from_text("a.b.example.org.")) == names.from_text("example.org.")
    assert suffix_of(names.from_text("org.")) == names.from_text("org.")
    assert suffix_of(names.ROOT) == names.ROOT


def test_suffixes_take_turns() -> None:
    """One flight of each suffix, round and round; inside a suffix first come, first served."""
    turns = filled(100, {b"a": 3, b"b": 1, b"c": 2})
    assert begun(turns) == [(b"a", 0), (b"b", 0), (b"c", 0), (b"a", 1), (b"c", 1), (b"a", 2)]


def test_a_flood_below_one_suffix_delays_nobody() -> None:
    """Who comes after a thousand names of one suffix is next."""
    turns = filled(10, {b"flood": 1000})
    begun(turns)
    turns.wait(b"other", (b"other", 0))
    turns.give_back(b"flood")
    assert turns.next() == (b"other", 0)


def test_a_suffix_alone_takes_half_of_the_slots() -> None:
    """Below half of the slots there is no share; from there on a tenth is the most."""
    turns = filled(100, {b"a": 1000})
    assert len(begun(turns)) == 50
    assert turns.waiting == 950


def test_the_other_half_is_shared_by_tenths() -> None:
    """With half of the slots taken by one suffix each other gets a tenth, and all get full."""
    turns = filled(100, {b"a": 1000})
    begun(turns)
    for suffix in (b"b", b"c", b"d"):
        for number in range(1000):
            turns.wait(suffix, (suffix, number))
    more = begun(turns)
    assert {suffix: sum(s == suffix for s, _ in more) for suffix, _ in more} == {
        b"b": 10,
        b"c": 10,
        b"d": 10,
    }


def test_a_share_is_one_slot_at_least() -> None:
    """With few slots (few descriptors) every suffix still gets on."""
    turns = filled(4, {b"a": 5, b"b": 5, b"c": 5, b"d": 5})
    assert len(begun(turns)) == 4


def test_who_waits_at_its_share_goes_on_when_a_slot_comes_back() -> None:
    """A slot that a suffix gives back while all is tight goes to it again."""
    turns = filled(20, {b"a": 30, b"b": 30, b"c": 30, b"d": 30, b"e": 30, b"f": 30})
    first = begun(turns)
    assert turns.next() is None
    turns.give_back(first[0][0])
    again = turns.next()
    assert again is not None
    assert again[0] == first[0][0]


def test_who_leaves_waits_no_more() -> None:
    """An item that leaves is not given a slot; one that has a slot cannot leave."""
    turns = filled(10, {b"a": 2})
    assert turns.leave(b"a", (b"a", 0))
    assert not turns.leave(b"a", (b"a", 0))
    assert begun(turns) == [(b"a", 1)]
    assert not turns.leave(b"a", (b"a", 1))


@given(
    slots=st.integers(1, 30),
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("wait"), st.integers(0, 5)),
            st.tuples(st.just("next"), st.just(0)),
            st.tuples(st.just("back"), st.integers(0, 100)),
            st.tuples(st.just("leave"), st.integers(0, 100)),
        ),
        max_size=200,
    ),
)
def test_nothing_is_lost_and_no_slot_is_made_up(slots: int, steps: list[tuple[str, int]]) -> None:
    """Whatever happens: counts are right, caps hold, and in the end everybody had a turn."""
    turns: Turns[int] = Turns(slots)
    waiting: list[tuple[bytes, int]] = []
    holding: list[tuple[bytes, int]] = []

    def step_next() -> bool:
        was_tight = turns.taken * 2 >= slots
        item = turns.next()
        if item is None:
            return False
        entry = next(entry for entry in waiting if entry[1] == item)
        waiting.remove(entry)
        held = sum(suffix == entry[0] for suffix, _ in holding)
        assert not was_tight or held < max(1, slots // 10)
        holding.append(entry)
        return True

    for number, (what, which) in enumerate(steps):
        if what == "wait":
            waiting.append((b"%d" % which, number))
            turns.wait(*waiting[-1])
        elif what == "next":
            step_next()
        elif what == "back" and holding:
            turns.give_back(holding.pop(which % len(holding))[0])
        elif what == "leave" and waiting:
            assert turns.leave(*waiting.pop(which % len(waiting)))
        assert (turns.taken, turns.waiting) == (len(holding), len(waiting))
        assert turns.taken <= slots
    while waiting:
        if not step_next():
            assert holding
            turns.give_back(holding.pop()[0])
