# SPDX-License-Identifier: Apache-2.0
"""What `nsid` accepts."""

import socket

import pytest

from plugins.nsid.setup import setup
from resolver.errors import ConfigurationError
from resolver.request import Edns
from resolver.testing import NextHandler, RecordingWriter, request, serve, set_up


@pytest.mark.parametrize(
    "text, token",
    [
        pytest.param("nsid", socket.gethostname().encode(), id="the host's name"),
        pytest.param("nsid ps0", b"ps0", id="a word"),
        pytest.param("nsid tf 2", b"tf 2", id="words, joined by spaces"),
        pytest.param('nsid "tf  2"', b"tf  2", id="quoted"),
    ],
)
def test_the_arguments_are_the_token(text: str, token: bytes) -> None:
    """Without arguments it is the host's name."""
    handler, writer = set_up(setup, text, NextHandler(rcode=5)), RecordingWriter()
    serve(handler, writer, request("example.org. A", edns=Edns(options=((3, b""),))))
    assert writer.response.options == ((3, token),)


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("nsid\nnsid", "can only be used once per Server Block", id="twice"),
        pytest.param("nsid {\n foo\n}", "unknown property 'foo'", id="a property"),
        pytest.param(f"nsid {'x' * 257}", "token over 256 octets", id="a long token"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
