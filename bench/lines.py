# SPDX-License-Identifier: Apache-2.0
"""What *log* costs, and how many of its lines are not written:

    .venv/bin/python -m bench.lines [--rounds N] [--seconds S]

Hits of bench.compare, as fast as they are answered (100 in flight) and 20,000 a second, without a
log, with each of the formats that come with it, and with one that Python writes line by line.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

from bench import report
from bench.contenders import Rootward
from bench.load import Generator, Outcome
from bench.process import Cores
from bench.rounds import Running
from bench.starting import measure_start, stop_all
from bench.workloads import HIT
from bench.world import World

_PORT, _RATE = 5301, 20_000
_CASES = (
    ("no log", ""),
    ("log", "    log\n"),
    ("log, combined", "    log . {combined}\n"),
    ("log, json", "    log {\n        format json\n    }\n"),
    ("log, by Python", '    log . "{common}\u200b"\n'),  # what is not printable C does not write
)


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.lines", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each round")
    arguments = parser.parse_args()
    cores = Cores.alone("bench.lines")
    print(*report.machine(), sep="\n")
    with World(0) as world:
        generator = Generator(world.folder)
        contenders = [
            Rootward(world, _PORT + number, name, ahead)
            for number, (name, ahead) in enumerate(_CASES)
        ]
        running: list[Running] = []
        try:
            for contender in contenders:
                process, _ = measure_start(contender, cores, world.folder)
                running.append(Running(contender, process))
            _measure(running, generator, world.folder, arguments.rounds, arguments.seconds)
        finally:
            stop_all([each.process for each in running])
    return 0


def _measure(
    running: list[Running], generator: Generator, folder: Path, rounds: int, seconds: float
) -> None:
    queries = HIT.cached_queries()
    for each in running:
        generator.run(each.process, each.contender.port, HIT, queries, count=HIT.names)
    for rate in (0, _RATE):
        runs: list[list[tuple[Outcome, int]]] = [[] for _ in running]
        for _ in range(rounds):
            for each, outcomes in zip(running, runs, strict=True):
                log = folder / f"{each.contender.name}-{each.contender.port}" / "log"
                before = _lines(log)
                outcome = generator.run(
                    each.process,
                    each.contender.port,
                    HIT,
                    queries,
                    seconds=seconds,
                    rate=rate,
                    window=4096 if rate else 100,
                )
                outcomes.append((outcome, _lines(log) - before))
        print(f"\n{f'{rate:,} queries a second' if rate else 'all that it can'}")
        print(f"{'':20}{'queries/s':>11}{'CPU us/query':>15}{'first thread':>15}{'no line':>10}")
        for each, outcomes in zip(running, runs, strict=True):
            _say(each.contender.name, outcomes)


def _say(name: str, outcomes: list[tuple[Outcome, int]]) -> None:
    rate, cpu, first = (
        statistics.median(getattr(outcome, field) for outcome, _ in outcomes)
        for field in ("rate", "cpu_us", "main_thread_us")
    )
    asked, written = sum(o.sent for o, _ in outcomes), sum(lines for _, lines in outcomes)
    missing = f"{max(0.0, 1 - written / asked):10.2%}" if "log" in name.split(",") else ""
    print(f"  {name:18}{rate:>11,.0f}{cpu:>15.2f}{first:>15.2f}{missing}", flush=True)


def _lines(log: Path) -> int:
    """Return how many lines a log has, once no more come."""
    count = -1
    while (now := log.read_bytes().count(b"\n")) != count:
        count = now
        time.sleep(0.3)
    return count


if __name__ == "__main__":
    sys.exit(main())
