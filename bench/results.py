# SPDX-License-Identifier: Apache-2.0
"""What came out of a run: printed as it comes, kept, and written as text, JSON and a plot."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from bench.plot import draw
from bench.rounds import Figures


class Results:
    """Lines and figures of one run."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._figures: dict[str, dict[str, dict[str, float]]] = {}
        self._ratios: list[tuple[str, dict[str, float]]] = []
        self.echo_us = 1.0

    def say(self, line: str) -> None:
        """Print a line and keep it."""
        print(line, flush=True)
        self._lines.append(line)

    def keep(self, row: str, names: Sequence[str], figures: Sequence[Figures], by: int) -> None:
        """Keep a row's figures; those of the contender number `by` are 1 in the plot."""
        pairs = list(zip(names, figures, strict=True))
        self._figures[row] = {name: asdict(one) for name, one in pairs}
        reference = figures[by].cpu_us
        if reference:
            self._ratios.append((row, {name: one.cpu_us / reference for name, one in pairs}))

    def write(self, folder: Path) -> None:
        """Write report.txt, figures.json and cpu.svg."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.txt").write_text("\n".join(self._lines) + "\n")
        figures = {"echo_cpu_us": self.echo_us, "rows": self._figures}
        (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
        draw(folder / "cpu.svg", "CPU time a query, as ratios (less is better)", self._ratios)
        print(f"written: {folder}/report.txt, figures.json, cpu.svg")
