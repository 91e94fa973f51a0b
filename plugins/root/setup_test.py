# SPDX-License-Identifier: Apache-2.0
"""What `root` accepts."""

from pathlib import Path

import pytest

from plugins.root.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller


def test_relative_paths_start_there(tmp_path: Path) -> None:
    """Absolute ones stay what they are."""
    made = controller(f"root {tmp_path}")
    setup(made)
    assert made.path("db.example.org") == tmp_path / "db.example.org"
    assert made.path("/etc/hosts") == Path("/etc/hosts")


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("root", "Wrong argument count", id="no path"),
        pytest.param("root a b", "Wrong argument count", id="two paths"),
        pytest.param("root / {\n foo\n}", "unknown property 'foo'", id="a property"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        setup(controller(text))
