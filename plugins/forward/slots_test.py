# SPDX-License-Identifier: Apache-2.0
"""Who may have how many questions under way."""

from collections.abc import Callable

import pytest

from plugins.forward.slots import Slots
from resolver.request import Endpoint

HOME = "127.0.0.1"


def take(slots: Slots, line: object, client: str) -> Callable[[], None] | str:
    """Take a slot."""
    return slots.take(line, Endpoint(client, 4000))


@pytest.mark.parametrize(
    "takers, reason",
    [
        pytest.param([("a", HOME)] * 4, "line", id="half of them for one line"),
        pytest.param([("a", HOME)] * 4 + [("b", HOME)] * 4, "flights", id="all of them"),
        pytest.param([("a", "192.0.2.1")] * 2, "client", id="a quarter for one client"),
        pytest.param(
            [("a", "2001:db8::1"), ("b", "2001:db8::2")], "client", id="a client is a /64"
        ),
    ],
)
def test_the_caps(takers: list[tuple[str, str]], reason: str) -> None:
    """Of eight slots; what is given back can be taken again."""
    slots = Slots(8)
    given = [take(slots, *taker) for taker in takers]
    assert not [each for each in given if isinstance(each, str)]
    assert take(slots, *takers[-1]) == reason
    for give_back in given:
        assert callable(give_back)
        give_back()
    assert slots.taken == 0
    assert callable(take(slots, *takers[-1]))


def test_others_are_left_room() -> None:
    """A client, or a line, that has all it may have keeps nobody else from asking."""
    slots = Slots(8)
    for _ in range(3):
        take(slots, "a", "192.0.2.1")
    assert callable(take(slots, "a", "192.0.2.2"))
    assert callable(take(slots, "a", HOME))
    assert take(slots, "a", HOME) == "line"
    assert callable(take(slots, "b", HOME))


def test_one_is_always_left() -> None:
    """Few slots are shared out as one each."""
    assert callable(take(Slots(1), "a", "192.0.2.1"))
