# SPDX-License-Identifier: Apache-2.0
"""What `loop` accepts."""

import pytest

from plugins.loop.loop import Loop
from plugins.loop.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller, set_up

LONG = ".".join(["x" * 54] * 4)  # has room for one label of a probe, not for two


def test_it_watches_once_the_listeners_are_up() -> None:
    """No arguments, no properties."""
    made = controller("loop")
    setup(made)
    (handler,) = made.block.handlers
    assert isinstance(handler, Loop)
    assert made.block.hooks.started == [handler.start]
    assert made.block.hooks.shutdown == [handler.close]


@pytest.mark.parametrize(
    "text, zone, says",
    [
        pytest.param("loop argument", ".", "Wrong argument count", id="an argument"),
        pytest.param("loop {\n foo\n}", ".", "unknown property 'foo'", id="a property"),
        pytest.param("loop\nloop", ".", "can only be used once per Server Block", id="twice"),
        pytest.param("loop", LONG, "name over 255 octets", id="no room for a probe"),
    ],
)
def test_everything_else_is_refused(text: str, zone: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=f"plugin/loop: .*{says}"):
        set_up(setup, text, zones=[zone])
