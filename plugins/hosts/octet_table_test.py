# SPDX-License-Identifier: Apache-2.0
"""An OctetTable is a set, and a list without repetition."""

import tracemalloc
from collections.abc import Collection

from hypothesis import given
from hypothesis import strategies as st

from plugins.hosts.octet_table import OctetTable


@given(st.lists(st.binary(max_size=3) | st.binary(max_size=40)), st.integers(0, 100))
def test_it_does_what_a_dict_does(strings: list[bytes], expected: int) -> None:
    """Whatever the strings and however wrong the guess of their number."""
    table, model = OctetTable(expected), dict[bytes, int]()
    for string in strings:
        assert table.add(string) == model.setdefault(string, len(model))
    assert list(table) == list(model)
    assert len(table) == len(model)
    assert table ^ set(model) == set()
    for string, number in model.items():
        assert table.number(string) == number
        assert table.string(number) == string
        assert table.number(string + b"x") == model.get(string + b"x", -1)


def test_other_things_are_not_in_it() -> None:
    """As for any set."""
    filled = OctetTable()
    filled.add(b"a")
    table: Collection[object] = filled
    assert b"a" in table
    assert b"b" not in table
    assert "a" not in table


def test_sets_made_of_it_are_ordinary_ones() -> None:
    """Union and difference leave the table alone."""
    table = OctetTable()
    table.add(b"a")
    assert table | {b"b"} == {b"a", b"b"}
    assert isinstance(table - {b"a"}, frozenset)
    assert list(table) == [b"a"]


def test_a_string_costs_twenty_octets_beside_its_own() -> None:
    """Whatever size the growing arrays have reached."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        table = OctetTable()
        for number in range(50_000):
            table.add(b"%020d" % number)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken / 50_000 < 20 + 24
