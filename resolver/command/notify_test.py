# SPDX-License-Identifier: Apache-2.0
"""What a service manager is told, at a socket of its kind."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resolver.clock import Timer
from resolver.command.notify import RETRY_MS, Manager, Notifier, take_manager
from resolver.testing import FixedClock

PID = 4321


class Server:
    """What is notified of, and the socket at the manager's end."""

    def __init__(self, path: str, watchdog_ms: int = 0) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.sock.bind(path.replace("@", "\0", 1))
        self.clock = FixedClock()
        self.status = "serving, 1 listener"
        self.notifier = Notifier(
            Manager(path, watchdog_ms), self.clock, lambda: self.status, lambda: 7_000_001
        )

    def told(self) -> list[str]:
        """Return the datagrams that have come since this was called last."""
        found: list[str] = []
        while True:
            try:
                found.append(self.sock.recv(4096).decode())
            except BlockingIOError:
                return found

    def close(self) -> None:
        self.notifier.close()
        self.sock.close()


class Timeless(FixedClock):
    """A clock of which nobody may ask anything."""

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        pytest.fail(f"a timer of {delay_ms} ms")


@pytest.fixture(params=["path", "abstract"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Yield a server whose manager waits 10 s for a sign of life."""
    name = f"@rootward-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    made = Server(name, watchdog_ms=10_000)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("environment", "want"),
    [
        pytest.param({}, Manager(), id="nobody manages"),
        pytest.param({"NOTIFY_SOCKET": "/n"}, Manager("/n"), id="a path"),
        pytest.param({"NOTIFY_SOCKET": "@n"}, Manager("@n"), id="an abstract name"),
        pytest.param(
            {"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(PID)},
            Manager("/n", 3000),
            id="a watchdog",
        ),
        pytest.param(
            {"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "3000000"},
            Manager("/n", 3000),
            id="a watchdog of whoever reads it",
        ),
        pytest.param(
            {"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": "1"},
            Manager("/n"),
            id="another process's watchdog",
        ),
        pytest.param(
            {"WATCHDOG_USEC": "3000000"}, Manager(), id="a watchdog that cannot be told anything"
        ),
    ],
)
def test_who_manages(environment: dict[str, str], want: Manager) -> None:
    """What the environment says of it is gone from there: it is no concern of our children."""
    left = {"PATH": "/bin", **environment}
    assert take_manager(left, PID) == want
    assert left == {"PATH": "/bin"}


@pytest.mark.parametrize(
    ("environment", "want", "said"),
    [
        pytest.param(
            {"NOTIFY_SOCKET": "vsock:2:1234"},
            Manager(),
            "NOTIFY_SOCKET=vsock:2:1234 is no Unix socket, nobody is notified",
            id="another kind of socket",
        ),
        pytest.param(
            {"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "soon"},
            Manager("/n"),
            "WATCHDOG_USEC=soon is no time, there is no watchdog",
            id="no number",
        ),
        pytest.param(
            {"NOTIFY_SOCKET": "/n", "WATCHDOG_USEC": "0"},
            Manager("/n"),
            "WATCHDOG_USEC=0 is no time, there is no watchdog",
            id="no time at all",
        ),
    ],
)
def test_what_makes_no_sense(
    environment: dict[str, str], want: Manager, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Is told once, and the server serves."""
    assert take_manager(environment, PID) == want
    assert caplog.messages == [said]


def test_what_is_told(server: Server) -> None:
    """A datagram each, and the status when it is another."""
    notifier = server.notifier
    notifier.ready()
    notifier.reloading()
    server.status = "serving, 2\nlisteners"
    notifier.ready()
    notifier.reloading()
    notifier.ready()
    notifier.stopping()
    assert server.told() == [
        "READY=1\nSTATUS=serving, 1 listener",
        "RELOADING=1\nMONOTONIC_USEC=7000001",
        "READY=1\nSTATUS=serving, 2 listeners",
        "RELOADING=1\nMONOTONIC_USEC=7000001",
        "READY=1",
        "STOPPING=1",
    ]


def test_signs_of_life(server: Server) -> None:
    """Two in each time that the manager waits, from the start to the end, by the loop's clock."""
    server.clock.advance(60_000)
    assert server.told() == []
    server.notifier.ready()
    server.told()
    server.clock.advance(4_999)
    assert server.told() == []
    server.clock.advance(1)
    assert server.told() == ["WATCHDOG=1"]
    server.notifier.reloading()
    server.notifier.ready()
    server.told()
    server.status = "serving, 3 listeners"
    server.clock.advance(10_000)
    assert server.told() == ["WATCHDOG=1\nSTATUS=serving, 3 listeners", "WATCHDOG=1"]
    server.notifier.stopping()
    server.clock.advance(5_000)
    assert server.told() == ["STOPPING=1", "WATCHDOG=1"]
    server.notifier.close()
    server.clock.advance(60_000)
    assert server.told() == []


def test_without_a_watchdog(tmp_path: Path) -> None:
    """Nobody waits for signs of life."""
    server = Server(str(tmp_path / "notify"))
    server.notifier.ready()
    server.clock.advance(60_000)
    assert server.told() == ["READY=1\nSTATUS=serving, 1 listener"]
    server.close()


def test_a_manager_that_does_not_read(server: Server) -> None:
    """Nothing waits for it, and nothing is lost: what does not fit now is sent later, in order."""
    sent = 0
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    with probe, pytest.raises(BlockingIOError):
        while True:
            probe.sendto(b"full", server.sock.getsockname())
            sent += 1
    server.notifier.ready()
    server.notifier.stopping()
    server.clock.advance(20_000)
    assert server.told() == ["full"] * sent
    server.clock.advance(RETRY_MS)
    assert server.told() == ["READY=1\nSTATUS=serving, 1 listener", "STOPPING=1"]
    server.clock.advance(5_000)
    assert server.told() == ["WATCHDOG=1"]


def test_a_manager_that_is_gone(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """One warning, and the server serves."""
    server.sock.close()
    server.notifier.ready()
    server.clock.advance(20_000)
    [said] = caplog.messages
    assert said.startswith("cannot notify ") and said.endswith(": connection refused")


def test_nobody_to_tell() -> None:
    """Run by hand it tells nobody, and asks for no time."""
    notifier = Notifier(Manager(), Timeless(), lambda: "serving")
    notifier.ready()
    notifier.reloading()
    notifier.stopping()
    notifier.close()
