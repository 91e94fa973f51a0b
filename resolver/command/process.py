# SPDX-License-Identifier: Apache-2.0
"""What the command sets up around a server: open files, pid file, how a mistake of ours looks."""

import gc
import logging
import os
import resource
import sys
from pathlib import Path
from types import TracebackType

from resolver.errors import reason

_log = logging.getLogger("server")


def rest_collector() -> None:
    """Have Python look for cycles less often, and never among what the start has made.

    Nothing on a query's way makes cycles; looking for them costs a few percent of its time.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def raise_descriptors() -> int:
    """Raise the soft limit of open files to the hard one; return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard != resource.RLIM_INFINITY else sys.maxsize


def fill_standard_descriptors() -> None:
    """Open what is closed of 0, 1 and 2 on /dev/null.

    Else a socket would get such a number, and the log would be written to a client.
    """
    while True:
        fd = os.open(os.devnull, os.O_RDWR)
        if fd > 2:
            os.close(fd)
            return


class PidFile:
    """The file that `-pidfile` names; an empty name is none."""

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else None
        self._is_written = False

    def write(self) -> None:
        """Write our process id. A failure is logged, and nothing else."""
        if self._path is None:
            return
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            with open(fd, "w") as file:  # noqa: PTH123 -- a descriptor
                file.write(f"{os.getpid()}\n")
            self._is_written = True
        except OSError as error:
            _log.error("Could not write pidfile: open %s: %s", self._path, reason(error))

    def remove(self) -> None:
        """Remove the file, if it was written."""
        if self._path is not None and self._is_written:
            self._is_written = False
            self._path.unlink(missing_ok=True)


def show_mistake(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Print an exception that nobody caught on one line: `sys.excepthook` of the command.

    The traceback is for whoever debugs: logging at DEBUG shows it.
    """
    text = " ".join(str(error).split())
    print(f"internal error: {kind.__name__}: {text}", file=sys.stderr)
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        sys.__excepthook__(kind, error, traceback)
