# SPDX-License-Identifier: Apache-2.0
"""In which order upstreams are tried."""

import random

import pytest

from plugins.forward.policy import NAMES, policy

ABC = ("a", "b", "c")


def test_sequential_is_the_order_of_the_line() -> None:
    """Every time."""
    ordered = policy("sequential", random.Random(1))
    assert [ordered(ABC), ordered(ABC)] == [["a", "b", "c"]] * 2


def test_round_robin_begins_with_the_next_one_each_time() -> None:
    """And goes round; also when there are fewer by then."""
    ordered = policy("round_robin", random.Random(1))
    turns = ["".join(ordered(ABC)) for _ in range(4)]
    assert turns == ["abc", "bca", "cab", "abc"]
    assert ordered(()) == []


def test_random_is_any_order() -> None:
    """All of them, each once, and each one first sometimes."""
    ordered = policy("random", random.Random(1))
    orders = [tuple(ordered(ABC)) for _ in range(100)]
    assert {tuple(sorted(order)) for order in orders} == {ABC}
    assert len(set(orders)) == 6


def test_names() -> None:
    """All have one, and no other is taken."""
    for name in NAMES:
        assert policy(name, random.Random(1))(ABC)
    with pytest.raises(ValueError, match="unknown policy 'x'"):
        policy("x", random.Random(1))
