# SPDX-License-Identifier: Apache-2.0
"""What `erratic` accepts."""

import pytest

from plugins.erratic.erratic import Every
from plugins.erratic.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import set_up


@pytest.mark.parametrize(
    "text, every",
    [
        pytest.param("erratic", Every(drop=2), id="nothing said"),
        pytest.param("erratic {\n drop 3\n}", Every(drop=3), id="drop"),
        pytest.param("erratic {\n drop 0\n}", Every(), id="never"),
        pytest.param("erratic {\n truncate\n}", Every(truncate=2), id="truncate, default"),
        pytest.param("erratic {\n delay\n}", Every(delay=2, delay_ms=100), id="delay, default"),
        pytest.param("erratic {\n drop 2\n delay 3 1ms\n}", Every(2, 0, 3, 1), id="drop and delay"),
        pytest.param("erratic {\n large\n}", Every(large=True), id="large"),
    ],
)
def test_which_queries(text: str, every: Every) -> None:
    """Every second query is dropped if nothing is said; else what is said alone."""
    assert set_up(setup, text).every == every


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("erratic 2", "Wrong argument count", id="an argument"),
        pytest.param("erratic {\n drop -1\n}", 'illegal amount value given "-1"', id="negative"),
        pytest.param("erratic {\n drop 1 2\n}", "Wrong argument count", id="two amounts"),
        pytest.param("erratic {\n truncate 15.a\n}", "strconv.Atoi", id="no number"),
        pytest.param("erratic {\n delay 1 2 4\n}", "Wrong argument count", id="three arguments"),
        pytest.param("erratic {\n delay 3 bla\n}", "invalid duration", id="no duration"),
        pytest.param(
            "erratic {\n delay 3 -1s\n}", "illegal duration '-1s' given", id="a negative duration"
        ),
        pytest.param("erratic {\n large 2\n}", "Wrong argument count", id="how large"),
        pytest.param(
            "erratic {\n something-else\n}", "unknown property 'something-else'", id="a property"
        ),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
