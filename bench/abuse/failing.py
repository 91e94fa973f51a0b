# SPDX-License-Identifier: Apache-2.0
"""Failing surroundings: where the log goes, a disk without room, few descriptors, another time."""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.abuse.honest import beside, cached, told, warm
from bench.contenders import HOST, Rootward
from bench.load import Generator, Outcome
from bench.process import Cores, Process
from bench.rounds import Running
from bench.starting import measure_start
from bench.workloads import query
from bench.world import SIGNED, World
from tests import mounts

_LOG = "    log\n"
_RATE = 5000
_AD, _RCODE = 0x20, 0x0F


class Failing(Rootward):
    """Rootward whose surroundings fail: its output, its limits, its clock."""

    output: int | None = None  # a descriptor in place of a log file
    prefix: tuple[str, ...] = ()

    def command(self, folder: Path) -> list[str | Path]:
        """Return the command behind another one that sets the limit or the clock."""
        return [*self.prefix, *super().command(folder)]

    def start(self, cores: Cores, folder: Path) -> Process:
        """Start it with its output elsewhere."""
        where = folder / f"{self.name}-{self.port}"
        where.mkdir(exist_ok=True)
        return Process(self.command(where), cores, where / "log", output=self.output)


class Surroundings:
    """Runs each case on a server of its own."""

    def __init__(self, world: World, cores: Cores, generator: Generator, port: int) -> None:
        self._world = world
        self._cores = cores
        self._generator = generator
        self._port = port
        self._number = 0

    def pipe_that_nobody_reads(self) -> str:
        """Log queries into a pipe that is full soon."""
        reading, writing = os.pipe()
        try:
            return self._logged("stuck", writing)
        finally:
            os.close(reading)
            os.close(writing)

    def pipe_that_is_closed(self) -> str:
        """Log queries into a pipe whose reader has gone."""
        reading, writing = os.pipe()
        try:
            os.close(reading)
            return self._logged("closed", writing)
        finally:
            os.close(writing)

    def full_device(self) -> str:
        """Log queries to where no octet has room."""
        device = os.open("/dev/full", os.O_WRONLY)
        try:
            return self._logged("full", device)
        finally:
            os.close(device)

    def disk_without_room(self) -> str:
        """Have the log and the file that the cache is kept in on a full disk."""
        if os.geteuid() != 0:
            return "left out: mounting takes root"
        disk = self._world.folder / "disk"
        disk.mkdir()
        mounts.mount("tmpfs", disk, "size=64k")
        try:
            return self._on_disk(disk)
        finally:
            subprocess.run(["umount", disk], check=True)

    def _on_disk(self, disk: Path) -> str:
        log = os.open(disk / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            contender = self._contender("disk", _LOG)
            contender.output = log
            contender.persist = disk / "cache"
            with self._running(contender) as running:
                hits = self._ask(running)
                begin = time.monotonic()
                running.process.stop()
                code, took_s = running.process.exit_code(), time.monotonic() - begin
        finally:
            os.close(log)
        left = sorted(path.name for path in disk.iterdir())
        return f"{told(hits)}; at its end exit code {code} after {took_s:.1f} s, files: {left}"

    def few_descriptors(self, limit: int = 64) -> str:
        """Allow so many descriptors, and have twice as many TCP clients hold a connection."""
        contender = self._contender("descriptors", "")
        contender.prefix = ("prlimit", f"--nofile={limit}:{limit}")
        with contextlib.ExitStack() as stack:
            running = stack.enter_context(self._running(contender))
            for _ in range(limit * 2):
                client = stack.enter_context(socket.socket())
                client.settimeout(1.0)
                with contextlib.suppress(OSError):
                    client.connect((HOST, contender.port))
            hits = self._ask(running)
            new = _answered(running, 40)
        return f"{limit * 2} idle TCP clients: {told(hits)}; {new} of 40 new names"

    def other_time(self, hours: int) -> str:
        """Have the clock of the day (not the steady one) be another one at once."""
        if shutil.which("faketime") is None:
            return "left out: faketime is not installed (apt-get install faketime)"
        offset = self._world.folder / f"offset{hours}"
        offset.write_text("+0\n")
        library = next(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))
        contender = self._contender(f"clock{hours:+}", "")
        contender.prefix = (
            "env",
            f"LD_PRELOAD={library}",
            f"FAKETIME_TIMESTAMP_FILE={offset}",
            "FAKETIME_NO_CACHE=1",
            "DONT_FAKE_MONOTONIC=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
        )
        with self._running(contender) as running:
            before = self._ask(running)
            offset.write_text(f"{hours * 3600:+}\n")
            after = self._ask(running)
            new = _answered(running, 40)
            signed = _signed(running, 40)
        return (
            f"before {told(before)}, then {told(after)}; {new} of 40 new names, "
            f"{signed} of 40 new signed ones with AD"
        )

    def _logged(self, name: str, output: int) -> str:
        contender = self._contender(name, _LOG)
        contender.output = output
        with self._running(contender) as running:
            return told(self._ask(running))

    def _contender(self, name: str, ahead: str) -> Failing:
        self._number += 1
        return Failing(self._world, self._port + self._number, name, ahead)

    @contextlib.contextmanager
    def _running(self, contender: Failing) -> Iterator[Running]:
        process, _ = measure_start(contender, self._cores, self._world.folder)
        running = Running(contender, process)
        try:
            warm(running, self._generator)
            yield running
        finally:
            process.stop()

    def _ask(self, running: Running) -> Outcome:
        _, (hits,) = beside(running, [self._generator], [cached(_RATE)], 3.0, lambda: None)
        return hits


def _answered(running: Running, count: int) -> int:
    """Return how many of so many new names are answered."""
    answers = _ask_each(running, [query(f"f{n}x.fresh.bench.example.net.") for n in range(count)])
    return sum(answer[3] & _RCODE == 0 for answer in answers)


def _signed(running: Running, count: int) -> int:
    """Return how many of so many new signed names are answered with AD."""
    answers = _ask_each(running, [query(f"n{n}.one.{SIGNED}", do=True) for n in range(count)])
    return sum(answer[3] & (_AD | _RCODE) == _AD for answer in answers)


def _ask_each(running: Running, queries: list[bytes]) -> Iterator[bytes]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5.0)
        client.connect((HOST, running.contender.port))
        for wire in queries:
            client.send(wire)
            with contextlib.suppress(TimeoutError):
                yield client.recv(4096)
