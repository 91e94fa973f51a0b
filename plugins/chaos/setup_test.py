# SPDX-License-Identifier: Apache-2.0
"""What `chaos` accepts."""

import socket

import pytest

from plugins.chaos.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import RecordingWriter, controller, request, serve
from resolver.version import VERSION

HOST = socket.gethostname().encode()


def answers(text: str, name: str) -> set[bytes]:
    """Return the texts under a name, set up from a Corefile's line."""
    made = controller(text)
    setup(made)
    assert made.block.qclasses == {1, 3}
    writer = RecordingWriter()
    serve(made.block.handlers[0], writer, request(f"{name} CH TXT"))
    return {record.rdata[1:] for record in writer.response.records()}


@pytest.mark.parametrize(
    "text, name, want",
    [
        pytest.param("chaos", "version.bind.", {f"Rootward-{VERSION}".encode()}, id="default"),
        pytest.param("chaos", "authors.bind.", set[bytes](), id="no authors"),
        pytest.param("chaos", "id.server.", {HOST}, id="the host's name"),
        pytest.param("chaos v2", "version.bind.", {b"v2"}, id="a version"),
        pytest.param('chaos v3 "A B" C C', "authors.bind.", {b"A B", b"C"}, id="authors, once"),
    ],
)
def test_a_version_then_authors(text: str, name: str, want: set[bytes]) -> None:
    """The block takes questions in class CH from then on."""
    assert answers(text, name) == want


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("chaos v2 {\n unknown\n}", "unknown property 'unknown'", id="a property"),
        pytest.param("chaos\nchaos", "can only be used once per Server Block", id="twice"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        setup(controller(text))
