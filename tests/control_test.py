# SPDX-License-Identifier: Apache-2.0
"""`rootward control` asks a server that runs: what it forgets, counts, asks and logs."""

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import dns.query
import pytest

from tests.command.running import PATIENCE_S, ROOT, WHOAMI, Command
from tests.internet import Internet

NAME = "www.example.org."
SLOW = "a.slow-3000.misbehaving.example."

Start = Callable[..., Command]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Yield a function that starts a server with a Corefile; all end with the test."""
    started: list[Command] = []

    def run(corefile: str = WHOAMI, *args: str, **environment: str) -> Command:
        (tmp_path / "Corefile").write_text(corefile)
        home = {"XDG_STATE_HOME": str(tmp_path), "ROOTWARD_CONTROL": str(tmp_path / "control")}
        started.append(Command(tmp_path, *args, **{**home, **environment}))
        return started[-1]

    yield run
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()


def control(*words: str, **environment: str) -> tuple[int, str, str]:
    """Return status, output and errors of `rootward control`."""
    done = subprocess.run(
        [sys.executable, "-m", "resolver", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    return done.returncode, done.stdout, done.stderr


def configuration(*words: str, **environment: str) -> str:
    """Return which Corefile the server serves that is found: no other of this machine has it."""
    status, said, error = control(*words, "control", "stats", **environment)
    assert status == 0, error
    return dict(line.split() for line in said.splitlines())["configuration"]


def recursing(internet: Internet) -> str:
    return f""".:0 {{
        bind 127.0.0.1
        cache
        unbound {{
            {internet.unbound_properties}
        }}
    }}"""


def asked(server: Command, internet: Internet, name: str = NAME) -> int:
    """Return how often a name was asked for upstream for one query of ours."""
    internet.reset_queries()
    assert server.ask(name) == 0
    return internet.queries(name, "A")


def test_flush_reaches_past_all_caches(internet: Internet, start: Start, tmp_path: Path) -> None:
    """A name, and a zone with all below it, are asked for anew; other names stay in the cache."""
    server = start(recursing(internet))
    server.up()
    path = str(tmp_path / "control")
    other = "www.example.com."
    assert (asked(server, internet), asked(server, internet, other)) == (1, 1)
    assert asked(server, internet) == 0
    for words in (["flush", NAME], ["flush", "-zone", "example.org"]):
        status, said, _ = control("-control", path, "control", *words)
        assert (status, said) == (0, "removed 1 entry, and all that libunbound had cached\n")
        assert (asked(server, internet), asked(server, internet, other)) == (1, 0)
    assert control("control", "-control", path, "flush", "none.example")[:2] == (
        0,
        "removed 0 entries, and all that libunbound had cached\n",
    )


def test_flights_and_stats(internet: Internet, start: Start, tmp_path: Path) -> None:
    """What is being asked is told while it lasts, with its age and who waits."""
    server = start(recursing(internet))
    server.up()
    path = {"ROOTWARD_CONTROL": str(tmp_path / "control")}
    query = dns.message.make_query(SLOW, "A")
    waiting = [
        threading.Thread(target=dns.query.udp, args=(query, "127.0.0.1", PATIENCE_S, server.port))
        for _ in range(3)
    ]
    for thread in waiting:
        thread.start()
    rows: list[list[str]] = []
    while not any(row[3] == "3" for row in rows):
        status, said, _ = control("control", "flights", **path)
        assert status == 0
        header, *rows = (line.split() for line in said.splitlines())
        assert header == ["NAME", "TYPE", "SECONDS", "WAITING", "STATE"]
        assert any(thread.is_alive() for thread in waiting)
    assert [(row[0], row[1], row[4]) for row in rows] == [(SLOW, "A", "asked")]
    assert 0.0 <= float(rows[0][2]) < 4.0
    for thread in waiting:
        thread.join()
    status, said, _ = control("control", "stats", **path)
    stats = dict(line.split() for line in said.splitlines())
    assert status == 0
    assert stats["rootward_unbound_coalesced_total"] == "2"
    assert {"version", "uptime_s", "cache_entries", "flights", "waiting"} <= stats.keys()
    assert len(stats["configuration"]) == 16


def test_the_log_level(start: Start, tmp_path: Path) -> None:
    """What is below it is not logged from now on."""
    server = start()
    server.up()
    path = {"ROOTWARD_CONTROL": str(tmp_path / "control")}
    assert control("control", "log-level", "error", **path)[:2] == (
        0,
        "log level is error, was info\n",
    )
    server.send("SIGUSR2")  # a warning
    assert control("control", "log-level", "info", **path)[0] == 0
    server.send("SIGINT")
    assert server.end() == (0, "[INFO] SIGINT: Shutting down\n", "")


def test_the_socket_is_its_user_s(start: Start, tmp_path: Path) -> None:
    """Mode 0600, in a folder of its own, gone with the server; one that was killed is replaced."""
    folder = tmp_path / "run"
    place = {"ROOTWARD_CONTROL": "", "XDG_RUNTIME_DIR": str(folder), "RUNTIME_DIRECTORY": ""}
    folder.mkdir()
    path = folder / "rootward" / "control"
    for ending in ("SIGKILL", "SIGINT"):
        server = start(WHOAMI, **place)
        server.up()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert configuration(**place) == configuration("-control", str(path))
        server.send(ending)
        server.end()
        assert path.exists() is (ending == "SIGKILL")
    # named, since the system's own server may stand at the next place
    status, _, error = control("-control", str(path), "control", "stats", **place)
    assert status == 1
    assert error.startswith(f"rootward control: no server found: {path}: no such file")


def test_a_second_server(start: Start, tmp_path: Path) -> None:
    """Leaves the first one's socket alone: it warns, or ends if it was told to have that one."""
    place = {"ROOTWARD_CONTROL": "", "XDG_RUNTIME_DIR": str(tmp_path), "RUNTIME_DIRECTORY": ""}
    first = start(WHOAMI, **place)
    first.up()
    path = tmp_path / "rootward" / "control"
    said = f"control socket {path}: a server listens there already"
    second = start(WHOAMI, **place)
    assert second.up()[0] == f"[WARNING] {said}; -control names another, or is off"
    third = start(WHOAMI, "-control", str(path), **place)
    assert third.end() == (1, "", f"{said}\n")
    assert configuration(**place) == configuration("-control", str(path))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["flush", "a..b"], "rootward control: no name: "),
        (["log-level", "all"], "rootward control: no log level 'all': expect debug, info"),
        (["stop"], "rootward control: no command 'stop'\nusage: rootward [-control PATH] control"),
    ],
)
def test_what_makes_no_sense(start: Start, tmp_path: Path, words: list[str], says: str) -> None:
    """Status 1 and the reason."""
    start().up()
    path = {"ROOTWARD_CONTROL": str(tmp_path / "control")}
    status, said, error = control("control", *words, **path)
    assert (status, said) == (1, "")
    assert error.startswith(says)


def test_no_socket(start: Start, tmp_path: Path) -> None:
    """With -control off there is none, and nothing to ask."""
    server = start(WHOAMI, "-control", "off")
    server.up()
    assert not (tmp_path / "control").exists()
    status, _, error = control("-control", "off", "control", "stats")
    assert (status, error.split(":")[0]) == (1, "rootward control")
    server.process.send_signal(signal.SIGINT)
    assert server.end()[0] == 0


def test_no_place_for_a_socket(start: Start) -> None:
    """A user without a runtime folder is told, once, how to have one."""
    before = """
import os, sys
from resolver.command import main
os.geteuid = lambda: 1000
raise SystemExit(main.run(sys.argv[1:]))
"""
    none = {"ROOTWARD_CONTROL": "", "XDG_RUNTIME_DIR": "", "RUNTIME_DIRECTORY": ""}
    said = "[INFO] no control socket: XDG_RUNTIME_DIR is not set; -control PATH names one"
    server = start(WHOAMI, before=before, **none)
    assert server.up().count(said) == 1
    assert not any("control" in line for line in start(WHOAMI, "-control", "off").up())
