# SPDX-License-Identifier: Apache-2.0
"""What `greet` accepts."""

import pytest

from resolver.errors import ConfigurationError
from resolver.testing import Case, RecordingWriter, request, serve, set_up
from rootward_greet.setup import setup


@pytest.mark.parametrize(
    "text, answer",
    [
        pytest.param("greet hello", '60 IN TXT "hello"', id="a word"),
        pytest.param('greet "good day"', '60 IN TXT "good day"', id="several words"),
        pytest.param("greet hello {\n ttl 5\n}", '5 IN TXT "hello"', id="a TTL"),
        pytest.param("greet hello {\n ttl 0\n}", '0 IN TXT "hello"', id="TTL 0"),
        pytest.param(f"greet {255 * 'x'}", f"60 IN TXT {255 * 'x'}", id="the longest text"),
    ],
)
def test_the_argument_is_the_text(text: str, answer: str) -> None:
    """And the TTL is a minute unless the block says another."""
    writer = RecordingWriter()
    serve(set_up(setup, text), writer, request("example.org. TXT"))
    Case("example.org. TXT", [f"example.org. {answer}"]).check(writer.response)


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("greet", "Corefile:1 - .* Wrong argument count", id="no text"),
        pytest.param("greet good day", "Wrong argument count .* after 'day'", id="two words"),
        pytest.param(f"greet {256 * 'x'}", "text over 255 octets: 256", id="a long text"),
        pytest.param("greet hello\ngreet hi", "Corefile:2 - .* only be used once", id="twice"),
        pytest.param("greet hello {\n foo\n}", "unknown property 'foo'", id="a property"),
        pytest.param("greet hello {\n ttl\n}", "Wrong argument count", id="no TTL"),
        pytest.param("greet hello {\n ttl soon\n}", 'Corefile:2 - .* parsing "soon"', id="word"),
        pytest.param("greet hello {\n ttl 86401\n}", r"in range \[0, 86400\]", id="a long TTL"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
