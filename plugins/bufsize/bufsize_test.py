# SPDX-License-Identifier: Apache-2.0
"""Which sizes there are."""

import pytest

from plugins.bufsize.bufsize import payload_size
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.mark.parametrize(
    "text, size",
    [
        pytest.param("bufsize", 1232, id="default"),
        pytest.param("bufsize 512", 512, id="the smallest"),
        pytest.param('bufsize "1220"', 1220, id="quoted"),
        pytest.param("bufsize 4096", 4096, id="the largest"),
    ],
)
def test_a_size(text: str, size: int) -> None:
    """RFC 6891, 6.2.3 and 6.2.5: less counts as 512, more gets fragmented for sure."""
    assert payload_size(controller(text).once()) == size


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("bufsize 511", "after '511'", id="too small"),
        pytest.param("bufsize 4097", "after '4097'", id="too large"),
        pytest.param("bufsize -1", "after '-1'", id="negative"),
        pytest.param("bufsize 512 512", "after '512'", id="two sizes"),
        pytest.param("bufsize abc123", 'strconv.Atoi: parsing "abc123": invalid', id="no number"),
    ],
)
def test_no_size(text: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError, match=f"Corefile:1 .* plugin/bufsize: .*{says}"):
        payload_size(controller(text).once())
