# SPDX-License-Identifier: Apache-2.0
"""What `errors` accepts."""

import logging

import pytest

from plugins.errors.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller, set_up


@pytest.mark.parametrize(
    "text, patterns",
    [
        pytest.param("errors", [], id="alone"),
        pytest.param("errors stdout", [], id="stdout is where it goes anyway"),
        pytest.param(
            'errors {\n consolidate 1m "a b"\n consolidate 5s c warning show_first\n}',
            [("a b", 60_000, logging.ERROR, False), ("c", 5000, logging.WARNING, True)],
            id="patterns",
        ),
    ],
)
def test_accepted(text: str, patterns: list[tuple[str, int, int, bool]]) -> None:
    """Patterns in their order."""
    handler = set_up(setup, text)
    assert [
        (p.expression.pattern, p.period_ms, p.level, p.show_first) for p in handler.patterns
    ] == patterns


def test_stacktrace_shows_where_a_panic_happened() -> None:
    """As `debug` does for its block."""
    made = controller("errors {\n stacktrace\n}")
    setup(made)
    assert made.block.debug


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("errors errors.txt", "invalid log file: errors.txt", id="a file"),
        pytest.param("errors a b", "Wrong argument count", id="two words"),
        pytest.param("errors\nerrors", "can only be used once per Server Block", id="twice"),
        pytest.param("errors {\n log\n}", "unknown property 'log'", id="property"),
        pytest.param("errors {\n stacktrace 1\n}", "Wrong argument count", id="stacktrace"),
        pytest.param("errors {\n consolidate 1m\n}", "Wrong argument count", id="no pattern"),
        pytest.param("errors {\n consolidate 1 x\n}", "missing unit in duration", id="no unit"),
        pytest.param("errors {\n consolidate 0s x\n}", "invalid duration", id="no time"),
        pytest.param("errors {\n consolidate 1m ())\n}", "error parsing regexp", id="pattern"),
        pytest.param(
            "errors {\n consolidate 1m " + "x" * 10_001 + "\n}", "regex pattern too long", id="long"
        ),
        pytest.param("errors {\n consolidate 1m x y\n}", "unexpected argument 'y'", id="option"),
        pytest.param(
            "errors {\n consolidate 1m x show_first info\n}", "unexpected log level", id="order"
        ),
        pytest.param(
            "errors {\n consolidate 1m x info debug\n}", "unexpected log level", id="two levels"
        ),
    ],
)
def test_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
