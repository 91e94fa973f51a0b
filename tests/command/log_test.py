# SPDX-License-Identifier: Apache-2.0
"""Tests of the log: its form, and readers that are no good."""

import json
import socket
from pathlib import Path

import dns.message
import pytest

from tests.command.running import PATIENCE_S, WHOAMI, Start, wait_for


def test_the_log_in_json(start: Start) -> None:
    """Lines that programs read, those of the start too."""
    command = start("-log-format", "json")
    assert {json.loads(line)["level"] for line in command.up()} == {"info"}
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

    command = start("-pidfile", "pid", before="import os; os.closerange(0, 3)")
    wait_for(command, folder / "pid")
    opened = Path(f"/proc/{command.process.pid}/fd")
    assert {str((opened / str(fd)).readlink()) for fd in range(3)} == {"/dev/null"}
    command.send("SIGTERM")
    assert command.end()[0] == 0
