# SPDX-License-Identifier: Apache-2.0
"""What `bufsize` sets."""

import pytest

from plugins.bufsize.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.mark.parametrize(
    "text, size",
    [
        pytest.param("bufsize 1400", 1400, id="one line"),
        pytest.param("bufsize 1400\nbufsize 600", 600, id="of several the last"),
    ],
)
def test_the_block_has_a_payload_size(text: str, size: int) -> None:
    """It is a setting: there is no handler."""
    made = controller(text)
    setup(made)
    assert (made.block.payload_size, made.block.handlers) == (size, [])


def test_properties_are_refused() -> None:
    """There are none."""
    with pytest.raises(ConfigurationError, match="unknown property 'foo'"):
        setup(controller("bufsize {\n foo\n}"))
