# SPDX-License-Identifier: Apache-2.0
"""Where the time of one answer goes, function by function, on the server's main thread:

    .venv/bin/python -m bench.profile [--only TEXT] [--queries N] [--top N]

The server of bench.compare under cProfile. Tracing makes each call dearer by about as much, so that
small functions look worse than they are: the order is what to believe, and the number of calls.
Times are of the wall clock: what the resolver thread does on the same core stands where it
interrupted, mostly in rn_recurse_submit and poll.
"""

import argparse
import pstats
import sys
from pathlib import Path

from bench import report
from bench.contenders import Rootward
from bench.load import Generator, Outcome
from bench.process import Cores
from bench.starting import measure_start
from bench.workloads import WORKLOADS, Workload
from bench.world import CACHED_NAMES, World

_PORT = 5301
_ROOT = Path(__file__).parents[1]


class Profiled(Rootward):
    """Rootward with every call on its main thread traced; `profile` is there once it has ended."""

    def __init__(self, world: World, port: int) -> None:
        super().__init__(world, port)
        self.profile = world.folder / "profile"

    def command(self, folder: Path) -> list[str | Path]:
        """Return the same command within cProfile."""
        python, *rest = super().command(folder)
        return [python, "-m", "cProfile", "-o", self.profile, *rest]


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="workloads with it in the name")
    parser.add_argument("--queries", type=int, default=20000, help="of each workload")
    parser.add_argument("--top", type=int, default=25, help="functions to print")
    arguments = parser.parse_args()
    cores = Cores.alone("bench.profile")
    print(*report.machine(), sep="\n")
    with World(arguments.queries) as world:
        generator = Generator(world.folder)
        for workload in WORKLOADS:
            if arguments.only in workload.name:
                bare = run_once(
                    Rootward(world, _PORT), workload, generator, cores, arguments.queries
                )
                profiled = Profiled(world, _PORT)
                traced = run_once(profiled, workload, generator, cores, arguments.queries)
                queries = arguments.queries + (CACHED_NAMES if workload.is_cached else 0)
                print(
                    f"\n{workload.name}: {bare.cpu_us:.1f} us CPU a query, first thread "
                    f"{bare.main_thread_us:.1f}; traced {traced.main_thread_us:.1f}"
                )
                _print(profiled.profile, queries, arguments.top)
    return 0


def run_once(
    contender: Rootward, workload: Workload, generator: Generator, cores: Cores, count: int
) -> Outcome:
    """Start a server, warm it, and return what came of asking it; it has ended then."""
    server, _ = measure_start(contender, cores, contender.world.folder)
    try:
        if workload.is_cached:
            queries = workload.cached_queries()
            generator.run(server, contender.port, workload, queries, count=CACHED_NAMES)
        else:
            queries = workload.fresh_queries(0, count)
        return generator.run(server, contender.port, workload, queries, count=count)
    finally:
        server.stop()


def _print(profile: Path, queries: int, top: int) -> None:
    """Print the functions with the most time of their own."""
    rows = []
    for (file, line, name), (_, calls, own_s, below_s, _) in _stats(profile).items():
        where = file.removeprefix(f"{_ROOT}/") if not file.startswith("~") else "built-in"
        rows.append((own_s, below_s, calls, f"{where}:{line} {name}" if line else name))
    rows.sort(reverse=True)
    print("  own us   with callees   calls/query   function")
    for own_s, below_s, calls, text in rows[:top]:
        own_us, below_us = own_s / queries * 1e6, below_s / queries * 1e6
        print(f"{own_us:8.2f} {below_us:14.2f} {calls / queries:13.2f}   {text}")


_Place = tuple[str, int, str]
_Times = tuple[int, int, float, float, object]


def _stats(profile: Path) -> dict[_Place, _Times]:
    """Return what cProfile wrote: calls, own and cumulative seconds of each function."""
    stats: dict[_Place, _Times] = vars(pstats.Stats(str(profile)))["stats"]
    return stats


if __name__ == "__main__":
    sys.exit(main())
