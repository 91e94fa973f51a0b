# SPDX-License-Identifier: Apache-2.0
"""What `metadata` accepts."""

import pytest

from plugins.metadata.setup import setup
from resolver import names
from resolver.errors import ConfigurationError
from resolver.testing import set_up


@pytest.mark.parametrize(
    "text, zones",
    [
        pytest.param("metadata", ["example.net."], id="the block's zones"),
        pytest.param("metadata a.example b.example", ["a.example.", "b.example."], id="its own"),
        pytest.param("metadata 192.0.2.0/24", ["2.0.192.in-addr.arpa."], id="a reverse zone"),
    ],
)
def test_zones(text: str, zones: list[str]) -> None:
    """Those that it names, or those of the server block."""
    made = set_up(setup, text, zones=["example.net"])
    assert [names.to_text(zone) for zone in made.zones] == zones


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("metadata {\n labels\n}", "unknown property 'labels'", id="a property"),
        pytest.param("metadata {\n}", "no braces", id="braces"),
        pytest.param("metadata a..b", "empty label", id="no name"),
        pytest.param("metadata\nmetadata", "only be used once per Server Block", id="twice"),
    ],
)
def test_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
