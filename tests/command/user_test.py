# SPDX-License-Identifier: Apache-2.0
"""-user: the server is an ordinary user's process that may bind low ports, and nothing more."""

import os
import pwd
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command.apart import ask, open_folder, status
from tests.command.running import WHOAMI, Command, Start

NET_BIND_SERVICE = f"{1 << 10:016x}"
NOTHING = f"{0:016x}"
USER = "nobody"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder with a Corefile for port 53, which another user may read."""
    with open_folder() as found:
        (found / "Corefile").write_text(WHOAMI.replace(":0", ":53"))
        yield found


@pytest.fixture
def start_as(start: Start, folder: Path) -> Callable[..., Command]:
    """Return a function that starts the command with -user, the user's folders being in ours."""
    before = f"""
import pathlib, sys
from resolver.command import main, privileges
from tests.command.apart import enter
enter()
privileges.FOLDERS = {{
    "RUNTIME_DIRECTORY": pathlib.Path({str(folder)!r}, "run"),
    "STATE_DIRECTORY": pathlib.Path({str(folder)!r}, "state"),
}}
raise SystemExit(main.run(sys.argv[1:]))
"""

    def run(*args: str, **environment: str) -> Command:
        return start("-user", USER, *args, before=before, ROOTWARD_CONTROL="", **environment)

    return run


@pytest.mark.parametrize("named", ["python", "native"])
def test_what_is_left_of_root(start_as: Callable[..., Command], named: str) -> None:
    """Every thread: user and groups are the user's, one capability, and none to be gained."""
    command = start_as(ROOTWARD_ENGINE=named)
    command.up()
    assert ask(command, 53) == ["0", "0"]
    user = pwd.getpwnam(USER)
    groups = " ".join(map(str, sorted(os.getgrouplist(USER, user.pw_gid))))
    tasks = status(command)
    assert len(tasks) > 1
    for task in tasks:
        assert task["Uid"] == " ".join([str(user.pw_uid)] * 4)
        assert task["Gid"] == " ".join([str(user.pw_gid)] * 4)
        assert task["Groups"] == groups
        assert [task[name] for name in ("CapEff", "CapPrm", "CapBnd")] == [NET_BIND_SERVICE] * 3
        assert [task[name] for name in ("CapInh", "CapAmb")] == [NOTHING] * 2
        assert task["NoNewPrivs"] == "1"


@pytest.mark.parametrize("named", ["python", "native"])
def test_a_reload_binds_low_ports(
    start_as: Callable[..., Command], folder: Path, named: str
) -> None:
    """The capability is there for the ports of later."""
    command = start_as(ROOTWARD_ENGINE=named)
    command.up()
    (folder / "Corefile").write_text(WHOAMI.replace(":0", ":53") + WHOAMI.replace(":0", ":54"))
    command.send("SIGUSR1")
    said = [command.stdout.readline() for _ in range(3)]
    assert said[-1] == "[INFO] Reloading complete\n"
    assert [ask(command, port) for port in (53, 54)] == [["0", "0"]] * 2
    command.send("SIGTERM")
    assert command.end()[0] == 0


def test_its_folders_are_made(start_as: Callable[..., Command], folder: Path) -> None:
    """The user's and nobody else's, as systemd makes them. What root left there is the user's."""
    (folder / "state").mkdir(mode=0o700)
    (folder / "state" / "root.key").write_text("")
    command = start_as(XDG_RUNTIME_DIR="/run/user/0")
    command.up()
    user = pwd.getpwnam(USER)
    for name, mode in (("run", 0o40700), ("run/control", 0o140600), ("state", 0o40700)):
        found = (folder / name).stat()
        assert (found.st_uid, found.st_gid, found.st_mode) == (user.pw_uid, user.pw_gid, mode)
    assert (folder / "state" / "root.key").stat().st_uid == user.pw_uid


def test_folders_that_are_named_are_left_as_they_are(
    start_as: Callable[..., Command], folder: Path
) -> None:
    """Whoever names a folder has made it for that user."""
    (folder / "named").mkdir(mode=0o711)
    command = start_as("-control", "off", RUNTIME_DIRECTORY=str(folder / "named"))
    command.up()
    assert (folder / "named").stat().st_uid == 0
    assert not (folder / "run").exists()


def test_the_environment_is_the_users(start: Start) -> None:
    """Home and name, and no folder of root's session."""
    before = f"""
import os
from resolver.command.privileges import become
from tests.command.apart import enter
enter()
become({USER!r}, os.environ, {{}})
print(*(f"{{name}}={{os.environ.get(name)}}" for name in ("HOME", "USER", "LOGNAME")))
print(*(name for name in os.environ if name.startswith("XDG_")))
raise SystemExit
"""
    command = start(before=before, XDG_RUNTIME_DIR="/run/user/0", XDG_STATE_HOME="/root/state")
    home = pwd.getpwnam(USER).pw_dir
    assert command.end() == (0, f"HOME={home} USER={USER} LOGNAME={USER}\n\n", "")


def test_a_corefile_that_the_user_cannot_read(
    start_as: Callable[..., Command], folder: Path
) -> None:
    """It is refused at the start, as a reload would be later."""
    (folder / "Corefile").chmod(0o600)
    assert start_as().end() == (1, "", "open Corefile: permission denied\n")


def test_a_folder_that_the_user_cannot_search(
    start_as: Callable[..., Command], folder: Path
) -> None:
    """Nobody can tell whether there is a Corefile in it."""
    folder.chmod(0o700)
    assert start_as("-control", "off").end() == (1, "", "open Corefile: permission denied\n")
