# SPDX-License-Identifier: Apache-2.0
"""What a plugin's claims cost: CPU time a query, of what is claimed and what is not:

    .venv/bin/python -m bench.claims [--queries N] [--rounds N] [--only TEXT]

The server of bench.compare as it is; with a plugin behind the cache that claims all names and
answers none (template); both with prometheus and log as well; with a plugin ahead of the cache that
claims everything (loadbalance with prefer); with the python engine; and without the extension, as
where it could not be compiled. Each number is the median of the rounds, in which all are measured
in turn.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
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
# The command where the extension is not there: python3-unbound has to be.
_WITHOUT = (
    "import sys; sys.modules['resolver._native'] = None; from resolver.__main__ import main; main()"
)
_OBSERVED = "    prometheus 127.0.0.1:0\n    log\n"


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured: a directive replaced, directives ahead, what the interpreter is given."""

    name: str
    other: tuple[str, str] = ("", "")
    ahead: str = ""
    words: Sequence[str] = ("-m", "resolver")


_CASES = (
    Case("nothing is claimed"),
    Case("all is claimed, behind the cache", _BEHIND),
    Case("nothing; prometheus and log", ahead=_OBSERVED),
    Case("all, behind; prometheus and log", _BEHIND, _OBSERVED),
    Case("all is claimed, ahead of the cache", _AHEAD),
    Case("-engine python", words=("-m", "resolver", "-engine", "python")),
    Case("without the extension", words=("-c", _WITHOUT)),
)


class Claiming(Rootward):
    """Rootward as a case has it."""

    def __init__(self, world: World, case: Case) -> None:
        super().__init__(world, _PORT, ahead=case.ahead)
        self._case = case

    def command(self, folder: Path) -> list[str | Path]:
        """Write the Corefile, altered."""
        corefile = Path(super().command(folder)[-1])
        corefile.write_text(corefile.read_text().replace(*self._case.other))
        return [sys.executable, *self._case.words, "-conf", corefile]


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
            for case in _CASES:
                for name in columns:
                    workload = workloads[_COLUMNS[name]]
                    count = arguments.queries * (5 if workload.is_cached else 1)
                    contender = Claiming(world, case)
                    outcome = run_once(contender, workload, generator, cores, count)
                    took.setdefault((case.name, name), []).append(outcome.cpu_us)
    for case in _CASES:
        cells = (f"{statistics.median(took[case.name, name]):14.1f}" for name in columns)
        print(f"{case.name:36}", *cells, sep="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
