# SPDX-License-Identifier: Apache-2.0
"""HostsSource: a hosts file on its disk, read when it is another one than before.

What was read last is shared: server blocks that read one file alike have one table, and a reloaded
configuration goes on with the table of the old one while the file stays as it is.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from plugins.hosts.host_table import HostTable
from plugins.hosts.hosts_file import read_lines
from resolver import names

TOLD_LINES = 10  # broken lines that are told one by one
LINE_OCTETS = 24  # about what a line takes; a wrong guess costs time only
# A thread that lets go of the interpreter for each few lines' reading is never made to let go of it
# for longer, and the event loop starves; with much at once it has its turn every 5 ms.
BUFFER_OCTETS = 1 << 20

_log = logging.getLogger("plugin/hosts")


class Signature(NamedTuple):
    """What tells a file from what it was before."""

    mtime_ns: int
    size: int
    inode: int


class Reading(NamedTuple):
    """How a file is read: which names (below `origins`), and whether addresses have names too.

    parents: whether names that only have others below them are to be known.
    """

    origins: tuple[bytes, ...]
    reverse: bool
    parents: bool

    def table(self, expected: int = 0) -> HostTable:
        """Return an empty table."""
        return HostTable(expected, reverse=self.reverse, parents=self.parents)

    def wants(self, name: bytes) -> bool:
        """Return whether a name is at or below one of the origins."""
        return names.longest_match(name, self.origins) is not None


@dataclass(frozen=True)
class Loaded:
    """A file's content; `signature` is None if there was no file."""

    signature: Signature | None
    table: HostTable


Shared = WeakValueDictionary[tuple[Path, Reading], Loaded]


class HostsSource:
    """One file. `read` may be called in any thread, but in one at a time."""

    def __init__(self, path: Path, reading: Reading, shared: Shared) -> None:
        self.path = path
        self.reading = reading
        self._shared = shared
        self._complaint = ""

    def last(self) -> Loaded | None:
        """Return what was read last, here or by another block or configuration that still lives."""
        return self._shared.get((self.path, self.reading))

    def read(self) -> Loaded:
        """Return the file's content: what was read last, unless the file is another one now.

        A file that is gone or cannot be read changes nothing, with a WARNING the first time.
        """
        before = self.last()
        try:
            with self.path.open("rb", BUFFER_OCTETS) as file:
                signature = _signature(file.fileno())
                if before is None or before.signature != signature:
                    before = Loaded(signature, self._parse(file, signature.size))
            self._complaint = ""
        except OSError as error:
            self._tell(error)
        loaded = before or Loaded(None, self.reading.table())
        self._shared[self.path, self.reading] = loaded
        return loaded

    def _parse(self, lines: Iterable[bytes], size: int) -> HostTable:
        complaints = 0

        def complain(line: int, text: str) -> None:
            nonlocal complaints
            complaints += 1
            if complaints <= TOLD_LINES:
                _log.warning("%s:%d: %s", self.path, line, text)

        table = self.reading.table(size // LINE_OCTETS)
        everything = names.ROOT in self.reading.origins
        read_lines(lines, table, None if everything else self.reading.wants, complain)
        if complaints > TOLD_LINES:
            more = complaints - TOLD_LINES
            _log.warning("%s: and %d more lines or names left out", self.path, more)
        return table

    def _tell(self, error: OSError) -> None:
        if isinstance(error, FileNotFoundError):
            complaint = f"File does not exist: {self.path}"
        elif isinstance(error, IsADirectoryError):
            complaint = f'Hosts file "{self.path}" is a directory'
        else:
            complaint = f"unable to access hosts file '{self.path}': {error.strerror}"
        if complaint != self._complaint:
            self._complaint = complaint
            _log.warning("%s", complaint)


def _signature(descriptor: int) -> Signature:
    status = os.fstat(descriptor)
    return Signature(status.st_mtime_ns, status.st_size, status.st_ino)
