# SPDX-License-Identifier: Apache-2.0
"""Command: a run of `rootward`, and what a test does to it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import dns.message
import dns.query

ROOT = Path(__file__).parents[2]
WHOAMI = ".:0 {\n    bind 127.0.0.1\n    whoami\n}\n"
PATIENCE_S = 20

# Whoever ran the tests in the background of a shell ignores SIGINT, and would have us inherit that.
RUN = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.executable, [sys.executable, '-m', 'resolver', *sys.argv[1:]])"
)

Start = Callable[..., "Command"]


class Command:
    """A run of `rootward` in a folder, by our own Python if no other is given.

    before: Python that the process runs first.
    """

    def __init__(
        self,
        folder: Path,
        *args: str,
        before: str = "",
        python: str | Path = sys.executable,
        **environment: str,
    ) -> None:
        self.process = subprocess.Popen(
            [str(python), "-c", f"{before}\n{RUN}", *args],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.stdout = self.process.stdout
        self.port = 0

    def up(self) -> list[str]:
        """Return the banner's lines once it is there, and keep the first one's port."""
        lines: list[str] = []
        while not lines or "linux/" not in lines[-1]:
            line = self.stdout.readline()
            assert line, f"it did not come up: {self.process.stderr and self.process.stderr.read()}"
            lines.append(line.rstrip("\n"))
        found = re.search(r"\.:(\d+)", lines[0])
        self.port = int(found[1]) if found else 0
        return lines

    def ask(self, name: str = "example.org.") -> int:
        """Return the RCODE of an answer over UDP."""
        query = dns.message.make_query(name, "A")
        return dns.query.udp(query, "127.0.0.1", port=self.port, timeout=PATIENCE_S).rcode()

    def send(self, name: str) -> None:
        self.process.send_signal(signal.Signals[name])

    def end(self) -> tuple[int, str, str]:
        """Return exit status, the rest of standard output, and standard error."""
        out, error = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, error


def wait_for(command: Command, pid_file: Path) -> None:
    """Return once the pid file has been written."""
    while not (pid_file.exists() and pid_file.read_text()):
        assert command.process.poll() is None
