# SPDX-License-Identifier: Apache-2.0
"""Tests of the command `rootward` as a user runs it: a process, its output and its signals."""

import ctypes
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import dns.query
import pytest

from resolver.version import VERSION

ROOT = Path(__file__).parents[1]
WHOAMI = ".:0 {\n    bind 127.0.0.1\n    whoami\n}\n"
PATIENCE_S = 20
NET_BIND_SERVICE = 10  # of <linux/capability.h>
CAPBSET_DROP = 24  # of <linux/prctl.h>
PORT_START = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


class Command:
    """A run of `rootward` in a folder."""

    def __init__(
        self,
        folder: Path,
        *args: str,
        before: Callable[[], None] | None = None,
        **environment: str,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "resolver", *args],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,
        )
        assert self.process.stdout is not None
        self.stdout = self.process.stdout
        self.port = 0

    def up(self) -> list[str]:
        """Return the banner's lines once it is there, and keep the first one's port."""
        lines: list[str] = []
        while not lines or not lines[-1].startswith("linux/"):
            line = self.stdout.readline()
            assert line, f"it did not come up: {self.process.stderr and self.process.stderr.read()}"
            lines.append(line.rstrip("\n"))
        found = re.search(r":(\d+)", lines[0])
        self.port = int(found[1]) if found else 0
        return lines

    def ask(self, name: str = "example.org.") -> int:
        """Return the RCODE of an answer over UDP."""
        query = dns.message.make_query(name, "A")
        return dns.query.udp(query, "127.0.0.1", port=self.port, timeout=PATIENCE_S).rcode()

    def send(self, name: str) -> None:
        self.process.send_signal(signal.Signals[name])

    def end(self) -> tuple[int, str, str]:
        """Return exit status, the rest of standard output, and standard error."""
        out, error = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, error


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a Corefile."""
    (tmp_path / "Corefile").write_text(WHOAMI)
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Command]]:
    """Yield a function that starts the command; what is left at the end is killed."""
    started: list[Command] = []

    def run(*args: str, **options: object) -> Command:
        started.append(Command(folder, *args, **options))  # type: ignore[arg-type]  # passed on
        return started[-1]

    yield run
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()


Start = Callable[..., Command]


def test_it_serves_and_says_so(start: Start) -> None:
    """The banner: zones, program, what it runs on."""
    command = start()
    lines = command.up()
    assert lines[0] == f".:{command.port} on 127.0.0.1"
    assert lines[1] == f"Rootward-{VERSION}"
    assert re.fullmatch(r"linux/\w+, python3\.\d+\.\d+, libunbound [\d.]+", lines[2])
    assert command.ask() == 0


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("SIGINT", "[INFO] SIGINT: Shutting down\n"),
        ("SIGTERM", "[INFO] SIGTERM: Shutting down servers then terminating\n"),
        ("SIGQUIT", "[INFO] SIGQUIT: Quitting process immediately\n"),
    ],
)
def test_signals_end_it(start: Start, number: str, said: str) -> None:
    """With status 0, and the pid file gone."""
    command = start("-pidfile", "pid")
    command.up()
    command.ask()
    command.send(number)
    assert command.end() == (0, said, "")


def test_signals_that_do_not_end_it(start: Start) -> None:
    """SIGHUP is nothing, the others are one warning each."""
    command = start()
    command.up()
    for number in ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGUSR2"):
        command.send(number)
        assert command.ask() == 0
    command.send("SIGTERM")
    status, out, _ = command.end()
    assert status == 0
    assert [line.split(":")[0] for line in out.splitlines()] == [
        "[WARNING] SIGUSR1",
        "[WARNING] SIGUSR2",
        "[INFO] SIGTERM",
    ]


def wait_for(command: Command, pid_file: Path) -> None:
    """Return once the pid file has been written."""
    while not (pid_file.exists() and pid_file.read_text()):
        assert command.process.poll() is None


def test_an_interrupt_while_it_starts(start: Start, folder: Path) -> None:
    """Ends it without a traceback. It waits here for somebody to write its Corefile."""
    os.mkfifo(folder / "fifo")
    command = start("-conf", "fifo")
    with (folder / "fifo").open("w"):  # returns once it reads
        command.send("SIGINT")
        assert command.end() == (-signal.SIGINT, "", "")


def test_a_pid_file_is_there_while_it_serves(start: Start, folder: Path) -> None:
    """And not after."""
    command = start("-pidfile", "pid")
    command.up()
    wait_for(command, folder / "pid")
    assert (folder / "pid").read_text() == f"{command.process.pid}\n"
    command.send("SIGINT")
    assert command.end()[0] == 0
    assert not (folder / "pid").exists()


def test_quiet(start: Start, folder: Path) -> None:
    """No banner; the pid file tells that it is up."""
    command = start("-quiet", "-pidfile=pid")
    wait_for(command, folder / "pid")
    command.send("SIGINT")
    assert command.end() == (0, "[INFO] SIGINT: Shutting down\n", "")


def test_the_log_in_json(start: Start) -> None:
    """Lines that programs read."""
    command = start("-log-format", "json")
    command.up()
    command.send("SIGINT")
    line = json.loads(command.end()[1])
    assert line.pop("time").endswith("Z")
    assert line == {"level": "info", "logger": "server", "message": "SIGINT: Shutting down"}


@pytest.mark.parametrize("form", ["text", "json"])
def test_queries_in_json(start: Start, folder: Path, form: str) -> None:
    """A query's line is one object, whatever form other lines have."""
    (folder / "Corefile").write_text(
        WHOAMI.replace("whoami", "whoami\n    log {\n        format json\n    }")
    )
    command = start("-log-format", form)
    command.up()
    command.ask("www.example.org.")
    assert json.loads(command.stdout.readline())["name"] == "www.example.org."


