# SPDX-License-Identifier: Apache-2.0
"""Tests of how log lines look."""

import json
import logging
from collections.abc import Iterator

import pytest

from resolver.command.log_lines import JsonLines, TextLines


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Yield the root logger; its level is put back."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.INFO)
    yield logger
    logger.setLevel(before)


def record(
    text: str, name: str = "server", level: int = logging.INFO, error: Exception | None = None
) -> logging.LogRecord:
    info = (type(error), error, None) if error is not None else None
    made = logging.LogRecord(name, level, "", 0, text, (), info)
    made.created = 1_790_000_000.25
    return made


@pytest.mark.parametrize(
    ("given", "want"),
    [
        pytest.param(record("up"), "[INFO] up", id="the server's own"),
        pytest.param(
            record("old", "plugin/cache", logging.WARNING),
            "[WARNING] plugin/cache: old",
            id="a plugin's",
        ),
        pytest.param(record("q", "log"), "[INFO] q", id="a query's"),
        pytest.param(
            record("a\nb\x1b[1m\u2028", "plugin/x"),
            r"[INFO] plugin/x: a\x0ab\x1b[1m\x2028",
            id="forged",
        ),
        pytest.param(
            record("failed", error=ValueError("x")), "[INFO] failed: ValueError: x", id="an error"
        ),
        pytest.param(
            record("it: ValueError: x", error=ValueError("x")),
            "[INFO] it: ValueError: x",
            id="an error that is told already",
        ),
    ],
)
def test_text(root: logging.Logger, given: logging.LogRecord, want: str) -> None:
    """`[LEVEL] plugin/x: message`; one line whatever is in it."""
    assert TextLines().format(given) == want


def test_time_in_text(root: logging.Logger) -> None:
    """UTC, with milliseconds."""
    assert TextLines(with_time=True).format(record("up")) == "2026-09-21T14:13:20.250Z [INFO] up"


def test_json(root: logging.Logger) -> None:
    """One object, always with its time."""
    assert json.loads(JsonLines().format(record('"a"\n', "plugin/x", logging.ERROR))) == {
        "time": "2026-09-21T14:13:20.250Z",
        "level": "error",
        "logger": "plugin/x",
        "message": '"a"\\x0a',
    }


def test_a_whole_line_stays_alone(root: logging.Logger) -> None:
    """What is a JSON object already is not wrapped in another form."""
    given = record('{"a": 1}', "log")
    given.is_line = True
    assert TextLines(with_time=True).format(given) == JsonLines().format(given) == '{"a": 1}'


def test_a_traceback_is_for_debugging(root: logging.Logger) -> None:
    """Otherwise its last line says enough."""
    given = record("failed", error=ValueError("x"))
    assert "\n" not in TextLines().format(given)
    assert "traceback" not in json.loads(JsonLines().format(given))
    root.setLevel(logging.DEBUG)
    assert TextLines().format(given).splitlines()[1:] == ["ValueError: x"]
    assert json.loads(JsonLines().format(given))["traceback"] == "ValueError: x"
