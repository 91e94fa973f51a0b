# SPDX-License-Identifier: Apache-2.0
"""Which values there are."""

import pytest

from plugins.timeouts.timeouts import queries, timeout_ms
from resolver.corefile.controller import Line
from resolver.errors import ConfigurationError
from resolver.testing import controller


def line(words: str) -> Line:
    return controller(f"timeouts {{\n {words}\n}}").once().properties[0]


@pytest.mark.parametrize(
    "words, timeout",
    [
        pytest.param("read 30s", 30_000, id="seconds"),
        pytest.param("read 10", 10_000, id="a bare number"),
        pytest.param("read 1m30s", 90_000, id="minutes"),
        pytest.param("idle 1s", 1000, id="the shortest"),
        pytest.param("idle 24h", 86_400_000, id="the longest"),
    ],
)
def test_a_duration(words: str, timeout: int) -> None:
    """As Go writes it, or in seconds."""
    assert timeout_ms(line(words)) == timeout


@pytest.mark.parametrize(
    "words, says",
    [
        pytest.param("read", "Wrong argument count", id="none"),
        pytest.param("read 10s 20s", "Wrong argument count", id="two"),
        pytest.param("write snake", "failed to parse duration 'snake'", id="a word"),
        pytest.param("idle 0s", "timeout provided '0s' needs to be between", id="too short"),
        pytest.param("idle -5", "timeout provided '-5' needs to be between", id="negative"),
        pytest.param("read 48h", "timeout provided '48h' needs to be between", id="too long"),
    ],
)
def test_no_duration(words: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError, match=f"Corefile:2 .* plugin/timeouts: {says}"):
        timeout_ms(line(words))


@pytest.mark.parametrize(("text", "number"), [("128", 128), ("1", 1), ("-1", 0)])
def test_a_number_of_queries(text: str, number: int) -> None:
    """-1 is any number."""
    assert queries(line(f"maxtcpqueries {text}")) == number


@pytest.mark.parametrize(
    "words, says",
    [
        pytest.param("maxtcpqueries 0", "needs to be -1", id="none"),
        pytest.param("maxtcpqueries -2", "needs to be -1", id="negative"),
        pytest.param("maxtcpqueries snake", "invalid value for maxtcpqueries", id="a word"),
        pytest.param("maxtcpqueries", "Wrong argument count", id="nothing"),
    ],
)
def test_no_number_of_queries(words: str, says: str) -> None:
    """In CoreDNS's words."""
    with pytest.raises(ConfigurationError, match=says):
        queries(line(words))
