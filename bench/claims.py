# SPDX-License-Identifier: Apache-2.0
"""What a plugin's claims cost: CPU time a query, of what is claimed and what is not:

    .venv/bin/python -m bench.claims [--queries N]

The server of bench.compare as it is; with a plugin behind the cache that claims all names and
answers none (template); with one ahead of the cache that claims everything (loadbalance with
prefer); with the python engine; and without the extension, as where it could not be compiled.
"""

import argparse
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
_KEPT, _KEPT_TCP, _MISS = "hit, 1 address", "hit, 1 address, TCP", "miss, unsigned"
_AHEAD = ("    loadbalance\n", "    loadbalance {\n        prefer 192.0.2.0/24\n    }\n")
_BEHIND = (
    "    unbound {\n",
    "    template IN A . {\n        match ^never[.]$\n        fallthrough\n    }\n    unbound {\n",
)
_SAME = ("", "")
# The command where the extension is not there: python3-unbound has to be.
_WITHOUT = (
    "import sys; sys.modules['resolver._native'] = None; from resolver.__main__ import main; main()"
)
_CASES = (
    ("nothing is claimed", _SAME, ("-m", "resolver")),
    ("all is claimed, behind the cache", _BEHIND, ("-m", "resolver")),
    ("all is claimed, ahead of the cache", _AHEAD, ("-m", "resolver")),
    ("-engine python", _SAME, ("-m", "resolver", "-engine", "python")),
    ("without the extension", _SAME, ("-c", _WITHOUT)),
)


class Claiming(Rootward):
    """Rootward with a directive replaced; `words` are what the interpreter is given."""

    def __init__(self, world: World, other: tuple[str, str], words: Sequence[str]) -> None:
        super().__init__(world, _PORT)
        self._other = other
        self._words = words

    def command(self, folder: Path) -> list[str | Path]:
        """Write the Corefile, altered."""
        corefile = Path(super().command(folder)[-1])
        corefile.write_text(corefile.read_text().replace(*self._other))
        return [sys.executable, *self._words, "-conf", corefile]


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description=__doc__)
    parser.add_argument("--queries", type=int, default=20000, help="of each case")
    arguments = parser.parse_args()
    cores = Cores.alone("bench.claims")
    print(*report.machine(), "CPU us/query", "", sep="\n")
    print(f"{'':36}{'kept':>8}{'kept, TCP':>12}{'not kept':>12}")
    workloads = {each.name: each for each in WORKLOADS}
    with World(0) as world:
        generator = Generator(world.folder)
        for text, other, words in _CASES:
            cells = [
                run_once(
                    Claiming(world, other, words), workloads[name], generator, cores, count
                ).cpu_us
                for name, count in (
                    (_KEPT, 5 * arguments.queries),
                    (_KEPT_TCP, 5 * arguments.queries),
                    (_MISS, arguments.queries),
                )
            ]
            print(f"{text:36}{cells[0]:8.1f}{cells[1]:12.1f}{cells[2]:12.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
