# SPDX-License-Identifier: Apache-2.0
"""What `multisocket` sets."""

import os

import pytest

from plugins.multisocket.setup import setup
from resolver.testing import controller


@pytest.mark.parametrize(
    ("text", "number"),
    [("multisocket", len(os.sched_getaffinity(0))), ("multisocket 3\nmultisocket 5", 5)],
)
def test_the_block_has_a_number_of_sockets(text: str, number: int) -> None:
    """One for each processor by default; it is a setting, and there is no handler."""
    made = controller(text)
    setup(made)
    assert (made.block.sockets, made.block.handlers) == (number, [])
