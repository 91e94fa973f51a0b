# SPDX-License-Identifier: Apache-2.0
"""Rootward and other resolvers under abuse, one case after the other:

    .venv/bin/python -m bench.abuse [--only TEXT] [--peers NAME,...]

In a network namespace with the mini internet of the tests. What each case is: bench/README.md.
"""

import argparse
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence

from bench import report
from bench.abuse import crowds, floods
from bench.abuse.failing import Surroundings
from bench.contenders import Contender, Rootward
from bench.load import Generator, compile_c
from bench.peers import find_peers
from bench.process import Cores
from bench.rounds import Running
from bench.starting import measure_start
from bench.world import World
from tests import mounts

_PORT, _FAILING_PORT = 5301, 5321
_DESCRIPTORS = 8192
_STORM = "one question"


def main() -> int:
    """Abuse and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.abuse", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="cases with it in the name")
    parser.add_argument("--peers", default="unbound,kresd", metavar="NAME,...")
    parser.add_argument("--seconds", type=int, default=5, help="of each flood")
    arguments = parser.parse_args()
    cores = Cores.alone("bench.abuse")
    if os.geteuid() == 0:
        mounts.unshare(0)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, _DESCRIPTORS), most))
    print(*report.machine(), sep="\n")
    try:
        if arguments.only in _STORM:
            with World(0, captures=True) as world:  # first: who does not capture, cannot later
                _storm(world, cores, arguments.peers)
        with World(0) as world:
            _floods_and_crowds(world, cores, arguments)
            _surroundings(world, cores, arguments.only)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"bench.abuse: {error}", file=sys.stderr)
        return 1
    print(report.load_average() + " at the end")
    return 0


def _floods_and_crowds(world: World, cores: Cores, arguments: argparse.Namespace) -> None:
    generators = [Generator(world.folder, f"honest{number}") for number in range(2)]
    flood = floods.Flood(compile_c("flood", world.folder), world.folder)
    seconds: int = arguments.seconds
    cases: Sequence[tuple[str, Callable[[Running], list[str]]]] = (
        (
            "random names, 40,000 a second",
            lambda on: floods.random_names(on, generators, flood, rate=40000, seconds=seconds),
        ),
        (
            "silent server, 5,000 a second",
            lambda on: floods.silent_server(on, generators, flood, rate=5000, seconds=seconds),
        ),
        (
            "malformed packets, 220,000",
            lambda on: floods.malformed(on, generators, flood, count=220000, rate=30000),
        ),
        ("20,000 queries in flight", lambda on: [crowds.in_flight(on, 20000)]),
        ("stopped for 3 s", lambda on: [crowds.stopped(on, generators[0], 6000, 3.0)]),
    )
    for name, case in cases:
        if arguments.only in name:
            print(name, flush=True)
            for contender in _contenders(world, arguments.peers):
                _run(contender, cores, world, case)


def _surroundings(world: World, cores: Cores, only: str) -> None:
    around = Surroundings(world, cores, Generator(world.folder), _FAILING_PORT)
    cases = (
        ("log: a pipe that nobody reads", around.pipe_that_nobody_reads),
        ("log: a pipe that is closed", around.pipe_that_is_closed),
        ("log: /dev/full", around.full_device),
        ("disk without room", around.disk_without_room),
        ("64 descriptors", around.few_descriptors),
        ("clock 12 h later", lambda: around.other_time(12)),
        ("clock 12 h earlier", lambda: around.other_time(-12)),
    )
    for name, case in cases:
        if only in name:
            try:
                print(f"{name}\n  {'rootward':10}{case()}", flush=True)
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"{name}\n  {'rootward':10}FAILED: {error}", flush=True)


def _storm(world: World, cores: Cores, peers: str) -> None:
    print(f"{_STORM}, 3000 clients", flush=True)
    for contender in _contenders(world, peers):
        _run(contender, cores, world, lambda on: [crowds.one_question(on, world.internet, 3000)])


def _contenders(world: World, peers: str) -> list[Contender]:
    rootward = Rootward(world, _PORT)
    others = find_peers(world, _PORT + 1, rootward, lambda _: None)
    return [rootward, *(one for one in others if one.name in peers.split(","))]


def _run(
    contender: Contender, cores: Cores, world: World, case: Callable[[Running], list[str]]
) -> None:
    """Run a case on a server of its own, which is to go on to the end."""
    process, _ = measure_start(contender, cores, world.folder)
    try:
        for line in case(Running(contender, process)):
            print(f"  {contender.name:10}{line}", flush=True)
        process.check()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"  {contender.name:10}FAILED: {error}", flush=True)
    finally:
        process.stop()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
