# SPDX-License-Identifier: Apache-2.0
"""Rounds: each workload in turn, and within it the contenders in turn, so that noise meets both."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.contenders import Contender
from bench.load import WINDOW, Generator, Outcome
from bench.process import Process
from bench.workloads import Workload

WARM_UP = 50  # misses before the first round, so that delegations and keys are known
ALONE_MISSES = 300  # misses a round that are asked one at a time


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured. misses: names a round that no cache has seen."""

    rounds: int
    seconds: float
    misses: int

    @property
    def alone_seconds(self) -> float:
        """How long names are asked one at a time."""
        return self.seconds / 4

    def misses_of(self, workload: Workload) -> int:
        """Return how many names of a workload a round asks for, all at once."""
        return int(self.misses * workload.share)

    def fresh_of(self, workload: Workload) -> int:
        """Return how many names a workload needs that no cache has seen."""
        return WARM_UP + self.rounds * (self.misses_of(workload) + ALONE_MISSES)


@dataclass(frozen=True, slots=True)
class Running:
    """A contender and its process."""

    contender: Contender
    process: Process


@dataclass(frozen=True, slots=True)
class Figures:
    """The medians of all rounds, of one contender and one workload; losses and errors are sums.

    Times with WINDOW queries in flight (loaded) and with one (alone), in microseconds.
    """

    rate: float
    cpu_us: float
    loaded_p99_us: float
    alone_p50_us: float
    alone_p99_us: float
    lost: int
    wrong: int
    load_cpu_us: float


def measure(
    workload: Workload, running: Sequence[Running], generator: Generator, effort: Effort
) -> list[Figures]:
    """Return the figures of each contender, in their order."""
    runs: list[list[tuple[Outcome, Outcome]]] = [[] for _ in running]
    plan = _Cached(workload, generator, effort) if workload.is_cached else None
    one_round = plan or _Fresh(workload, generator, effort)
    for each in running:
        one_round.warm_up(each)
    for number in range(effort.rounds):
        for outcomes, each in zip(runs, running, strict=True):
            outcomes.append(one_round.run(each, number))
    return [_median(outcomes) for outcomes in runs]


class _Cached:
    """The same names over and over."""

    def __init__(self, workload: Workload, generator: Generator, effort: Effort) -> None:
        self._workload = workload
        self._generator = generator
        self._effort = effort
        self._queries = workload.cached_queries()

    def warm_up(self, on: Running) -> None:
        self._run(on, count=self._workload.names)

    def run(self, on: Running, _number: int) -> tuple[Outcome, Outcome]:
        return (
            self._run(on, seconds=self._effort.seconds),
            self._run(on, seconds=self._effort.alone_seconds, window=1),
        )

    def _run(
        self, on: Running, *, count: int = 0, seconds: float = 0.0, window: int = WINDOW
    ) -> Outcome:
        return self._generator.run(
            on.process,
            on.contender.port,
            self._workload,
            self._queries,
            count=count,
            seconds=seconds,
            window=window,
        )


class _Fresh:
    """Each name once."""

    def __init__(self, workload: Workload, generator: Generator, effort: Effort) -> None:
        self._workload = workload
        self._generator = generator
        self._count = effort.misses_of(workload)

    def warm_up(self, on: Running) -> None:
        self._run(on, 0, WARM_UP)

    def run(self, on: Running, number: int) -> tuple[Outcome, Outcome]:
        first = WARM_UP + number * (self._count + ALONE_MISSES)
        return (
            self._run(on, first, self._count),
            self._run(on, first + self._count, ALONE_MISSES, window=1),
        )

    def _run(self, on: Running, first: int, count: int, *, window: int = WINDOW) -> Outcome:
        queries = self._workload.fresh_queries(first, count)
        return self._generator.run(
            on.process, on.contender.port, self._workload, queries, count=count, window=window
        )


def _median(outcomes: Sequence[tuple[Outcome, Outcome]]) -> Figures:
    def middle(value: Callable[[Outcome, Outcome], float]) -> float:
        return statistics.median(value(loaded, alone) for loaded, alone in outcomes)

    every = [outcome for pair in outcomes for outcome in pair]
    return Figures(
        rate=middle(lambda loaded, _: loaded.rate),
        cpu_us=middle(lambda loaded, _: loaded.cpu_us),
        loaded_p99_us=middle(lambda loaded, _: loaded.p99_ns / 1000),
        alone_p50_us=middle(lambda _, alone: alone.p50_ns / 1000),
        alone_p99_us=middle(lambda _, alone: alone.p99_ns / 1000),
        lost=sum(outcome.lost for outcome in every),
        wrong=sum(outcome.wrong for outcome in every),
        load_cpu_us=middle(lambda loaded, _: loaded.load_cpu_us),
    )
