# SPDX-License-Identifier: Apache-2.0
"""The log of queries: the logger `log`, and how many finished lines get there at once.

lines of an engine -> taker() -> the one handler that takes them as they are, a batch at a time
                              -> or logging, a record for each line, where it is another one
"""

import logging
from collections.abc import Iterator
from typing import NamedTuple, Protocol, runtime_checkable

LOGGER = logging.getLogger("log")  # no plugin's name stands in a query's line, as in CoreDNS
IS_LINE = {"is_line": True}  # `extra` of a record that is a whole line: nothing stands before it


@runtime_checkable
class LinesHandler(Protocol):
    """A handler of logging that also takes lines which have their form already."""

    def line_start(self, level: int) -> str | None:
        """Return what stands in front of a message now; None if more than that is to be done."""

    def put_lines(self, text: bytes, count: int) -> None:
        """Take so many lines, each with its newline. Never waits."""


class Taker(Protocol):
    """Who takes lines. Any thread."""

    @property
    def start(self) -> bytes:
        """What each line is to begin with that is not whole."""

    def take(self, text: bytes, count: int) -> None:
        """Take so many lines (UTF-8), each with its newline."""


class _Direct(NamedTuple):
    """Hands them over as they are."""

    handler: LinesHandler
    start: bytes

    def take(self, text: bytes, count: int) -> None:
        self.handler.put_lines(text, count)


class _EachAlone:
    """Logs a record for each line."""

    start = b"\0"  # tells which lines are whole: none has this octet elsewhere

    def take(self, text: bytes, count: int) -> None:
        del count
        for line in text.decode().split("\n")[:-1]:
            is_whole = not line.startswith("\0")
            LOGGER.info("%s", line.removeprefix("\0"), extra=IS_LINE if is_whole else None)


class _Nobody:
    """Lets them go: the log's level is above theirs."""

    start = b""

    def take(self, text: bytes, count: int) -> None:
        pass


def taker() -> Taker:
    """Return who is to take lines now. The start of lines may tell the time: ask for each batch."""
    if not LOGGER.isEnabledFor(logging.INFO):
        return _Nobody()
    handlers = list(_handlers())
    if len(handlers) == 1 and not LOGGER.filters:
        handler = handlers[0]
        if isinstance(handler, LinesHandler) and not handler.filters and not handler.level:
            start = handler.line_start(logging.INFO)
            if start is not None:
                return _Direct(handler, start.encode())
    return _EachAlone()


def _handlers() -> Iterator[logging.Handler]:
    logger: logging.Logger | None = LOGGER
    while logger is not None:
        yield from logger.handlers
        logger = logger.parent if logger.propagate else None
