# SPDX-License-Identifier: Apache-2.0
"""What `any` accepts."""

import pytest

from plugins.any.any import Any
from plugins.any.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import set_up


def test_it_stands_alone() -> None:
    """No arguments, no properties."""
    assert isinstance(set_up(setup, "any"), Any)


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("any example.org", "Wrong argument count", id="an argument"),
        pytest.param("any {\n foo\n}", "unknown property 'foo'", id="a property"),
        pytest.param("any { foo }", "Unexpected token '}'", id="braces on one line"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
