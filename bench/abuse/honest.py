# SPDX-License-Identifier: Apache-2.0
"""Honest clients: they ask at a steady rate, whatever goes on, and count what is answered."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from bench.load import Generator, Outcome
from bench.rounds import Running
from bench.workloads import HIT, Workload

_WINDOW = 4096
_ATTEMPTS = 5
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Honest:
    """What one kind of client asks, and how often a second."""

    workload: Workload
    queries: bytes
    rate: int


def cached(rate: int) -> Honest:
    """Return clients who ask for names that are cached."""
    return Honest(HIT, HIT.cached_queries(), rate)


def warm(on: Running, generator: Generator) -> None:
    """Have the names cached that `cached` asks for."""
    for _ in range(_ATTEMPTS):
        outcome = generator.run(
            on.process, on.contender.port, HIT, HIT.cached_queries(), count=HIT.names
        )
        if outcome.right == HIT.names:
            return
    raise OSError(f"{on.contender.name} does not answer before it is abused")


def beside(
    on: Running,
    generators: Sequence[Generator],
    clients: Sequence[Honest],
    seconds: float,
    abuse: Callable[[], Result],
) -> tuple[Result, list[Outcome]]:
    """Have honest clients ask for so long, and abuse going on meanwhile."""
    with ThreadPoolExecutor(len(clients)) as pool:
        asked = [
            pool.submit(
                generator.run,
                on.process,
                on.contender.port,
                client.workload,
                client.queries,
                window=_WINDOW,
                seconds=seconds,
                rate=client.rate,
            )
            for generator, client in zip(generators, clients, strict=False)
        ]
        result = abuse()
        return result, [one.result() for one in asked]


def told(outcome: Outcome) -> str:
    """Return what came of it, in words."""
    wrong = f", {outcome.wrong} wrong" if outcome.wrong else ""
    return (
        f"{outcome.right / max(1, outcome.sent):7.2%} of {outcome.sent:,} answered"
        f" (p99 {outcome.p99_ns / 1e6:,.1f} ms{wrong})"
    )
