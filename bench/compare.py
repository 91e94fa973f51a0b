# SPDX-License-Identifier: Apache-2.0
"""Rootward and other resolvers, asked the same questions in turn, and what it cost each of them:

    .venv/bin/python -m bench.compare [--full] [--rounds N] [--only TEXT] [--out FOLDER]

Runs in a network namespace with the mini internet of the tests. What each figure means, and what it
does not: bench/README.md.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from bench import report
from bench.contenders import Rootward
from bench.load import WINDOW, Generator
from bench.peers import find_peers
from bench.process import Cores
from bench.results import Results
from bench.rounds import Effort
from bench.sections import Bench, half_load, lanes, many_names, peers, reference, variants
from bench.workloads import WORKLOADS
from bench.world import World
from resolver.command.banner import version_lines

_SECTIONS = ("peers", "half-load", "variants", "lanes", "many-names")
_PORT = 5301  # and those above it, of a namespace that is ours alone


def main() -> int:
    """Measure and print; return the exit code."""
    arguments = _arguments()
    effort = Effort(arguments.rounds, arguments.seconds, arguments.misses)
    workloads = [w for w in WORKLOADS if arguments.only in w.name]
    cores = Cores.alone("bench.compare")
    results = Results()
    for line in (*report.machine(), ", ".join(version_lines())):
        results.say(line)
    fresh = max(
        (effort.fresh_of(w) for w in workloads if w.is_secure and not w.is_cached), default=0
    )
    try:
        with World(fresh) as world:
            rootward = Rootward(world, _PORT)
            contenders = [rootward, *find_peers(world, _PORT + 1, rootward, results.say)]
            if arguments.peers is not None:
                contenders = [c for c in contenders if c is rootward or c.name in arguments.peers]
            for contender in contenders[1:]:
                results.say(f"{contender.name}: {contender.version()}")
            results.say(
                f"server on core {_listed(cores.server)}, load and authorities on "
                f"{_listed(cores.others)}; medians of {effort.rounds} rounds, "
                f"{WINDOW} queries in flight (alone: 1)"
            )
            bench = Bench(world, cores, Generator(world.folder), effort, results, workloads)
            reference(bench)
            if "peers" in arguments.sections or "half-load" in arguments.sections:
                with bench.running(contenders, arguments.names) as running:
                    if "peers" in arguments.sections:
                        peers(bench, running)
                    if "half-load" in arguments.sections:
                        half_load(bench, running, arguments.rate)
            if "variants" in arguments.sections:
                variants(bench)
            if "lanes" in arguments.sections:
                lanes(bench)
            if "many-names" in arguments.sections:
                many_names(bench, contenders, arguments.many)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"bench.compare: {error}", file=sys.stderr)
        return 1
    results.say(report.load_average() + " at the end")
    if arguments.out is not None:
        results.write(arguments.out)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.compare", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the medians of so many rounds")
    parser.add_argument("--seconds", type=float, default=1.0, help="of hits, each round")
    parser.add_argument("--misses", type=int, default=6000, help="names each round")
    parser.add_argument("--names", type=int, default=20000, help="cached to measure memory")
    parser.add_argument(
        "--many", type=_numbers, default=(50000,), help="cached names: 50000,500000"
    )
    parser.add_argument("--rate", type=int, default=20000, help="queries/s of the half load")
    parser.add_argument("--only", default="", metavar="TEXT", help="workloads with it in the name")
    parser.add_argument("--peers", type=_words, metavar="NAME,...", help="of those installed")
    parser.add_argument(
        "--sections", type=_words, default=("peers", "half-load"), help=",".join(_SECTIONS)
    )
    parser.add_argument("--full", action="store_true", help="all sections, 100k and 500k names")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="for text, JSON and a plot")
    arguments = parser.parse_args()
    unknown = set(arguments.sections) - set(_SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    if arguments.full:
        arguments.sections, arguments.names, arguments.many = _SECTIONS, 100000, (50000, 500000)
    return arguments


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def _listed(cores: frozenset[int]) -> str:
    return ",".join(str(core) for core in sorted(cores))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
