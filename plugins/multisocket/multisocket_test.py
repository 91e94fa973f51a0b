# SPDX-License-Identifier: Apache-2.0
"""Which numbers there are."""

import pytest

from plugins.multisocket.multisocket import sockets
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.mark.parametrize(
    ("text", "number"),
    [("multisocket", 7), ("multisocket 1", 1), ("multisocket 2", 2), ("multisocket 1024", 1024)],
)
def test_a_number(text: str, number: int) -> None:
    """The default is handed in."""
    assert sockets(controller(text).once(), 7) == number


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("multisocket text", "invalid num sockets: text", id="a word"),
        pytest.param("multisocket 0", "num sockets can not be zero or negative: 0", id="none"),
        pytest.param("multisocket -1", "num sockets can not be zero or negative: -1", id="less"),
        pytest.param("multisocket 1025", "num sockets exceeds maximum", id="too many"),
        pytest.param("multisocket 2 2", "Wrong argument count .* after '2'", id="two numbers"),
        pytest.param(
            "multisocket 2 {\n block\n}", "Unexpected token '{', expecting argument", id="braces"
        ),
    ],
)
def test_no_number(text: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError, match=f"Corefile:1 .* plugin/multisocket: {says}"):
        sockets(controller(text).once(), 7)
