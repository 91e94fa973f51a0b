# SPDX-License-Identifier: Apache-2.0
"""Asks a server of yours what is in a file, and says what came back, how fast, and what it cost:

    .venv/bin/python -m bench.ask ADDRESS FILE [--port N] [--rate N] [--seconds S] [--pid PID]

FILE has a name and a type on each line, as dnsperf wants it. See docs/load-testing.md.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import dns.exception
import dns.name
import dns.rdatatype

from bench.load import WINDOW, compile_c
from bench.mix import Asked
from bench.workloads import EITHER, pack

_ANY_AD = 2  # in words of load.c
_MOST_IN_FLIGHT = 4096


def main() -> int:
    """Ask and print; return the exit code."""
    arguments = _arguments()
    try:
        queries = pack(_read(arguments.file, arguments.do))
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            for line in _ask(arguments, queries, Path(folder)):
                print(line)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"bench.ask: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ask", description=__doc__)
    parser.add_argument("address", help="of the server, IPv4")
    parser.add_argument("file", type=Path, help="questions: a name and a type on each line")
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument("--rate", type=int, default=0, help="queries that are due each second")
    parser.add_argument("--window", type=int, default=WINDOW, help="in flight, without --rate")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--tcp", action="store_true")
    parser.add_argument("--do", action="store_true", help="set the DO bit")
    parser.add_argument("--pid", type=int, help="the server's, if it runs here: its CPU time")
    return parser.parse_args()


def _read(file: Path, do: bool) -> list[Asked]:
    asked = []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith(("#", ";")):
            continue
        try:
            name = dns.name.from_text(words[0])
            qtype = dns.rdatatype.from_text(words[1])
        except (dns.exception.DNSException, IndexError) as error:
            raise ValueError(f"{file}:{number}: not a name and a type: {line}") from error
        if any(b"." in label for label in name.labels):
            raise ValueError(f"{file}:{number}: a dot within a label: {line}")
        asked.append(Asked(b".".join(name.labels).decode("latin-1"), int(qtype), do))
    return asked


def _ask(arguments: argparse.Namespace, queries: bytes, folder: Path) -> list[str]:
    file = folder / "queries"
    file.write_bytes(queries)
    window = _MOST_IN_FLIGHT if arguments.rate else arguments.window
    command: list[str | Path] = [compile_c("load", folder), "tcp" if arguments.tcp else "udp"]
    command += [arguments.address, str(arguments.port), file, str(window), "0"]
    command += [str(int(arguments.seconds * 1000)), str(EITHER), "0", str(_ANY_AD)]
    command.append(str(arguments.rate))
    began_ns = _cpu_ns(arguments.pid)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    server_ns = _cpu_ns(arguments.pid) - began_ns
    sent, right, wrong, lost, wall, p50, p99, w99, cpu = map(int, done.stdout.split())
    answered = max(1, right + wrong)
    lines = [
        f"{sent:,} sent, {right:,} answered with NOERROR or NXDOMAIN, {wrong:,} otherwise, "
        f"{lost:,} not within 5 s",
        f"{right / wall * 1e9 if wall else 0:,.0f} queries/s; milliseconds: "
        f"p50 {p50 / 1e6:.3f}, p99 {p99 / 1e6:.3f}, w99 {w99 / 1e6:.3f}",
        f"CPU time a query: {cpu / answered / 1000:.2f} us here",
    ]
    if arguments.pid is not None:
        lines[-1] += f", {server_ns / answered / 1000:.2f} us of the server"
    return lines


def _cpu_ns(pid: int | None) -> int:
    """Return the CPU time of a process so far; 0 without one."""
    # clock_getcpuclockid(3): a process's clock is made of its ID
    return 0 if pid is None else time.clock_gettime_ns(~pid << 3 | 2)


if __name__ == "__main__":
    sys.exit(main())
