# SPDX-License-Identifier: Apache-2.0
"""How a line of the process's log looks: CoreDNS's text, or JSON."""

import json
import logging
import re
import time
from datetime import UTC, datetime

# What could forge a line, or drive a terminal: C0 and C1 controls, line separators.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class TextLines(logging.Formatter):
    """`[LEVEL] plugin/x: message`, with `with_time` after the time (UTC).

    The name stands there for plugins only. A traceback is shown when debugging.
    """

    def __init__(self, with_time: bool = False) -> None:
        super().__init__()
        self._with_time = with_time

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        text = message(record)
        if is_line(record):
            return text
        name = f"{record.name}: " if record.name.startswith("plugin/") else ""
        start = self._start(record.levelname, record.created)
        return f"{start}{name}{text}{self._traceback(record)}"

    def start(self, level: int) -> str:
        """Return what stands in front of a message that is logged now."""
        return self._start(logging.getLevelName(level), time.time())

    def _start(self, level: str, created_s: float) -> str:
        return f"{_time(created_s)} [{level}] " if self._with_time else f"[{level}] "

    def _traceback(self, record: logging.LogRecord) -> str:
        if not record.exc_info or not _is_debugging():
            return ""
        return "\n" + self.formatException(record.exc_info)


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and when debugging a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        text = message(record)
        if is_line(record):
            return text
        line = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": text,
        }
        if record.exc_info and _is_debugging():
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def is_line(record: logging.LogRecord) -> bool:
    """Return whether a record's message is a whole line already, as those of JSON are.

    It was logged with `extra={"is_line": True}`.
    """
    return bool(getattr(record, "is_line", False))


def message(record: logging.LogRecord) -> str:
    """Return a record's message on one line, with its exception's text if that was given."""
    text = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        shown = f"{type(error).__name__}: {error}"
        text = text if shown in text else f"{text}: {shown}"
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _time(created_s: float) -> str:
    moment = datetime.fromtimestamp(created_s, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_debugging() -> bool:
    return logging.getLogger().isEnabledFor(logging.DEBUG)
