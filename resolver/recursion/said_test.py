# SPDX-License-Identifier: Apache-2.0
"""libunbound's words on their way to logs and clients; tests/native has the bridge at work."""

import logging

import pytest

from resolver.recursion.said import MAX_WHY_OCTETS, parse_log_line, reason


@pytest.mark.parametrize(
    ("line", "level", "text"),
    [
        pytest.param(
            b"[1700000000] libunbound[12:0] error: bad thing",
            logging.ERROR,
            "bad thing",
            id="error",
        ),
        pytest.param(
            b"Nov 24 06:52:23 libunbound[12:a] fatal error: out of memory",
            logging.CRITICAL,
            "out of memory",
            id="fatal error with a readable time",
        ),
        pytest.param(
            b"[1] libunbound[1:0] warning: a: b", logging.WARNING, "a: b", id="a colon in the text"
        ),
        pytest.param(b"[1] libunbound[1:0] notice: n", logging.INFO, "n", id="notice"),
        pytest.param(b"[1] libunbound[1:0] debug: d", logging.DEBUG, "d", id="debug"),
        pytest.param(b"something else", logging.INFO, "something else", id="another form"),
        pytest.param(
            b"[1] libunbound[1:0] info: \x1b[2J\xff", logging.INFO, "?[2J?", id="not printable"
        ),
    ],
)
def test_log_lines(line: bytes, level: int, text: str) -> None:
    """libunbound's words become a level and a text without control characters."""
    assert parse_log_line(line) == (level, text)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        pytest.param(b"no keys have a DS", "no keys have a DS", id="it fits"),
        pytest.param(bytes(300), "?" * MAX_WHY_OCTETS, id="it is cut"),
        pytest.param("aéb\x7f\n".encode(), "a??b??", id="what is not plain ASCII"),
    ],
)
def test_reasons_are_short_and_plain(octets: bytes, text: str) -> None:
    """EXTRA-TEXT is UTF-8 and short (RFC 8914, 2), and nobody's control characters."""
    assert reason(octets) == text
