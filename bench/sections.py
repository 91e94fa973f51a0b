# SPDX-License-Identifier: Apache-2.0
"""The sections of the report: each starts whom it compares, measures, says what came out."""

import contextlib
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import report
from bench.contenders import HOST, Contender, Echo, Rootward
from bench.load import Generator, Outcome, compile_c
from bench.peers import Unbound
from bench.process import Cores, Process
from bench.results import Results
from bench.rounds import Effort, Running, measure
from bench.starting import Start, measure_memory, measure_start, median_start, stop_all
from bench.variants import Wide
from bench.variants import variants as make_variants
from bench.workloads import HIT, MISS, Workload, of_many_names, query
from bench.world import UNSIGNED, World

_ECHOED = Workload("echo", f"one.{UNSIGNED}", answers=0)
_ECHO_PORT, _VARIANTS_PORT, _LANES_PORT = 5399, 5400, 5440
_PAUSE_WINDOW = 4096  # the most that may be in flight at half load


@dataclass(frozen=True)
class Bench:
    """What all sections use."""

    world: World
    cores: Cores
    generator: Generator
    effort: Effort
    results: Results
    workloads: Sequence[Workload]

    @contextlib.contextmanager
    def running(self, contenders: Sequence[Contender], names: int = 0) -> Iterator[list[Running]]:
        """Have them run; with names, start them as often as there are rounds, and say of memory."""
        starts: list[list[Start]] = [[] for _ in contenders]
        rounds = self.effort.rounds if names else 1
        running: list[Running] = []
        try:
            for contender, measured in zip(contenders, starts, strict=True):
                for number in range(rounds):
                    process, start = measure_start(contender, self.cores, self.world.folder)
                    measured.append(start)
                    if number < rounds - 1:
                        process.stop()
                running.append(Running(contender, process))
            for each, measured in zip(running, starts, strict=True) if names else ():
                memory = measure_memory(each.contender, each.process, self.generator, names)
                self.results.say(
                    report.of_starts(each.contender.name, median_start(measured), memory)
                )
            yield running
        finally:
            stop_all([each.process for each in running])

    def table(self, rows: Sequence[tuple[str, Workload, Sequence[Running]]]) -> None:
        """Measure and say a table; ratios are to unbound where it is, or to the first one."""
        self.results.say("")
        said = ""
        for name, workload, asked in rows:
            names = [each.contender.name for each in asked]
            by = names.index("unbound") if "unbound" in names else 0
            if names[by] != said:
                said = names[by]
                for line in report.headings(said):
                    self.results.say(line)
            figures = measure(workload, asked, self.generator, self.effort)
            self.results.keep(name, names, figures, by)
            for line in report.rows(name, names, figures, by, self.results.echo_us):
                self.results.say(line)


def reference(bench: Bench) -> None:
    """Say what an echo does: the bound of this machine and of the load generator."""
    folder = bench.world.folder
    echo = Echo(compile_c("echo", folder), _ECHO_PORT)
    process: Process = echo.start(bench.cores, folder)
    queries = _ECHOED.cached_queries()
    try:
        process.wait(HOST, echo.port, query(UNSIGNED))
        runs = [
            bench.generator.run(process, echo.port, _ECHOED, queries, seconds=bench.effort.seconds)
            for _ in range(max(5, bench.effort.rounds))
        ]
    finally:
        process.stop()

    bench.results.echo_us = statistics.median(run.cpu_us for run in runs)
    rate = statistics.median(run.rate for run in runs)
    load_us = statistics.median(run.load_cpu_us for run in runs)
    bench.results.say(
        f"echo: {rate:,.0f} queries/s, {bench.results.echo_us:.2f} us CPU each, the load generator "
        f"{load_us:.2f}: the bound of this machine"
    )


def peers(bench: Bench, running: Sequence[Running]) -> None:
    """Say what each workload costs each contender."""
    rows = []
    for workload in bench.workloads:
        asked = [
            each
            for each in running
            if (workload.is_cached or each.contender.recurses)
            and (not workload.is_secure or each.contender.validates)
        ]
        rows.append((workload.name, workload, asked))
    bench.table(rows)


def half_load(bench: Bench, running: Sequence[Running], rate: int) -> None:
    """Say how long hits take at a rate that each server is to manage."""
    queries = HIT.cached_queries()
    runs: list[list[Outcome]] = [[] for _ in running]
    for each in running:
        port = each.contender.port
        bench.generator.run(each.process, port, HIT, queries, count=HIT.names)
    for _ in range(bench.effort.rounds):
        for each, outcomes in zip(running, runs, strict=True):
            outcomes.append(
                bench.generator.run(
                    each.process,
                    each.contender.port,
                    HIT,
                    queries,
                    window=_PAUSE_WINDOW,
                    seconds=max(2.0, bench.effort.seconds),
                    rate=rate,
                )
            )
    bench.results.say("")
    bench.results.say(f"{HIT.name}, {rate:,} queries due a second; microseconds")
    bench.results.say(f"{'':26}{'w99':>9}{'p50':>9}{'p99':>9}{'CPU us/query':>15}{'lost':>8}")
    for each, outcomes in zip(running, runs, strict=True):
        w99, p50, p99, cpu = (
            statistics.median(getattr(one, field) for one in outcomes)
            for field in ("w99_ns", "p50_ns", "p99_ns", "cpu_us")
        )
        lost = sum(one.sent - one.right for one in outcomes)
        bench.results.say(
            f"  {each.contender.name:24}{w99 / 1000:>9.0f}{p50 / 1000:>9.0f}{p99 / 1000:>9.0f}"
            f"{cpu:>15.2f}{lost:>8}"
        )


def variants(bench: Bench) -> None:
    """Say what plugins cost that look at each query, and what one that claims misses."""
    with bench.running(make_variants(bench.world, _VARIANTS_PORT)) as running:
        bench.table([("hit, variants", HIT, running), ("miss, variants", MISS, running)])


def lanes(bench: Bench) -> None:
    """Say what a second lane does: servers have all cores, and share them with the generator."""
    world, port = bench.world, _LANES_PORT
    wide: list[Contender] = [
        Wide(Rootward(world, port, "1 lane", "    multisocket 1\n")),
        Wide(Rootward(world, port + 1, "2 lanes", "    multisocket 2\n")),
    ]
    if Unbound.find() is not None:
        wide += [
            Wide(Unbound(world, port + 2, "unbound, 1 thread")),
            Wide(Unbound(world, port + 3, "unbound, 2 threads", threads=2)),
        ]
    with bench.running(wide) as running:
        bench.table([("hit, lanes", HIT, running), ("miss, lanes", MISS, running)])


def many_names(bench: Bench, contenders: Sequence[Contender], counts: Sequence[int]) -> None:
    """Say what hits cost when many names are cached; each count from the start."""
    for count in counts:
        workload = of_many_names(count)
        with bench.running(contenders) as running:
            bench.table([(workload.name, workload, running)])
            sizes = (
                f"{each.contender.name} {each.process.rss_octets() / (1 << 20):,.0f} MiB"
                for each in running
            )
            bench.results.say("  resident: " + ", ".join(sizes))
