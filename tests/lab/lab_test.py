# SPDX-License-Identifier: Apache-2.0
"""The lab as a person meets it: what it prints is typed, and nothing is left behind."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.internet.world import CHECKOUT
from tests.lab.tries import TRIES
from tests.second_network import nsenter, unshare

PATIENCE_S = 90
LAB = [sys.executable, "-m", "tests.lab"]
# The loopback is brought up; the lab is not told that this is a network for tests.
OUTSIDE = [sys.executable, "-m", "tests.namespace", "env", "-u"]
OUTSIDE += ["ROOTWARD_NETNS", "-u", "SUDO_UID"]
TAKE_THE_PORT = """
import os, socket, sys
taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
taken.bind(("127.0.0.1", 5300))
taken.set_inheritable(True)
os.execv(sys.executable, [sys.executable, "-m", "tests.lab"])
"""


def start(command: list[str], folder: Path, **more: str) -> subprocess.Popen[str]:
    """Start the lab with its temporary files in `folder`."""
    environment = {name: text for name, text in os.environ.items() if name != "ROOTWARD_NETNS"}
    return subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env={**environment, "TMPDIR": str(folder), "SHELL": "/bin/sh", **more},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def banner(lab: subprocess.Popen[str], last: str) -> list[str]:
    """Return the commands that it prints, once it is up."""
    assert lab.stdout is not None
    lines: list[str] = []
    while not lines or not lines[-1].rstrip().endswith(last):
        line = lab.stdout.readline()
        assert line, f"it did not come up: {lab.stderr and lab.stderr.read()}"
        lines.append(line)
    return [line.partition("#")[0].strip() for line in lines if line.startswith("    ")]


def left_in(namespace: str) -> list[str]:
    """Return the processes that live in a network namespace."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "ns/net").readlink()) == namespace:
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it has ended, or is somebody else's
    return found


def shown(output: str) -> tuple[str, bool]:
    """Return RCODE and flag AD of a response as dig and drill print it."""
    rcode = re.search(r"(?:status|rcode): (\w+)", output)
    flags = re.search(r"flags:?([ a-z]*);", output)
    assert rcode, output
    assert flags, output
    return rcode[1], "ad" in flags[1].split()


def test_a_shell_in_a_namespace(tmp_path: Path) -> None:
    """Each command that it prints shows what is said beside it; exit ends it all."""
    lab = start([*unshare(), *LAB, "--shell"], tmp_path)
    typed = banner(lab, "(exit, Ctrl-D) to end the lab.")
    assert len(typed) == len(TRIES)
    script = "".join(f"echo @@; {command}\n" for command in typed)
    out, _ = lab.communicate(f"{script}echo @@; readlink /proc/self/ns/net\n", PATIENCE_S)
    _, *outputs, namespace = out.split("@@\n")
    assert [shown(output) for output in outputs] == [(each.rcode, each.is_ad) for each in TRIES]
    assert lab.returncode == 0
    assert left_in(namespace.strip()) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "status"), [("SIGINT", 0), ("SIGTERM", 143), ("SIGHUP", 129)], ids=str
)
def test_on_this_machines_loopback(tmp_path: Path, name: str, status: int) -> None:
    """Where port 53 can be bound no shell is opened; a signal ends it, and leaves nothing."""
    lab = start([*unshare(), *OUTSIDE, *LAB, "--port", "5301"], tmp_path)
    typed = banner(lab, "Ctrl-C ends the lab.")
    namespace = str(Path(f"/proc/{lab.pid}/ns/net").readlink())
    assert len(left_in(namespace)) > 3
    assert "-p 5301 " in typed[0]
    inside = [*nsenter(lab.pid), "sh", "-c", typed[0]]
    asked = subprocess.run(inside, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert shown(asked.stdout) == ("NOERROR", True)
    lab.send_signal(signal.Signals[name])
    out, _ = lab.communicate(timeout=PATIENCE_S)
    assert '"A IN www.example.org. udp' in out  # its log, on the terminal
    assert lab.returncode == status
    assert left_in(namespace) == []
    assert list(tmp_path.iterdir()) == []


def test_a_terminated_lab_ends_its_shell(tmp_path: Path) -> None:
    """The shell waits for input; it goes too."""
    lab = start([*unshare(), *LAB, "--shell"], tmp_path)
    banner(lab, "(exit, Ctrl-D) to end the lab.")
    namespace = str(Path(f"/proc/{lab.pid}/ns/net").readlink())
    lab.send_signal(signal.SIGTERM)
    assert lab.wait(PATIENCE_S) == 143
    lab.communicate(timeout=PATIENCE_S)
    assert left_in(namespace) == []
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """It says so, and what to do, and leaves nothing."""
    lab = start([*unshare(), *OUTSIDE[:3], sys.executable, "-c", TAKE_THE_PORT], tmp_path)
    out, error = lab.communicate(timeout=PATIENCE_S)
    assert (lab.returncode, out) == (1, "")
    assert error.endswith("\nlab: port 5300 of 127.0.0.1 cannot be bound: try another (--port)\n")
    assert list(tmp_path.iterdir()) == []
