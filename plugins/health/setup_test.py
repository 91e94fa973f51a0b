# SPDX-License-Identifier: Apache-2.0
"""What `health` accepts."""

import pytest

from plugins.health.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("health", id="nothing"),
        pytest.param("health localhost:1234", id="an address"),
        pytest.param("health :0", id="a free port"),
        pytest.param("health localhost:1234 {\n lameduck 4s\n}", id="lameduck"),
        pytest.param("health {\n lameduck 0\n}", id="no lameduck"),
    ],
)
def test_what_it_accepts(text: str) -> None:
    """It is no handler."""
    made = controller(text)
    setup(made)
    assert made.block.handlers == []
    assert len(made.block.hooks.lameduck) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("health bla", "missing port in address", id="no port"),
        pytest.param("health bla:a", "not an address", id="no number"),
        pytest.param("health bla bla", "Wrong argument count", id="two addresses"),
        pytest.param(
            "health localhost:1234 {\n lameduck a\n}",
            "unable to parse lameduck duration value: 'a' : time: invalid duration",
            id="a time that is none",
        ),
        pytest.param("health {\n lameduck\n}", "Wrong argument count", id="no time"),
        pytest.param("health {\n lamedudk 4\n}", "unknown property 'lamedudk'", id="a property"),
        pytest.param("health\nhealth", "can only be used once", id="twice in a block"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=rf"^Corefile:\d .*{says}"):
        setup(controller(text))
