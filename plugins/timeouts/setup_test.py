# SPDX-License-Identifier: Apache-2.0
"""What `timeouts` sets."""

import pytest

from plugins.timeouts.setup import setup
from resolver.errors import ConfigurationError
from resolver.limits import Timeouts
from resolver.testing import controller


@pytest.mark.parametrize(
    "text, timeouts",
    [
        pytest.param("timeouts {\n read 30s\n}", Timeouts(read_ms=30_000), id="one of them"),
        pytest.param(
            "timeouts {\n read 1m\n write 2\n idle 1h\n maxtcpqueries 128\n}",
            Timeouts(60_000, 2000, 3_600_000, 128),
            id="all",
        ),
        pytest.param(
            "timeouts {\n idle 1h\n maxtcpqueries 9\n}\ntimeouts {\n idle 9\n maxtcpqueries -1\n}",
            Timeouts(idle_ms=9000, queries=0),
            id="of several the last",
        ),
    ],
)
def test_the_block_has_time_outs(text: str, timeouts: Timeouts) -> None:
    """They are settings: there is no handler."""
    made = controller(text)
    setup(made)
    assert (made.block.timeouts, made.block.handlers) == (timeouts, [])


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("timeouts", "timeouts block with no timeouts specified", id="no block"),
        pytest.param("timeouts {\n}", "timeouts block with no timeouts specified", id="empty"),
        pytest.param("timeouts 5s", "Wrong argument count", id="an argument"),
        pytest.param(
            "timeouts {\n read 10s\n giraffe 30s\n}", "unknown option: 'giraffe'", id="a property"
        ),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        setup(controller(text))
