# SPDX-License-Identifier: Apache-2.0
"""Regular expressions: which are taken, and how they are refused."""

import pytest

from resolver.patterns import compile_pattern


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("(", "^error parsing regexp: missing", id="no end"),
        pytest.param(r"(a)\1", "^error parsing regexp: invalid escape", id="RE2 has no references"),
        pytest.param("a" * 10_001, "^regex pattern too long: 10001 > 10000", id="too long"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    """ValueError, and nothing on the standard error output."""
    with pytest.raises(ValueError, match=says):
        compile_pattern(text)


def test_groups_have_numbers_and_names() -> None:
    """Go's syntax."""
    found = compile_pattern("^(?P<a>x+)(y)?").search("xxz")
    assert (found["a"], found[2]) == ("xx", None)
