# SPDX-License-Identifier: Apache-2.0
"""What `minimal` accepts."""

import pytest

from plugins.minimal.minimal import Minimal
from plugins.minimal.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import set_up


def test_it_stands_alone() -> None:
    """No arguments, no properties."""
    assert isinstance(set_up(setup, "minimal"), Minimal)


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("minimal example.org", "Wrong argument count", id="an argument"),
        pytest.param("minimal {\n foo\n}", "unknown property 'foo'", id="a property"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
