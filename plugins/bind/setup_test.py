# SPDX-License-Identifier: Apache-2.0
"""What `bind` accepts, and where the block then listens."""

import pytest

from plugins.bind.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.mark.parametrize(
    "text, listen",
    [
        pytest.param("bind 127.0.0.1", ("127.0.0.1",), id="an address"),
        pytest.param("bind 127.0.0.1 ::1", ("127.0.0.1", "::1"), id="two addresses"),
        pytest.param("bind 127.0.0.1\nbind ::1", ("127.0.0.1", "::1"), id="two lines"),
        pytest.param("bind ::1 ::1\nbind 0:0::1", ("::1",), id="each once"),
        pytest.param("bind 127.0.0.1 ::1 {\n except ::1\n}", ("127.0.0.1",), id="all but one"),
        pytest.param("bind fe80::1%lo", ("fe80::1%lo",), id="a scope is kept"),
    ],
)
def test_addresses(text: str, listen: tuple[str, ...]) -> None:
    """Lines add up; `except` speaks of its own line."""
    made = controller(text)
    setup(made)
    assert made.block.listen == listen


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("bind", "at least one address or interface name is expected", id="nothing"),
        pytest.param(
            "bind 1.2.3.bad",
            'not a valid IP address or interface name: "1.2.3.bad"',
            id="no address",
        ),
        pytest.param("bind ::1 {\n except\n}", "at least one address", id="except nothing"),
        pytest.param("bind ::1 {\n unless ::1\n}", "unknown property 'unless'", id="a property"),
    ],
)
def test_errors(text: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        setup(controller(text))
