# SPDX-License-Identifier: Apache-2.0
"""LogWriter: writes the log from a thread of its own, so that a stuck reader never holds up DNS.

    any thread: format, put in the queue (or drop and count)  ->  this thread: join, write

The queue is bounded; what it cannot take is counted, and told once a minute.
"""

import errno
import logging
import os
import queue
import threading
import time
from collections.abc import Callable

MAX_LINES = 10_000
BATCH = 256
WARNING_EVERY_S = 60.0
FLUSH_S = 1.0  # how long an end waits for a reader

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
        self.on_drop: Callable[[], object] = lambda: None
        self._fd = fd
        self._max_lines = max_lines
        self._monotonic_s = monotonic_s
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
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
        if self._lines.qsize() >= self._max_lines or self._is_broken:
            self.dropped += 1
            self.on_drop()
        else:
            self._lines.put(line)

    def close(self) -> None:
        """Write what is queued, but wait no longer than a moment for a stuck reader."""
        if self._thread.is_alive():
            self._lines.put(None)
            self._thread.join(FLUSH_S)
        super().close()

    def _run(self) -> None:
        ended = False
        while not ended:
            lines = [self._lines.get()]
            while len(lines) < BATCH and lines[-1] is not None and not self._lines.empty():
                lines.append(self._lines.get())
            ended = lines[-1] is None
            self._tell_drops(lines)
            text = "".join(f"{line}\n" for line in lines if line is not None)
            self._write(text.encode("utf-8", "backslashreplace"))

    def _tell_drops(self, lines: list[str | None]) -> None:
        """Put a warning in front of `lines` if some before them were dropped."""
        dropped, now_s = self.dropped, self._monotonic_s()
        if dropped == self._told or now_s - self._told_s < WARNING_EVERY_S:
            return
        text = f"log lines dropped, since nobody read them count={dropped - self._told}"
        record = logging.LogRecord("log", logging.WARNING, "", 0, text, (), None)
        lines.insert(0, self.format(record))
        self._told, self._told_s = dropped, now_s

    def _write(self, octets: bytes) -> None:
        while octets and not self._is_broken:
            try:
                octets = octets[os.write(self._fd, octets) :]
            except BlockingIOError:  # somebody made the descriptor non-blocking
                time.sleep(0.05)
            except OSError as error:  # the reader has gone, or the disk is full: serve on
                self._is_broken = error.errno in _GONE
                octets = b""
