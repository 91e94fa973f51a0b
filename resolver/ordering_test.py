# SPDX-License-Identifier: Apache-2.0
"""Tests of where plugins from outside come to stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.ordering import DEFAULT, Place, arrange

ORDER = ("acl", "cache", "forward", "unbound")


def before(name: str) -> Place:
    return Place(name)


def after(name: str) -> Place:
    return Place(name, is_after=True)


@pytest.mark.parametrize(
    ("places", "want"),
    [
        pytest.param({}, "acl cache forward unbound", id="nobody"),
        pytest.param({"x": DEFAULT}, "acl cache x forward unbound", id="who says nothing"),
        pytest.param({"x": before("acl")}, "x acl cache forward unbound", id="first"),
        pytest.param({"x": after("unbound")}, "acl cache forward unbound x", id="last"),
        pytest.param({"x": after("acl")}, "acl x cache forward unbound", id="after"),
        pytest.param(
            {"z": before("cache"), "y": before("cache")},
            "acl y z cache forward unbound",
            id="two at one place",
        ),
        pytest.param(
            {"z": after("cache"), "y": after("cache")},
            "acl cache y z forward unbound",
            id="two after the same",
        ),
        pytest.param(
            {"a": after("b"), "b": before("cache"), "c": before("a")},
            "acl b c a cache forward unbound",
            id="beside each other",
        ),
    ],
)
def test_places(places: dict[str, Place], want: str) -> None:
    """Right before or right after whom they name, else right before `forward`."""
    assert arrange(ORDER, places) == (want.split(), {})


@pytest.mark.parametrize(
    ("places", "reasons"),
    [
        pytest.param(
            {"x": before("y"), "y": before("x")},
            {
                "x": "'x' is to stand before 'y', 'y' before 'x': a circle",
                "y": "'y' is to stand before 'x', 'x' before 'y': a circle",
            },
            id="two",
        ),
        pytest.param(
            {"x": after("x")}, {"x": "'x' is to stand after 'x': a circle"}, id="beside itself"
        ),
        pytest.param(
            {"w": after("x"), "x": after("y"), "y": before("x")},
            {
                "w": "'w' is to stand after 'x', 'x' after 'y', 'y' before 'x': a circle",
                "x": "'x' is to stand after 'y', 'y' before 'x': a circle",
                "y": "'y' is to stand before 'x', 'x' after 'y': a circle",
            },
            id="one leads into it",
        ),
        pytest.param(
            {"x": before("nobody")},
            {"x": "'x' is to stand before 'nobody', which is not there"},
            id="beside nobody",
        ),
    ],
)
def test_who_stands_nowhere(places: dict[str, Place], reasons: dict[str, str]) -> None:
    """The reason names all that take part; everybody else has their place."""
    arranged, misplaced = arrange(ORDER, {**places, "good": after("acl")})
    assert arranged == ["acl", "good", "cache", "forward", "unbound"]
    assert misplaced == reasons


NAMES = st.sampled_from([*ORDER, *"abcdef", "nobody"])


@given(st.dictionaries(st.sampled_from("abcdef"), st.builds(Place, NAMES, st.booleans())))
def test_any_places(places: dict[str, Place]) -> None:
    """Everybody stands once or has a reason; the list's own order and all wishes are kept."""
    arranged, misplaced = arrange(ORDER, places)
    assert sorted([*arranged, *misplaced]) == sorted([*ORDER, *places])
    assert [name for name in arranged if name in ORDER] == list(ORDER)
    at = {name: index for index, name in enumerate(arranged)}
    for name in set(places) & set(at):
        assert (at[name] > at[places[name].name]) == places[name].is_after
