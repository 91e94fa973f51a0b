# SPDX-License-Identifier: Apache-2.0
"""A server under a service manager: what it is told of a start, of reloads, and of the end."""

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import PATIENCE_S, WHOAMI, Start


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Yield the socket of a service manager, at the path `notify` of the test's folder."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(PATIENCE_S)
        yield sock


def test_from_start_to_end(start: Start, folder: Path, manager: socket.socket) -> None:
    """Ready once it serves; reloads, those that fail too, and the end are told."""

    def told() -> str:
        return re.sub(r"(?<=USEC=)\d+", "N", manager.recv(4096).decode())

    command = start(NOTIFY_SOCKET=str(folder / "notify"))
    assert told() == "READY=1\nSTATUS=serving, 1 listener"
    command.up()
    assert command.ask() == 0
    for corefile, status in (
        (WHOAMI + WHOAMI.replace("127.0.0.1", "127.0.0.2"), "\nSTATUS=serving, 2 listeners"),
        (
            "}",
            "\nSTATUS=serving, 2 listeners; Restart failed: Corefile:1 - Error during parsing:"
            " Unexpected '}' because no matching opening brace",
        ),
        (WHOAMI, "\nSTATUS=serving, 1 listener"),
    ):
        (folder / "Corefile").write_text(corefile)
        command.send("SIGUSR1")
        assert told() == "RELOADING=1\nMONOTONIC_USEC=N"
        assert told() == f"READY=1{status}"
    command.send("SIGTERM")
    assert told() == "STOPPING=1"
    assert command.end()[0] == 0


def test_signs_of_life(start: Start, folder: Path, manager: socket.socket) -> None:
    """A process that does not run gives none: the manager will start another."""
    command = start(NOTIFY_SOCKET=str(folder / "notify"), WATCHDOG_USEC="200000")
    assert manager.recv(4096).startswith(b"READY=1")
    assert [manager.recv(4096) for _ in range(3)] == [b"WATCHDOG=1"] * 3
    command.process.send_signal(signal.SIGSTOP)
    manager.settimeout(1)
    with pytest.raises(TimeoutError):
        for _ in range(20):  # some may have come before it stopped, but no more than fit
            manager.recv(4096)


def test_a_start_that_fails(start: Start, folder: Path, manager: socket.socket) -> None:
    """It is never ready, only about to end."""
    (folder / "Corefile").write_text("}")
    assert start(NOTIFY_SOCKET=str(folder / "notify")).end()[0] == 1
    assert manager.recv(4096) == b"STOPPING=1"
    manager.setblocking(False)
    with pytest.raises(BlockingIOError):
        manager.recv(4096)