@pytest.mark.parametrize(
    ("args", "status", "out", "error"),
    [
        pytest.param(["-version"], 0, rf"Rootward-{VERSION}\nlinux/.*\n", "", id="version"),
        pytest.param(["-plugins"], 0, r"(\w+\n)*bind\n(\w+\n)*whoami\n\n", "", id="plugins"),
        pytest.param(["--help"], 0, "", r"Usage of rootward:\n(.*\n)*", id="help"),
        pytest.param(
            ["-nope"],
            2,
            "",
            r"flag provided but not defined: -nope\nUsage of rootward:\n(.*\n)*",
            id="no such flag",
        ),
        pytest.param(
            ["foo"], 1, "", r"extra command line arguments: \[foo\]\n", id="a word too many"
        ),
        pytest.param(
            ["-conf", "nothing"],
            1,
            "",
            r"loading Caddyfile via flag: open nothing: no such file or directory\n",
            id="no such file",
        ),
        pytest.param(
            ["-engine", "native"],
            1,
            "",
            r"-engine native: the native engine is not in this build; use -engine python\n",
            id="no such engine yet",
        ),
        pytest.param(["check", "Corefile"], 0, "", "", id="check"),
        pytest.param(
            ["chain", "Corefile"],
            0,
            r"dns://\.:0 on 127\.0\.0\.1\n    bind .*\n    whoami  claims everything\n  every .*\n",
            "",
            id="chain",
        ),
    ],
)
def test_what_ends_by_itself(
    start: Start, args: list[str], status: int, out: str, error: str
) -> None:
    """Exit status, standard output and standard error."""
    got = start(*args).end()
    assert got[0] == status, got
    assert re.fullmatch(out, got[1]), got[1]
    assert re.fullmatch(error, got[2]), got[2]


def test_the_engine_of_the_environment(start: Start) -> None:
    """ROOTWARD_ENGINE is the default of -engine."""
    assert start(ROOTWARD_ENGINE="native").end()[0] == 1
    command = start("-engine", "python", ROOTWARD_ENGINE="native")
    command.up()


BROKEN = "\n".join(
    [
        ".:0 {",
        "    whoamy",
        "    bind",
        "    kubernetes",
        "}",
        "a..b {",
        "    import nothing.conf",
        "}",
        "tls://example.org {",
        "}",
    ]
)
COMPLAINTS = [
    "Corefile:2 - Error during parsing: Unknown directive 'whoamy' (did you mean 'whoami'?)",
    "Corefile:3 - Error during parsing: plugin/bind: ",
    "Corefile:4 - Error during parsing: no action found for directive 'kubernetes' with server",
    "Corefile:6 - Error during parsing: zone is not a valid domain name: a..b",
    "Corefile:7 - Error during parsing: File to import not found: nothing.conf",
    "Corefile:9 - Error during parsing: this build does not serve tls://, only dns://",
]


