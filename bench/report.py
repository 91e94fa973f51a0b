# SPDX-License-Identifier: Apache-2.0
"""The report: what is said about one run, as lines of text."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from bench.rounds import Figures
from bench.starting import Memory, Start

_MIB = 1 << 20


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


def headings(reference: str) -> list[str]:
    """Return the lines above the rows; ratios are to the reference and to the echo."""
    return [
        f"{'':26}{'queries/s':>9}{'CPU us/query':>15}{'':14}{'alone, us':>17}{'loaded':>9}",
        f"{'':26}{'':9}{'':9}{'x echo':>8}{'x ' + reference:>12}{'p50':>9}{'p99':>8}{'p99 us':>9}"
        f"{'load':>6}",
    ]


def rows(
    workload: str, names: Sequence[str], figures: Sequence[Figures], reference: int, echo_us: float
) -> list[str]:
    """Return a workload's rows, one for each contender that it was asked of."""
    lines = [workload]
    for name, one in zip(names, figures, strict=True):
        by = figures[reference].cpu_us
        text = (
            f"  {name:24}{one.rate:>9,.0f}{one.cpu_us:>9.2f}{one.cpu_us / echo_us:>8.2f}"
            f"{one.cpu_us / by if by else 0:>12.2f}{one.alone_p50_us:>9.0f}{one.alone_p99_us:>8.0f}"
            f"{one.loaded_p99_us:>9.0f}{one.load_cpu_us:>6.1f}"
        )
        for count, word in ((one.lost, "lost"), (one.wrong, "WRONG")):
            text += f"  {count} {word}" if count else ""
        lines.append(text)
    return lines


def of_starts(name: str, start: Start, memory: Memory) -> str:
    """Return the line about a contender's start and memory."""
    return (
        f"{name:16}first validated answer after {start.seconds * 1000:5.0f} ms, "
        f"resident {memory.before_octets / _MIB:6.1f} MiB, {memory.after_octets / _MIB:6.1f} MiB"
        f" with {memory.names:,} names: {memory.a_name_octets:5.0f} octets a name"
    )
