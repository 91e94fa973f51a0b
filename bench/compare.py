# SPDX-License-Identifier: Apache-2.0
"""Rootward and Debian's unbound, asked the same questions in turn, and what it cost each of them:

    .venv/bin/python -m bench.compare [--rounds N] [--seconds S] [--misses N] [--only TEXT]

Runs in a network namespace with the mini internet of the tests. What each figure means, and what it
does not: bench/README.md.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import report
from bench.contenders import HOST, Contender, Echo, Rootward, Unbound
from bench.load import WINDOW, Generator, compile_c
from bench.process import Cores, Process
from bench.rounds import Effort, Running, measure
from bench.starting import Memory, Start, measure_memory, measure_start, median_start, stop_all
from bench.workloads import WORKLOADS, Workload, query
from bench.world import UNSIGNED, World
from resolver.command.banner import version_lines
from tests.namespace import enter

_ECHOED = Workload("echo", f"one.{UNSIGNED}", answers=0)
_PORTS = (5301, 5302, 5303)  # of a namespace that is ours alone


def main() -> int:
    """Measure and print; return the exit code."""
    arguments = _arguments()
    effort = Effort(arguments.rounds, arguments.seconds, arguments.misses)
    workloads = [w for w in WORKLOADS if arguments.only in w.name]
    network = enter()
    if not network.isolated:
        print(f"bench.compare: {network.describe()}; a namespace is needed", file=sys.stderr)
        return 1
    cores = Cores.divide()
    os.sched_setaffinity(0, cores.others)
    _print(*report.machine(), ", ".join(version_lines()))
    fresh = max(
        (effort.fresh_of(w) for w in workloads if w.is_secure and not w.is_cached), default=0
    )
    try:
        with World(fresh) as world:
            _compare(world, cores, effort, workloads, arguments.names)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"bench.compare: {error}", file=sys.stderr)
        return 1
    _print(report.load_average() + " at the end")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the medians of so many rounds")
    parser.add_argument("--seconds", type=float, default=2.0, help="of hits, each round")
    parser.add_argument("--misses", type=int, default=6000, help="names each round")
    parser.add_argument("--names", type=int, default=20000, help="cached to measure memory")
    parser.add_argument("--only", default="", metavar="TEXT", help="workloads with it in the name")
    return parser.parse_args()


def _compare(
    world: World, cores: Cores, effort: Effort, workloads: Sequence[Workload], names: int
) -> None:
    generator = Generator(world.folder)
    contenders: list[Contender] = [Rootward(world, _PORTS[0])]
    daemon = Unbound.find()
    if daemon is None:
        _print("unbound is not installed (apt-get install unbound): Rootward is measured alone")
    else:
        unbound = Unbound(world, _PORTS[1], daemon)
        contenders.append(unbound)
        _print(f"unbound {unbound.version()}, {daemon}")
    _print(
        f"server on core {_listed(cores.server)}, load and authorities on {_listed(cores.others)}; "
        f"medians of {effort.rounds} rounds, {WINDOW} queries in flight (alone: 1)",
        "",
    )
    _reference(world.folder, cores, generator, effort)
    running: list[Running] = []
    try:
        for line in _start(contenders, cores, generator, effort, names, world.folder, running):
            _print(line)
        _print("", *report.headings([contender.name for contender in contenders]))
        for workload in workloads:
            _print(report.row(workload.name, measure(workload, running, generator, effort)))
        _print("")
    finally:
        stop_all([each.process for each in running])


def _start(
    contenders: Sequence[Contender],
    cores: Cores,
    generator: Generator,
    effort: Effort,
    names: int,
    folder: Path,
    running: list[Running],
) -> list[str]:
    """Start each contender as often as there are rounds; leave the last ones running."""
    starts: list[list[Start]] = [[] for _ in contenders]
    for number in range(effort.rounds):
        for contender, measured in zip(contenders, starts, strict=True):
            process, start = measure_start(contender, cores, folder)
            measured.append(start)
            if number < effort.rounds - 1:
                process.stop()
            else:
                running.append(Running(contender, process))
    memories: list[Memory] = [
        measure_memory(each.contender, each.process, generator, names) for each in running
    ]
    return [
        report.of_starts(contender.name, median_start(measured), memory)
        for contender, measured, memory in zip(contenders, starts, memories, strict=True)
    ]


def _reference(folder: Path, cores: Cores, generator: Generator, effort: Effort) -> None:
    """Print what an echo does: the bound of this machine and of the load generator."""
    echo = Echo(compile_c("echo", folder), _PORTS[2])
    process: Process = echo.start(cores, folder)
    queries = _ECHOED.cached_queries()
    try:
        process.wait(HOST, echo.port, query(UNSIGNED, do=False))
        runs = [
            generator.run(process, echo.port, _ECHOED, queries, seconds=effort.seconds)
            for _ in range(effort.rounds)
        ]
    finally:
        process.stop()
    rate = statistics.median(run.rate for run in runs)
    cpu_us = statistics.median(run.cpu_us for run in runs)
    _print(f"echo      {rate:,.0f} queries/s, {cpu_us:.1f} us CPU each: the bound of this machine")


def _listed(cores: frozenset[int]) -> str:
    return ",".join(str(core) for core in sorted(cores))


def _print(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
