# SPDX-License-Identifier: Apache-2.0
"""Promises about the process: descriptors, logs, disks, signals, memory, clocks."""

import os
import re
import socket
import time
from collections import Counter
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import pytest

from resolver.clock import SystemClock
from tests.acceptance.asking import BATCH, COREFILE, short
from tests.command.running import PATIENCE_S, Command, Start
from tests.internet import Internet
from tests.serve import query_message, serving

SILENT = "silent.misbehaving.example."
FEW = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
FULL = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), {fd})"


def ask(command: Command, question: str) -> str:
    """Return in short what the command's server answers."""
    query = query_message(question, edns=True)
    return short(dns.query.udp(query, "127.0.0.1", PATIENCE_S, command.port))


def cpu_s(command: Command) -> float:
    """Return the processor time that the command has used."""
    words = Path(f"/proc/{command.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def memory_kib(command: Command, field: str = "VmHWM") -> int:
    """Return the memory of the command, by default the most that it ever had."""
    status = Path(f"/proc/{command.process.pid}/status").read_text()
    found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.M)
    assert found
    return int(found[1])


def test_64_descriptors_are_enough(start: Start) -> None:
    """It starts and resolves, and with all of them in use it neither ends nor spins."""
    command = start(before=FEW)
    command.up()
    assert ask(command, "www.example.org. A") == "NOERROR 1"
    sockets = [socket.create_connection(("127.0.0.1", command.port)) for _ in range(80)]
    try:
        before = cpu_s(command)
        began = time.monotonic()
        assert ask(command, f"www.{SILENT} A").startswith("SERVFAIL")
        assert cpu_s(command) - before < (time.monotonic() - began) / 2 + 0.2
        assert ask(command, "www.example.com. A") == "NOERROR 1"
    finally:
        for sock in sockets:
            sock.close()


def test_a_closed_log_does_not_end_it(start: Start) -> None:
    """The reader of its log has gone; every query is a line."""
    command = start(more="    log")
    command.up()
    command.stdout.close()
    for n in range(1, 21):
        assert ask(command, f"a{n}.example.net. A") == "NOERROR 1"
    command.send("SIGTERM")
    assert command.process.wait(PATIENCE_S) == 0


def test_a_full_disk_does_not_end_it(start: Start, tmp_path: Path) -> None:
    """Standard output and error, where the log goes, take nothing more."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    full = "\n".join(FULL.format(fd=fd) for fd in (1, 2))
    command = start("-dns.port", str(port), "-pidfile", "pid", before=full, more="    log")
    while not (tmp_path / "pid").exists():
        assert command.process.poll() is None
    command.port = port
    for n in range(1, 21):
        assert ask(command, f"a{n}.example.net. A") == "NOERROR 1"
    command.send("SIGTERM")
    assert command.process.wait(PATIENCE_S) == 0


def test_sighup_does_not_end_it(start: Start) -> None:
    """Who logs out, or a log rotation, stops nothing."""
    command = start()
    command.up()
    for _ in range(3):
        command.send("SIGHUP")
        assert ask(command, "www.example.org. A") == "NOERROR 1"
    assert command.process.poll() is None


def test_memory_in_a_flood(start: Start) -> None:
    """Questions in flight to a silent server cost less than 40 KiB each, and none is lost."""
    count = 3000
    command = start()
    command.up()
    ask(command, "www.example.org. A")
    before = memory_kib(command, "VmRSS")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        client.settimeout(PATIENCE_S)
        client.connect(("127.0.0.1", command.port))
        for n in range(count):
            client.send(query_message(f"n{n}.{SILENT} A", edns=True, id=n).to_wire())
            if n % BATCH == 0:  # the server has read what came before this one's answer
                assert ask(command, "www.example.org. A") == "NOERROR 1"
        answers = Counter(short(dns.message.from_wire(client.recv(4096))) for _ in range(count))
    assert answers == {"SERVFAIL 0 22": count}
    assert memory_kib(command) - before < 40 * count


class Jumping(SystemClock):
    """The machine's clock, but the wall's hands are moved."""

    ahead_s = 0

    def wall_s(self) -> float:
        return super().wall_s() + self.ahead_s


@pytest.mark.parametrize("hours", [12, -12])
def test_a_clock_that_jumps(internet: Internet, hours: int) -> None:
    """Deadlines and TTLs are by a clock that nobody sets; it serves on, kept and new names."""
    clock = Jumping()
    with serving(COREFILE % internet.unbound_properties, clock=clock) as resolver:
        assert short(resolver.query("www.example.net. A")) == "NOERROR 1"
        clock.ahead_s = hours * 3600
        assert short(resolver.query("www.example.net. A")) == "NOERROR 1"
        for n in range(1, 11):
            assert short(resolver.query(f"a{n}.example.net. A")) == "NOERROR 1"
        assert short(resolver.query("www.lame.example. A", edns=True)) == "SERVFAIL 0 22"
