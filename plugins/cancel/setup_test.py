# SPDX-License-Identifier: Apache-2.0
"""What `cancel` sets."""

import pytest

from plugins.cancel.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller


def test_the_block_has_a_patience_of_its_own() -> None:
    """It is a setting: the server keeps the deadline, and there is no handler."""
    made = controller("cancel 3s\ncancel 2s")
    setup(made)
    assert (made.block.patience_ms, made.block.handlers) == (2000, [])


def test_properties_are_refused() -> None:
    """There are none."""
    with pytest.raises(ConfigurationError, match="unknown property 'foo'"):
        setup(controller("cancel {\n foo\n}"))
