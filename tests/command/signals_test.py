# SPDX-License-Identifier: Apache-2.0
"""Tests of signals, the pid file and interrupts."""

import os
import signal
from pathlib import Path

import pytest

from tests.command.running import Start, wait_for


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
