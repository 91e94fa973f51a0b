# SPDX-License-Identifier: Apache-2.0
"""Chains are lists."""

from hypothesis import given
from hypothesis import strategies as st

from plugins.hosts.chains import LONGEST, Chains


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9))))
def test_they_do_what_lists_do(appended: list[tuple[int, int]]) -> None:
    """Each in the order in which its numbers came, each number once."""
    chains, model = Chains(), list[list[int]]()
    for wished, value in appended:
        key = min(wished, len(model))
        if key == len(model):
            model.append([])
        if value not in model[key]:
            model[key].append(value)
        assert chains.append(key, value)
    assert [list(chains.values(key)) for key in range(len(model))] == model
    assert chains.links == sum(map(len, model))


def test_a_full_one_takes_no_more() -> None:
    """It says so, and stays as it was; others go on."""
    chains = Chains()
    assert all(chains.append(0, value) for value in range(LONGEST))
    assert not chains.append(0, LONGEST)
    assert list(chains.values(0)) == list(range(LONGEST))
    assert chains.append(1, LONGEST)
