# SPDX-License-Identifier: Apache-2.0
"""Tests of what the command refuses to start with, and what it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command.running import WHOAMI, Start

# 24 is PR_CAPBSET_DROP, 10 is CAP_NET_BIND_SERVICE; who is not root has it not
WITHOUT_CAPABILITY = """
import ctypes, os
if os.geteuid() == 0:
    assert ctypes.CDLL(None).prctl(24, 10, 0, 0, 0) == 0
"""
PORT_START = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")

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

    status, out, error = start(before=WITHOUT_CAPABILITY).end()
    assert (status, out) == (1, "")
    first, second = error.splitlines()
    assert first == "Listen: listen tcp 127.0.0.1:53: bind: permission denied"
    assert "rootward -dns.port 5300" in second


def test_few_descriptors_are_enough(start: Start) -> None:
    """64 of them."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))"
    command = start(before=limit)
    command.up()
    assert command.ask() == 0


def test_complaints_of_libunbound(start: Start, folder: Path) -> None:
    """They come from a child process, each with the Corefile's line."""
    (folder / "Corefile").write_text(
        ".:0 {\n    bind 127.0.0.1\n    unbound {\n        option cache-min-ttl never\n"
        "        option msg-cache-size huge\n    }\n}\n"
    )
    for args in (["check", "Corefile"], []):
        status, out, error = start(*args).end()
        assert (status, out) == (1, "")
        assert error.splitlines() == [
            "Corefile:4 - Error during parsing: plugin/unbound: libunbound: number expected",
            "Corefile:5 - Error during parsing: plugin/unbound: libunbound: memory size expected",
        ]