@pytest.mark.parametrize("args", [["check", "Corefile"], ["chain", "Corefile"], []])
def test_errors_come_all_at_once(start: Start, folder: Path, args: list[str]) -> None:
    """One line each, in the order of the file, whoever reads it."""
    (folder / "Corefile").write_text(BROKEN)
    status, out, error = start(*args).end()
    assert (status, out) == (1, "")
    lines = error.splitlines()
    assert len(lines) == len(COMPLAINTS)
    for line, want in zip(lines, COMPLAINTS, strict=True):
        assert line.startswith(want)


def test_a_port_in_use(start: Start, folder: Path) -> None:
    """A second server is refused, though sockets are SO_REUSEPORT."""
    first = start()
    first.up()
    (folder / "Corefile").write_text(WHOAMI.replace(":0", f":{first.port}"))
    assert start().end() == (
        1,
        "",
        f"Listen: listen tcp 127.0.0.1:{first.port}: bind: address already in use\n",
    )
    assert first.ask() == 0


@pytest.fixture
def closed_low_ports() -> Iterator[None]:
    """Have ports below 1024 closed to ordinary users, as they are on most machines."""
    before = PORT_START.read_text()
    if int(before) <= 53:
        try:
            PORT_START.write_text("1024")
        except PermissionError:
            pytest.skip("port 53 is open to everybody here, and this cannot be changed")
    yield
    if PORT_START.read_text() != before:
        PORT_START.write_text(before)


def test_no_permission_for_port_53(start: Start, folder: Path, closed_low_ports: None) -> None:
    """The text says what helps."""
    (folder / "Corefile").write_text(WHOAMI.replace(":0", ":53"))

    def give_up_capability() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        if os.geteuid() == 0 and libc.prctl(CAPBSET_DROP, NET_BIND_SERVICE, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")

    status, out, error = start(before=give_up_capability).end()
    assert (status, out) == (1, "")
    first, second = error.splitlines()
    assert first == "Listen: listen tcp 127.0.0.1:53: bind: permission denied"
    assert "rootward -dns.port 5300" in second


def test_few_descriptors_are_enough(start: Start) -> None:
    """64 of them."""
    limit = (64, 64)
    command = start(before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit))
    command.up()
    assert command.ask() == 0


def test_a_reader_of_the_log_that_has_gone(start: Start, folder: Path) -> None:
    """It serves on, and ends as it should."""
    (folder / "Corefile").write_text(WHOAMI.replace("whoami", "whoami\n    log"))
    command = start()
    command.up()
    command.stdout.close()
    for _ in range(20):
        assert command.ask() == 0
    command.send("SIGTERM")
    assert command.process.wait(PATIENCE_S) == 0


def test_a_reader_of_the_log_that_is_stuck(start: Start, folder: Path) -> None:
    """Queries are answered though nobody reads their lines."""
    (folder / "Corefile").write_text(WHOAMI.replace("whoami", "whoami\n    log"))
    command = start()
    command.up()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE_S)
        client.connect(("127.0.0.1", command.port))
        query = dns.message.make_query(f"{'x' * 60}.{'y' * 60}.example.org.", "A").to_wire()
        for _ in range(2000):  # some 200 octets each: three times what a pipe holds
            client.send(query)
            assert client.recv(4096)[:2] == query[:2]


def test_closed_descriptors_are_no_ones_socket(start: Start, folder: Path) -> None:
    """A log line never goes to a client, though standard output is closed."""
    (folder / "Corefile").write_text(WHOAMI.replace("whoami", "whoami\n    log"))

    def close() -> None:
        for fd in range(3):
            os.close(fd)

    command = start("-pidfile", "pid", before=close)
    wait_for(command, folder / "pid")
    opened = Path(f"/proc/{command.process.pid}/fd")
    assert {str((opened / str(fd)).readlink()) for fd in range(3)} == {"/dev/null"}
    command.send("SIGTERM")
    assert command.end()[0] == 0


def test_a_corefile_by_a_pipe(folder: Path) -> None:
    """`-conf stdin`."""
    done = subprocess.run(
        [sys.executable, "-m", "resolver", "-conf", "stdin"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input="nothing {\n    whoamy\n}\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("/dev/stdin:2 - Error during parsing: Unknown directive 'whoamy'")
