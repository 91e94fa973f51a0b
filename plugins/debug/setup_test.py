# SPDX-License-Identifier: Apache-2.0
"""What `debug` accepts."""

import logging
from collections.abc import Iterator

import pytest

from plugins.debug.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.fixture(autouse=True)
def _level() -> Iterator[None]:
    before = logging.getLogger().level
    yield
    logging.getLogger().setLevel(before)


def test_the_word_is_all() -> None:
    """`debug` turns on debugging of its block, and adds no handler."""
    made = controller("debug")
    setup(made)
    assert made.block.debug and made.block.handlers == []
    assert logging.getLogger().level == logging.DEBUG


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("debug off", "Wrong argument count", id="an argument"),
        pytest.param("debug {\n foo\n}", "unknown property 'foo'", id="a property"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """And then nothing is turned on."""
    made = controller(text)
    with pytest.raises(ConfigurationError, match=says):
        setup(made)
    assert not made.block.debug
