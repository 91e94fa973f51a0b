# SPDX-License-Identifier: Apache-2.0
"""LogWriter: writes the log from a thread of its own, so that a stuck reader never holds up DNS.

    any thread: format, put in the queue (or drop and count)  ->  this thread: join, write
    an engine: many lines at once, which have their form already --^

The queue is bounded by lines; what it cannot take is counted, and told once a minute.
"""

import errno
import logging
import os
import queue
import threading
import time
from collections.abc import Callable

from resolver.command.log_lines import TextLines

MAX_LINES = 10_000
BATCH = 256
WARNING_EVERY_S = 60.0
FLUSH_S = 1.0  # how long an end waits for a reader

_Item = tuple[bytes, int]  # lines, and how many

_GONE = frozenset({errno.EPIPE, errno.EBADF, errno.EIO})


class LogWriter(logging.Handler):
    """A handler whose lines reach file descriptor `fd` in order, or not at all."""

    def __init__(
        self,
        fd: int,
        max_lines: int = MAX_LINES,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.dropped = 0
        self.on_drop: Callable[[int], object] = lambda count: None
        self._fd = fd
        self._max_lines = max_lines
        self._monotonic_s = monotonic_s
        self._lines: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._put = 0  # lines, so far; by who holds the lock
        self._taken = 0  # by the thread
        self._told = 0
        self._told_s = float("-inf")
        self._is_broken = False
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record's line. Never waits."""
        self.put(self.format(record))

    def put(self, line: str) -> None:
        """Queue a line that has its form already. Never waits; any thread."""
        self.put_lines(f"{line}\n".encode("utf-8", "backslashreplace"), 1)

    def put_lines(self, text: bytes, count: int) -> None:
        """Queue so many lines, each with its newline, or drop all. Never waits; any thread."""
        self.acquire()
        try:
            if self._put - self._taken < self._max_lines and not self._is_broken:
                self._put += count
                self._lines.put((text, count))
                return
            self.dropped += count
        finally:
            self.release()
        self.on_drop(count)

    def line_start(self, level: int) -> str | None:
        """Return what stands in front of a message now; None if more than that is to be done."""
        return self.formatter.start(level) if isinstance(self.formatter, TextLines) else None

    def close(self) -> None:
        """Write what is queued, but wait no longer than a moment for a stuck reader."""
        if self._thread.is_alive():
            self._lines.put(None)
            self._thread.join(FLUSH_S)
        super().close()

    def _run(self) -> None:
        ended = False
        while not ended:
            item = self._lines.get()
            text, count = [], 0
            while item is not None:
                text.append(item[0])
                count += item[1]
                if count >= BATCH or self._lines.empty():
                    break
                item = self._lines.get()
            ended = item is None
            self._taken += count
            self._write(self._told_drops() + b"".join(text))

    def _told_drops(self) -> bytes:
        """Return a warning if lines were dropped; it goes in front of those that were not."""
        dropped, now_s = self.dropped, self._monotonic_s()
        if dropped == self._told or now_s - self._told_s < WARNING_EVERY_S:
            return b""
        text = f"log lines dropped, since nobody read them count={dropped - self._told}"
        record = logging.LogRecord("log", logging.WARNING, "", 0, text, (), None)
        self._told, self._told_s = dropped, now_s
        return f"{self.format(record)}\n".encode("utf-8", "backslashreplace")

    def _write(self, octets: bytes) -> None:
        while octets and not self._is_broken:
            try:
                octets = octets[os.write(self._fd, octets) :]
            except BlockingIOError:  # somebody made the descriptor non-blocking
                time.sleep(0.05)
            except OSError as error:  # the reader has gone, or the disk is full: serve on
                self._is_broken = error.errno in _GONE
                octets = b""
