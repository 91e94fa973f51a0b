# SPDX-License-Identifier: Apache-2.0
"""Tests run in a network of their own, or say why they do not."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.namespace import ENTERED, Network, can_bind, enter, is_isolated

CHECKOUT = Path(__file__).parents[1]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.namespace", *command],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("network", "want"),
    [
        (Network(True, True, None), "on a network namespace of its own, IPv4 and IPv6"),
        (Network(False, False, None), "on this host's 127.53.0.0/16, IPv4 only"),
        (Network(False, False, "what is missing"), "what is missing"),
    ],
)
def test_a_person_is_told_in_one_line(network: Network, want: str) -> None:
    """The first line of a test run says where the mini internet is."""
    assert network.describe() == want


def test_a_second_entry_stays() -> None:
    """What has been entered is not left for another one."""
    if not is_isolated():
        pytest.skip("no network namespace of our own here")
    before = Path("/proc/self/ns/net").readlink()
    network = enter()
    assert Path("/proc/self/ns/net").readlink() == before
    assert network.isolated
    assert os.environ[ENTERED] == "entered"


def test_an_isolated_network_is_loopback_alone() -> None:
    """No packet can leave."""
    if not is_isolated():
        pytest.skip("no network namespace of our own here")
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        pytest.raises(OSError, match="unreachable"),
    ):
        udp.connect(("192.0.2.1", 53))


def test_a_port_in_use_cannot_be_bound() -> None:
    """The probe sees another's socket, of either kind."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        assert not can_bind("127.0.0.1", udp.getsockname()[1])
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        assert not can_bind("127.0.0.1", tcp.getsockname()[1])


def test_an_address_of_somebody_else_cannot_be_bound() -> None:
    """Nor one that this machine does not have."""
    assert not can_bind("192.0.2.1")


def test_the_command_runs_another_and_gives_its_exit_code() -> None:
    """The command takes this process's place."""
    if not is_isolated():
        pytest.skip("no network namespace of our own here")
    done = run("sh", "-c", f"echo ${ENTERED}; exit 7")
    assert (done.returncode, done.stdout) == (7, "entered\n")


def test_the_command_wants_a_command() -> None:
    """Without one it says how it is used."""
    done = run()
    assert done.returncode == 2
    assert done.stderr == "usage: python -m tests.namespace COMMAND [ARG...]\n"
