# SPDX-License-Identifier: Apache-2.0
"""script/setup on machines that lack something: it says what, and what to do about it.

Each test gives the script a PATH of its own, with the tools of a bare system, and stand-ins for
those that tell about the machine or would change it.
"""

import shlex
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
    "rm",
    "sed",
    "sha256sum",
    "tail",
    "uname",
]
PACKAGES = (
    "python3 python3-venv python3-dev gcc libc6-dev libunbound-dev libevent-dev"
    " libssl-dev nettle-dev"
)

NO_COMPILER = "error: command 'gcc' failed: No such file or directory"

# What script/setup asks of .venv/bin/python; the extension cannot be compiled, all else can be had.
PIP = """\
#!/bin/sh
case "$*" in
    *sys.prefix*) echo "{venv} $(/usr/bin/python3 -c 'import sys; print(sys.version)')" ;;
    *'pip install'*)
        echo "pip ${{ROOTWARD_NATIVE-}}" >>{commands}/record
        [ "${{ROOTWARD_NATIVE-}}" = optional ] && exit 0
        echo 'error: subprocess-exited-with-error'
        printf '      %s\\n' {compiler} 'error: command failed' >&2
        exit 1 ;;
    *resolver.ffi*) echo "ModuleNotFoundError: No module named 'resolver._native'" >&2; exit 1 ;;
esac
"""


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

    def python(self, *, compiler: str) -> None:
        """Give the checkout a .venv whose pip compiles nothing: `compiler` is what it is told."""
        folder = self.checkout / ".venv" / "bin"
        folder.mkdir(parents=True)
        (folder / "python").write_text(
            PIP.format(venv=folder.parent, compiler=shlex.quote(compiler), commands=self.commands)
        )
        (folder / "rootward").touch()
        for path in folder.iterdir():
            path.chmod(0o755)

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
    machine.python(compiler=NO_COMPILER)
    done = machine.setup()
    missing = PACKAGES.removeprefix("python3 python3-venv ")
    assert (
        f"setup: packages: missing, and nobody here may install: {missing}; trying without\n"
        in done.stderr
    )
    assert 'step "packages" failed' not in done.stderr
    assert 'setup: step "packages" failed: missing: ' in machine.setup("--tests").stderr


COMPLAINTS = [
    pytest.param(
        "native/context.c:18:10: fatal error: unbound-event.h: No such file or directory",
        id="a header",
    ),
    pytest.param("native/wire.c:7:5: error: unknown type name 'size'", id="an error"),
    pytest.param(NO_COMPILER, id="no compiler"),
    pytest.param("/usr/bin/ld: cannot find -lunbound: No such file or directory", id="a library"),
]


def all_installed(machine: Machine) -> None:
    machine.command("dpkg-query", 'echo "install ok installed"')


@pytest.mark.parametrize("complaint", COMPLAINTS)
def test_what_cannot_be_compiled_is_said_last(machine: Machine, complaint: str) -> None:
    """And again whenever it is used: why, what it costs, and how to try again."""
    all_installed(machine)
    machine.python(compiler=complaint)
    first = machine.setup()
    assert first.returncode == 0, first.stderr
    head, found, warning = first.stderr.partition("setup: done\n")
    assert found
    assert "trying again without the C extension" in head
    assert "WITHOUT its C extension" in warning
    assert f"    why:        {complaint}\n" in warning
    assert "6 times" in warning
    assert "    try again:  rm .cache/pure && ./script/setup\n" in warning
    assert machine.calls().splitlines() == ["pip ", "pip optional"]
    again = machine.setup()
    assert (again.returncode, again.stderr) == (0, warning)
    assert len(machine.calls().splitlines()) == 2
    (machine.checkout / ".cache" / "pure").unlink()
    assert machine.setup().stderr.endswith(warning)
    assert len(machine.calls().splitlines()) == 4
    said = (machine.checkout / ".cache" / "compiler.log").read_text()
    assert complaint in said


def test_what_is_missing_is_said_with_it(machine: Machine) -> None:
    """Who may not install is told what to have installed."""
    machine.command(
        "dpkg-query", 'case "$4" in gcc) exit 1 ;; *) echo "install ok installed" ;; esac'
    )
    machine.python(compiler=NO_COMPILER)
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert (
        "    missing:    apt-get update && apt-get install -y --no-install-recommends gcc\n"
        in done.stderr
    )
    all_installed(machine)
    machine.setup()
    assert len(machine.calls().splitlines()) == 4


def test_tests_need_the_extension(machine: Machine) -> None:
    """They hold both ways to libunbound against each other: one alone is no set-up for them."""
    all_installed(machine)
    machine.python(compiler=NO_COMPILER)
    done = machine.setup("--tests")
    assert done.returncode == 1
    assert 'step "build" failed: pip could not install rootward into .venv\n' in done.stderr
