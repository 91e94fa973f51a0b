# SPDX-License-Identifier: Apache-2.0
"""How finished lines of queries come to the process's log."""

import logging
import os
from collections.abc import Iterator

import pytest

from resolver.command.log_lines import JsonLines, TextLines
from resolver.command.log_writer import LogWriter
from resolver.querylog import LOGGER, taker


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Yield the root of loggers, without handlers, as the process's log has it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    root.setLevel(logging.INFO)
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def written(root: logging.Logger, formatter: logging.Formatter, *more: logging.Handler) -> bytes:
    """Return what is written of a line with a start and of a whole one."""
    reading, writing = os.pipe()
    log = LogWriter(writing)
    log.setFormatter(formatter)
    for handler in (log, *more):
        root.addHandler(handler)
    takes = taker()
    takes.take(takes.start + b"a \xc3\xa4\n" + b'{"a":1}\n', 2)
    log.close()
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        return file.read()


@pytest.mark.parametrize(
    "formatter, more, text",
    [
        pytest.param(TextLines(), (), '[INFO] a \u00e4\n{"a":1}\n', id="at once"),
        pytest.param(
            TextLines(),
            (logging.NullHandler(),),
            '[INFO] a \u00e4\n{"a":1}\n',
            id="one by one, since another one listens",
        ),
        pytest.param(
            logging.Formatter("%(levelname)s! %(message)s"),
            (),
            'INFO! a \u00e4\nINFO! {"a":1}\n',
            id="one by one, in another form",
        ),
    ],
)
def test_what_is_written(
    root: logging.Logger,
    formatter: logging.Formatter,
    more: tuple[logging.Handler, ...],
    text: str,
) -> None:
    """The same in whichever way lines come."""
    assert written(root, formatter, *more).decode() == text


def test_lines_in_json(root: logging.Logger) -> None:
    """A whole one stays as it is."""
    first, second = written(root, JsonLines()).decode().splitlines()
    assert first.endswith('"level": "info", "logger": "log", "message": "a \u00e4"}')
    assert second == '{"a":1}'


def test_time_in_front(root: logging.Logger) -> None:
    """Of lines that are not whole."""
    first, second = written(root, TextLines(with_time=True)).decode().splitlines()
    assert first[10:11] + first[23:] == "TZ [INFO] a \u00e4"
    assert second == '{"a":1}'


def test_a_level_above_theirs(root: logging.Logger) -> None:
    """They are not written, nor made into records."""
    root.setLevel(logging.WARNING)
    assert not LOGGER.isEnabledFor(logging.INFO)
    assert written(root, TextLines()) == b""
