# SPDX-License-Identifier: Apache-2.0
"""What a start takes, and what a cached name takes: time to the first validated answer, memory."""

import contextlib
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import HOST, Contender
from bench.load import Generator
from bench.process import Cores, Process
from bench.workloads import Workload, query
from bench.world import UNSIGNED, VALIDATED

_AD, _RCODE = 0x20, 0x0F
_ATTEMPTS = 5

FILLING = Workload("filling", f"one.{UNSIGNED}", "m", is_cached=False, series="m")


@dataclass(frozen=True, slots=True)
class Start:
    """seconds: from the start to the first validated answer; rss_octets: right after it."""

    seconds: float
    rss_octets: int


@dataclass(frozen=True, slots=True)
class Memory:
    """How much memory is resident at the start, and with so many names cached."""

    names: int
    before_octets: int
    after_octets: int

    @property
    def a_name_octets(self) -> float:
        """What one cached name adds, all caches of the process included."""
        return (self.after_octets - self.before_octets) / self.names


def measure_start(contender: Contender, cores: Cores, folder: Path) -> tuple[Process, Start]:
    """Start a contender and return once it gave a validated answer."""
    process = contender.start(cores, folder)
    asked = query(VALIDATED, do=True)
    while process.wait(HOST, contender.port, asked)[3] & (_AD | _RCODE) != _AD:
        pass
    return process, Start(time.monotonic() - process.started_s, process.rss_octets())


def median_start(starts: Sequence[Start]) -> Start:
    """Return the medians of several starts."""
    return Start(
        statistics.median(start.seconds for start in starts),
        int(statistics.median(start.rss_octets for start in starts)),
    )


def measure_memory(
    contender: Contender, process: Process, generator: Generator, names: int
) -> Memory:
    """Have a server that was just started cache so many names of one address each."""
    before = process.rss_octets()
    for _ in range(_ATTEMPTS):  # a query that was dropped is asked again
        outcome = generator.run(
            process, contender.port, FILLING, FILLING.fresh_queries(0, names), count=names
        )
        if outcome.right == names:
            break
    else:
        raise OSError(
            f"{contender.name}: of {names} names {outcome.lost} not answered, {outcome.wrong} wrong"
        )
    return Memory(names, before, process.rss_octets())


def stop_all(processes: Sequence[Process]) -> None:
    """End servers, each of them even if one has ended by itself."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            process.stop()
