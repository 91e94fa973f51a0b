# SPDX-License-Identifier: Apache-2.0
"""What `ready` accepts."""

import pytest

from plugins.ready.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ready", id="nothing"),
        pytest.param("ready localhost:1234", id="an address"),
        pytest.param("ready {\n monitor until-ready\n}", id="until ready"),
        pytest.param("ready localhost:1234 {\n monitor continuously\n}", id="continuously"),
    ],
)
def test_what_it_accepts(text: str) -> None:
    """It is no handler."""
    made = controller(text)
    setup(made)
    assert made.block.handlers == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("ready bla", "missing port in address", id="no port"),
        pytest.param("ready bla bla", "Wrong argument count", id="two addresses"),
        pytest.param("ready localhost:1234 b", "Wrong argument count", id="a word more"),
        pytest.param("ready {\n monitor 404\n}", "monitor type '404' not supported", id="a number"),
        pytest.param("ready {\n monitor\n}", "Wrong argument count", id="no type"),
        pytest.param("ready {\n monitro x\n}", "unknown property 'monitro'", id="a property"),
        pytest.param("ready\nready", "can only be used once", id="twice in a block"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=rf"^Corefile:\d .*{says}"):
        setup(controller(text))
