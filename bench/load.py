# SPDX-License-Identifier: Apache-2.0
"""The load generator (load.c) from Python: compiled on the spot, run, its one line read."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import HOST
from bench.process import Process
from bench.workloads import Workload

WINDOW = 100  # queries in flight
_EITHER = 2  # AD, in words of load.c

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one run: counts, times, CPU time of the generator, the server, its first thread.

    w99: the median of the 99th percentiles of windows of 100 ms.
    """

    sent: int
    right: int
    wrong: int
    lost: int
    wall_ns: int
    p50_ns: int
    p99_ns: int
    w99_ns: int
    load_cpu_ns: int
    cpu_ns: int
    main_thread_ns: int

    @property
    def rate(self) -> float:
        """Right responses a second."""
        return self.right / self.wall_ns * 1e9 if self.wall_ns else 0.0

    @property
    def cpu_us(self) -> float:
        """CPU time of the server a response, in microseconds."""
        return self.cpu_ns / self.right / 1000 if self.right else 0.0

    @property
    def load_cpu_us(self) -> float:
        """CPU time of the generator a response, in microseconds."""
        return self.load_cpu_ns / self.right / 1000 if self.right else 0.0

    @property
    def main_thread_us(self) -> float:
        """CPU time of the server's first thread a response, in microseconds."""
        return self.main_thread_ns / self.right / 1000 if self.right else 0.0


def compile_c(name: str, folder: Path) -> Path:
    """Compile one of our C files; return the program. Raises FileNotFoundError without cc."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise FileNotFoundError("a C compiler (cc) is missing: install gcc")
    program = folder / name
    subprocess.run([compiler, "-O2", "-o", program, _HERE / f"{name}.c"], check=True)
    return program


class Generator:
    """Asks a server for a workload's names."""

    def __init__(self, folder: Path, name: str = "queries") -> None:
        self._program = compile_c("load", folder)
        self._file = folder / name

    def run(
        self,
        server: Process,
        port: int,
        workload: Workload,
        queries: bytes,
        *,
        window: int = WINDOW,
        count: int = 0,
        seconds: float = 0.0,
        rate: int = 0,
    ) -> Outcome:
        """Send the queries until so many were sent or so much time is over; 0 is no bound.

        With a rate so many are due a second, whatever is answered; without, so many are in flight.
        """
        self._file.write_bytes(queries)
        command: list[str | Path] = [self._program, "tcp" if workload.is_tcp else "udp"]
        command += [HOST, str(port), self._file, str(window), str(count), str(int(seconds * 1000))]
        ad = _EITHER if workload.is_mixed else int(workload.is_secure)
        command += [str(workload.rcode), str(workload.answers), str(ad), str(rate)]
        cpu_ns, main_ns = server.cpu_ns(), server.main_thread_ns()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        cpu_ns, main_ns = server.cpu_ns() - cpu_ns, server.main_thread_ns() - main_ns
        sent, right, wrong, lost, *times = (int(word) for word in done.stdout.split())
        wall, p50, p99, w99, load_cpu = times
        return Outcome(sent, right, wrong, lost, wall, p50, p99, w99, load_cpu, cpu_ns, main_ns)
