# SPDX-License-Identifier: Apache-2.0
"""The report: what is said about one run, as lines of text."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from bench.rounds import Figures
from bench.starting import Memory, Start

_WIDTH = 29


def machine() -> list[str]:
    """Return what the figures depend on."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return [f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, {load_average()}"]


def load_average() -> str:
    """Return how busy the machine is, all that runs on it included."""
    return "load average " + " ".join(f"{value:.2f}" for value in os.getloadavg())


def headings(names: Sequence[str]) -> list[str]:
    """Return the two lines above the rows; a ratio is the first contender's over the second's."""
    pair = len(names) == 2
    groups = (
        ("queries/s", 9, pair),
        ("CPU us/query", 8, pair),
        ("p50 alone, us", 8, False),
        ("p99 alone, us", 8, False),
        ("p99 loaded, us", 8, False),
        ("lost", 8, False),
    )
    first, second = " " * _WIDTH, f"{'':{_WIDTH}}"
    for title, width, has_ratio in groups:
        cells = "".join(f"{name:>{width + 1}}" for name in names) + ("  ratio" if has_ratio else "")
        first += f"{title:>{max(len(cells), len(title) + 1)}}"
        second += f"{cells:>{max(len(cells), len(title) + 1)}}"
    return [first, second]


def row(name: str, figures: Sequence[Figures]) -> str:
    """Return the row of one workload."""
    text = f"{name:{_WIDTH}}"
    text += _group([f.rate for f in figures], 9, 0, "queries/s", has_ratio=True)
    text += _group([f.cpu_us for f in figures], 8, 1, "CPU us/query", has_ratio=True)
    text += _group([f.alone_p50_us for f in figures], 8, 0, "p50 alone, us")
    text += _group([f.alone_p99_us for f in figures], 8, 0, "p99 alone, us")
    text += _group([f.loaded_p99_us for f in figures], 8, 0, "p99 loaded, us")
    text += _group([f.lost for f in figures], 8, 0, "lost")
    wrong = sum(f.wrong for f in figures)
    return f"{text}  {wrong} WRONG" if wrong else text


def of_starts(name: str, start: Start, memory: Memory) -> str:
    """Return the line about a contender's start and memory."""
    mib = 1 << 20
    return (
        f"{name:10}first validated answer after {start.seconds * 1000:5.0f} ms, "
        f"resident {memory.before_octets / mib:6.1f} MiB then, {memory.after_octets / mib:6.1f} MiB"
        f" with {memory.names} names: {memory.a_name_octets:5.0f} octets a name"
    )


def _group(
    values: Sequence[float], width: int, digits: int, title: str, *, has_ratio: bool = False
) -> str:
    text = "".join(f"{value:>{width + 1},.{digits}f}" for value in values)
    if has_ratio and len(values) == 2:
        text += f"{values[0] / values[1]:7.2f}" if values[1] else "      -"
    return f"{text:>{max(len(text), len(title) + 1)}}"
