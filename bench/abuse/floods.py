# SPDX-License-Identifier: Apache-2.0
"""Floods: random names of a live zone, names below a silent server, malformed packets."""

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.abuse.honest import Honest, beside, cached, told, warm
from bench.abuse.malformed import packets
from bench.contenders import HOST
from bench.load import Generator
from bench.mix import Asked
from bench.rounds import Running
from bench.workloads import MISS, Workload, pack

LIVE = "flood.example."  # holds nothing: each name takes one query, and is a NXDOMAIN
SILENT = "silent.misbehaving.example."
_MIB = 1 << 20
_SEED = 1


class Flood:
    """Sends what it is given to a server, and waits for nothing."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._file = folder / "flood.queries"

    def send(self, on: Running, datagrams: bytes, rate: int, count: int) -> str:
        """Send so many; return how it went, in words."""
        self._file.write_bytes(datagrams)
        command: list[str | Path] = [self._program, HOST, str(on.contender.port), self._file]
        command += [str(rate), str(count)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        sent, took_ns, back = map(int, done.stdout.split())
        return f"{sent:,} sent, {sent / took_ns * 1e9:,.0f}/s, {back / sent:.0%} answered"


def random_names(
    on: Running, generators: Sequence[Generator], flood: Flood, *, rate: int, seconds: int
) -> list[str]:
    """Ask for new names of a live zone; are cached ones answered?"""
    warm(on, generators[0])
    datagrams = pack(Asked(name) for name in _names(LIVE, rate * seconds))
    flooded, (hits,) = beside(
        on,
        generators[:1],
        [cached(2000)],
        seconds,
        lambda: flood.send(on, datagrams, rate, rate * seconds),
    )
    return [f"cached names {told(hits)}; flood: {flooded}"]


def silent_server(
    on: Running, generators: Sequence[Generator], flood: Flood, *, rate: int, seconds: int
) -> list[str]:
    """Ask for names whose server says nothing; are cached and other new names answered?"""
    warm(on, generators[0])
    datagrams = pack(Asked(name) for name in _names(SILENT, rate * seconds))
    fresh: Workload = MISS
    new = Honest(fresh, fresh.fresh_queries(10_000_000, 200 * seconds), 200)
    flooded, (hits, misses) = beside(
        on,
        generators,
        [cached(2000), new],
        seconds,
        lambda: flood.send(on, datagrams, rate, rate * seconds),
    )
    return [f"cached names {told(hits)}; other new names {told(misses)}; flood: {flooded}"]


def malformed(
    on: Running, generators: Sequence[Generator], flood: Flood, *, count: int, rate: int
) -> list[str]:
    """Send packets that are wrong; are honest clients answered, and does memory stay?"""
    warm(on, generators[0])
    flood.send(on, packets(2000, _SEED + 1), rate, 2000)  # what the first ones allocate stays
    before = on.process.rss_octets()
    datagrams = packets(count, _SEED)
    flooded, (hits,) = beside(
        on,
        generators[:1],
        [cached(2000)],
        count / rate,
        lambda: flood.send(on, datagrams, rate, count),
    )
    grown = on.process.rss_octets() - before
    return [f"honest clients {told(hits)}; memory {grown / _MIB:+.1f} MiB; flood: {flooded}"]


def _names(zone: str, count: int) -> Iterable[str]:
    return (f"r{number:x}.{zone}" for number in range(count))
