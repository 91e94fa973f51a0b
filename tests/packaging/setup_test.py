# SPDX-License-Identifier: Apache-2.0
"""script/setup on machines that lack something: it says what, and what to do about it.

Each test gives the script a PATH of its own, with the tools of a bare system, and stand-ins for
those that tell about the machine or would change it.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT

BARE = [
    "cat",
    "chmod",
    "cut",
    "dirname",
    "env",
    "flock",
    "mkdir",
    "sed",
    "sha256sum",
    "tail",
    "uname",
]
PACKAGES = (
    "python3 python3-venv python3-dev gcc libc6-dev libunbound-dev libevent-dev"
    " libssl-dev nettle-dev"
)


@dataclass(frozen=True, slots=True)
class Machine:
    """A copy of what script/setup reads, and the folder of its commands."""

    checkout: Path
    commands: Path

    def command(self, name: str, script: str) -> None:
        """Give the machine a command that is a line of shell."""
        path = self.commands / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def setup(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run script/setup there, without a terminal."""
        return subprocess.run(
            [str(self.checkout / "script/setup"), *arguments],
            env={"PATH": str(self.commands), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def calls(self) -> str:
        """Return what was asked of the stand-ins that keep a record."""
        record = self.commands / "record"
        return record.read_text() if record.exists() else ""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with nothing but a shell and what every Debian has, used by a user without sudo."""
    made = Machine(tmp_path / "checkout", tmp_path / "commands")
    made.commands.mkdir()
    for name in BARE:
        found = shutil.which(name)
        assert found is not None
        (made.commands / name).symlink_to(found)
    shutil.copytree(ROOT / "script", made.checkout / "script")
    (made.checkout / "resolver").mkdir()
    for name in ("pyproject.toml", "setup.py", "resolver/version.py"):
        shutil.copy(ROOT / name, made.checkout / name)
    made.command("id", 'case "$1" in -u) echo 1000 ;; -un) echo somebody ;; esac')
    made.command("dpkg-query", "exit 1")
    made.command(
        "apt-get", f'echo "$@" >> {made.commands}/record; echo "E: no such archive"; exit 100'
    )
    return made


def test_without_root_it_prints_the_line_for_an_administrator(machine: Machine) -> None:
    """A user who cannot install is told the exact command, and nothing is tried."""
    done = machine.setup("--tests")
    assert done.returncode == 1
    assert (
        "  apt-get update && apt-get install -y --no-install-recommends "
        f"{PACKAGES} python3-unbound\n" in done.stderr
    )
    assert "and you then: ./script/setup --tests\n" in done.stderr
    assert machine.calls() == ""


def test_clang_is_for_sanitizers_only(machine: Machine) -> None:
    """Whoever fuzzes needs it; nobody who serves or tests does."""
    wanted = f"missing: {PACKAGES} python3-unbound clang\n"
    assert wanted in machine.setup("--sanitize").stderr
    assert "clang" not in machine.setup("--tests").stderr


def test_only_what_is_missing_is_asked_for(machine: Machine) -> None:
    """A package that is there is not named, one that was removed but left its files is."""
    machine.command(
        "dpkg-query",
        'case "$4" in gcc) echo "deinstall ok config-files" ;; python3-venv) exit 1 ;;'
        ' *) echo "install ok installed" ;; esac',
    )
    done = machine.setup()
    assert done.returncode == 1
    assert 'setup: step "packages" failed: missing: python3-venv gcc\n' in done.stderr


def test_another_kind_holds_no_longer(machine: Machine) -> None:
    """Stamps are by kind, and the extension is one: who builds it takes what others say of it."""
    stamp = machine.checkout / ".cache" / "sanitize.stamp"
    stamp.parent.mkdir()
    stamp.write_text("a digest of other sources\n")
    assert machine.setup().returncode == 1
    assert stamp.read_text() == ""


def test_without_what_is_optional_it_goes_on(machine: Machine) -> None:
    """Where nobody may install, headers that only make it faster are done without."""
    machine.command(
        "dpkg-query",
        'case "$4" in libssl-dev|nettle-dev) exit 1 ;; *) echo "install ok installed" ;; esac',
    )
    done = machine.setup()
    assert (
        "setup: packages: missing, and nobody here may install: libssl-dev nettle-dev;"
        " trying without\n" in done.stderr
    )
    assert 'step "packages" failed' not in done.stderr


def test_a_failing_apt_is_shown(machine: Machine) -> None:
    """Root on a machine that reaches no archive sees apt's own words and the step that failed."""
    machine.command("id", "echo 0")
    done = machine.setup()
    assert done.returncode == 1
    assert "    | E: no such archive\n" in done.stderr
    assert f'setup: step "packages" failed: apt-get could not install {PACKAGES}\n' in done.stderr
    assert machine.calls().splitlines()[-1].endswith(f"install --no-install-recommends {PACKAGES}")


def test_sudo_is_used_when_it_asks_nothing(machine: Machine) -> None:
    """Without a terminal a sudo that needs no password is used, and only for apt."""
    machine.command("sudo", f'echo "sudo $*" >> {machine.commands}/record; [ "$1" = -n ]')
    machine.setup()
    asked = [line for line in machine.calls().splitlines() if line.startswith("sudo env")]
    assert len(asked) == 2
    assert all(
        "DEBIAN_FRONTEND=noninteractive" in line and " apt-get -y " in line for line in asked
    )


def test_a_sudo_that_would_ask_is_left_alone(machine: Machine) -> None:
    """Without a terminal nobody can type a password: it is as if there were no sudo."""
    machine.command("sudo", "exit 1")
    done = machine.setup()
    assert done.returncode == 1
    assert "You are not root and cannot become root with sudo." in done.stderr


def test_an_unknown_argument(machine: Machine) -> None:
    """A misspelt option is told, not ignored."""
    done = machine.setup("--test")
    assert (done.returncode, done.stderr) == (2, "usage: script/setup [--tests | --sanitize]\n")


def test_without_a_compiler_it_goes_on_if_the_server_can(machine: Machine) -> None:
    """Where nobody may install, python3-unbound is enough to serve; the next step is tried."""
    machine.command(
        "dpkg-query",
        'case "$4" in python3|python3-venv|python3-unbound) echo "install ok installed" ;; esac',
    )
    done = machine.setup()
    missing = PACKAGES.removeprefix("python3 python3-venv ")
    assert (
        f"setup: packages: missing, and nobody here may install: {missing}; trying without\n"
        in done.stderr
    )
    assert 'step "packages" failed' not in done.stderr
    assert 'setup: step "packages" failed: missing: ' in machine.setup("--tests").stderr
