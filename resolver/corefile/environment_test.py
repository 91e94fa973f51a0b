# SPDX-License-Identifier: Apache-2.0
"""Tests of environment variables in a Corefile."""

import pytest

from resolver.corefile.environment import expand

VALUES = {"ZONE": "example.org", "PORT": "53", "VIA": "{$ZONE}", "MIXED": "{$PORT}", "": "empty"}


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("plain", "plain", id="no reference"),
        pytest.param("{$ZONE}:{$PORT}", "example.org:53", id="two of them"),
        pytest.param("a{%ZONE%}b", "aexample.orgb", id="the other form"),
        pytest.param("{$NOT_SET}x", "x", id="an unset variable is empty"),
        pytest.param("{$}", "{$}", id="no name, no reference"),
        pytest.param("{%%}", "{%%}", id="no name in the other form"),
        pytest.param("{$ZONE", "{$ZONE", id="not closed"),
        pytest.param("{$VIA}", "example.org", id="a value may hold a reference"),
        pytest.param("{%MIXED%}", "53", id="the other form first"),
        pytest.param("{", "{", id="a brace"),
    ],
)
def test_references_are_replaced(text: str, want: str) -> None:
    """`{%X%}` first, then `{$X}`."""
    assert expand(text, VALUES) == want


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"A": "{$A}"}, id="itself"),
        pytest.param({"A": "{$B}", "B": "x{$A}"}, id="in a circle"),
        pytest.param({"A": "{$A}{$A}"}, id="growing"),
    ],
)
def test_a_circle_is_refused(values: dict[str, str]) -> None:
    """References without an end are an error, not a hang."""
    with pytest.raises(ValueError, match="without end"):
        expand("{$A}", values)
