# SPDX-License-Identifier: Apache-2.0
"""What a plugin's claims cost: CPU time a query, of what is claimed and what is not:

    .venv/bin/python -m bench.claims [--queries N] [--rounds N] [--only TEXT]

The server of bench.compare as it is; with a plugin behind the cache that claims all names and
answers none (template); both with prometheus and log as well; with a plugin ahead of the cache that
claims everything (loadbalance with prefer); and with the python engine. Each number is the median
of the rounds, in which all are measured in turn.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import report
from bench.contenders import Rootward
from bench.load import Generator
from bench.process import Cores
from bench.profile import run_once
from bench.workloads import WORKLOADS
from bench.world import World

_PORT = 5301
_COLUMNS = {
    "kept": "hit, 1 address",
    "kept, TCP": "hit, 1 address, TCP",
    "not kept": "miss, unsigned",
    "not kept, TCP": "miss, unsigned, TCP",
}
_AHEAD = ("    loadbalance\n", "    loadbalance {\n        prefer 192.0.2.0/24\n    }\n")
_BEHIND = (
    "    unbound {\n",
    "    template IN A . {\n        match ^never[.]$\n        fallthrough\n    }\n    unbound {\n",
)
_SAME = ("", "")
_OBSERVED = "    prometheus 127.0.0.1:0\n    log\n"
_CASES: tuple[tuple[str, tuple[str, str], str, Sequence[str]], ...] = (
    ("nothing is claimed", _SAME, "", ()),
    ("all is claimed, behind the cache", _BEHIND, "", ()),
    ("nothing; prometheus and log", _SAME, _OBSERVED, ()),
    ("all, behind; prometheus and log", _BEHIND, _OBSERVED, ()),
    ("all is claimed, ahead of the cache", _AHEAD, "", ()),
    ("-engine python", _SAME, "", ("-engine", "python")),
)


class Claiming(Rootward):
    """Rootward with a directive replaced, with more of them, and with flags."""

    def __init__(
        self, world: World, other: tuple[str, str], ahead: str = "", flags: Sequence[str] = ()
    ) -> None:
        super().__init__(world, _PORT, ahead=ahead)
        self._other = other
        self._flags = flags

    def command(self, folder: Path) -> list[str | Path]:
        """Return the same command with our flags, its Corefile altered."""
        command = super().command(folder)
        corefile = Path(command[-1])
        corefile.write_text(corefile.read_text().replace(*self._other))
        return [*command, *self._flags]


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description=__doc__)
    parser.add_argument("--queries", type=int, default=20000, help="of each case that is not kept")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", default="", metavar="TEXT", help="columns that begin with it")
    arguments = parser.parse_args()
    cores = Cores.alone("bench.claims")
    columns = [name for name in _COLUMNS if name.startswith(arguments.only)]
    print(*report.machine(), "CPU us/query", "", sep="\n")
    print(f"{'':36}", *(f"{name:>14}" for name in columns), sep="")
    took: dict[tuple[str, str], list[float]] = {}
    with World(0) as world:
        generator = Generator(world.folder)
        workloads = {each.name: each for each in WORKLOADS}
        for _ in range(arguments.rounds):
            for text, other, ahead, flags in _CASES:
                for name in columns:
                    workload = workloads[_COLUMNS[name]]
                    count = arguments.queries * (5 if workload.is_cached else 1)
                    contender = Claiming(world, other, ahead, flags)
                    outcome = run_once(contender, workload, generator, cores, count)
                    took.setdefault((text, name), []).append(outcome.cpu_us)
    for text, *_ in _CASES:
        cells = (f"{statistics.median(took[text, name]):14.1f}" for name in columns)
        print(f"{text:36}", *cells, sep="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
