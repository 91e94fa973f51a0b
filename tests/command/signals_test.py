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
    """SIGHUP is nothing, SIGUSR2 one warning."""
    command = start()
    command.up()
    for number in ("SIGHUP", "SIGUSR2", "SIGUSR2"):
        command.send(number)
        assert command.ask() == 0
    command.send("SIGTERM")
    status, out, _ = command.end()
    assert status == 0
    assert [line.split(":")[0] for line in out.splitlines()] == [
        "[WARNING] SIGUSR2",
        "[INFO] SIGTERM",
    ]


def test_a_signal_reloads(start: Start, folder: Path) -> None:
    """SIGUSR1: what the Corefile says now serves; one that is broken leaves the old one."""
    command = start()
    command.up()
    corefile = folder / "Corefile"
    good = corefile.read_text()
    said: list[str] = []
    for text, last in ((good.replace(".:0", "a:0"), "complete"), ("}", "Restart failed")):
        corefile.write_text(text)
        command.send("SIGUSR1")
        while not said or last not in said[-1]:
            said.append(command.stdout.readline().rstrip("\n"))
        assert (command.ask("a."), command.ask("b.")) == (0, 5)
    command.send("SIGINT")
    assert command.end()[0] == 0
    assert said == [
        "[INFO] SIGUSR1: Reloading",
        "[INFO] Reloading",
        "[INFO] Reloading complete",
        "[INFO] SIGUSR1: Reloading",
        "[INFO] Reloading",
        "[ERROR] Restart failed: Corefile:1 - Error during parsing:"
        " Unexpected '}' because no matching opening brace",
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
