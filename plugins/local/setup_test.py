# SPDX-License-Identifier: Apache-2.0
"""What `local` accepts."""

import pytest

from plugins.local.guard import Guard
from plugins.local.local import Local
from plugins.local.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import NextHandler, controller, run, set_up


@pytest.mark.parametrize(
    "text, has_prefix",
    [
        pytest.param("local", True, id="nothing said"),
        pytest.param("local {\n localhost_prefix on\n}", True, id="on"),
        pytest.param("local {\n localhost_prefix off\n}", False, id="off"),
    ],
)
def test_the_prefix_is_answered_unless_switched_off(text: str, has_prefix: bool) -> None:
    assert set_up(setup, text).has_prefix is has_prefix


def test_the_guard_is_posted_at_start_up() -> None:
    """Then the chain is whole."""
    made, sender = controller("local"), NextHandler()
    setup(made)
    (handler,) = made.block.handlers
    assert isinstance(handler, Local)
    sender.name = "forward"
    made.block.handlers.append(sender)
    for hook in made.block.hooks.startup:
        run(hook())
    assert isinstance(handler.next_handler, Guard)


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("local example.org", "Wrong argument count", id="an argument"),
        pytest.param("local { foo }", "Unexpected token '}'", id="braces on one line"),
        pytest.param("local {\n foo\n}", "unknown property 'foo'", id="a property"),
        pytest.param(
            "local {\n localhost_prefix maybe\n}", "invalid value 'maybe'", id="no on or off"
        ),
        pytest.param("local {\n localhost_prefix\n}", "Wrong argument count", id="no value"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
