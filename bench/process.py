# SPDX-License-Identifier: Apache-2.0
"""A server under measurement: a process on cores of its own, and what it has used so far."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.namespace import enter

START_LIMIT_S = 30.0
RETRY_S = 0.02


@dataclass(frozen=True, slots=True)
class Cores:
    """Which cores the server under measurement runs on, and which everything else."""

    server: frozenset[int]
    others: frozenset[int]

    @classmethod
    def divide(cls) -> "Cores":
        """Return one core for the server and the others for the rest; all for both if only one."""
        allowed = sorted(os.sched_getaffinity(0))
        if len(allowed) == 1:
            return cls(frozenset(allowed), frozenset(allowed))
        return cls(frozenset(allowed[:1]), frozenset(allowed[1:]))

    @classmethod
    def alone(cls, command: str) -> "Cores":
        """Divide the cores in a network of our own, and leave the server's to it.

        Raises SystemExit, with a message that begins with `command`, where none can be had.
        """
        network = enter()
        if not network.isolated:
            raise SystemExit(f"{command}: {network.describe()}; a namespace is needed")
        cores = cls.divide()
        os.sched_setaffinity(0, cores.others)
        return cores


class Process:
    """One server from start to stop; what it prints goes to a file, or to a descriptor instead."""

    def __init__(
        self,
        command: Sequence[str | Path],
        cores: Cores,
        log: Path,
        *,
        output: int | None = None,
    ) -> None:
        self._log = log
        self.started_s = time.monotonic()
        os.sched_setaffinity(0, cores.server)  # what we start runs where we run
        try:
            with log.open("ab") as file:
                to = file.fileno() if output is None else output
                self._process = subprocess.Popen(
                    ["setpriv", "--pdeathsig", "KILL", *command], stdout=to, stderr=file
                )
        finally:
            os.sched_setaffinity(0, cores.others)

    def wait(self, address: str, port: int, query: bytes) -> bytes:
        """Return the first response to a query over UDP, which is sent until there is one.

        Raises OSError if the process ends before.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(RETRY_S)
            client.connect((address, port))
            while True:
                self._check_start()
                try:
                    client.send(query)
                    return client.recv(4096)
                except ConnectionRefusedError:  # it does not listen yet
                    time.sleep(0.002)
                except TimeoutError:
                    continue

    def check(self) -> None:
        """Raise OSError if the process has ended."""
        if self._process.poll() is not None:
            raise OSError(f"the server ended: {self._log.read_text(errors='replace')}")

    def _check_start(self) -> None:
        self.check()
        if time.monotonic() > self.started_s + START_LIMIT_S:
            raise OSError(f"the server does not start: {self._log.read_text(errors='replace')}")

    @property
    def pid(self) -> int:
        """Its ID."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """Return how it ended, or None while it runs."""
        return self._process.poll()

    def cpu_ns(self) -> int:
        """Return the CPU time of all its threads."""
        # clock_getcpuclockid(3): a process's clock is made of its ID
        return time.clock_gettime_ns(~self._process.pid << 3 | 2)

    def main_thread_ns(self) -> int:
        """Return the CPU time of its first thread."""
        pid = self._process.pid
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[0])

    def rss_octets(self) -> int:
        """Return how much memory of it is resident."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
