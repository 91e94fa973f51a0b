# SPDX-License-Identifier: Apache-2.0
"""A service's sandbox made by hand, where no systemd runs: what its unit says, as systemd does it.

What is seen: everything read-only but the service's own folders, an empty /tmp and empty homes, a
/dev without devices, a /proc of its own processes. Who it is: an ordinary user that may bind low
ports. What it may do: the system calls of filters.py.
"""

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.command.running import ROOT
from tests.deploy.unit import allowed_calls, settings
from tests.mounts import cover, mount, only_writable, open_way_to, unshare

USER, GROUP = "nobody", "nogroup"
WRITABLE = ("run", "state")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "shm")
_LOAD = "import json; from tests.deploy.filters import load; load(*json.loads({!r}))\n"


def prepare(folder: Path) -> None:
    """Make the service's own folders in `folder`, as systemd makes them in /run and /var/lib."""
    for name in WRITABLE:
        (folder / name).mkdir(mode=0o700)
        shutil.chown(folder / name, USER, GROUP)


def environment(folder: Path) -> dict[str, str]:
    """Return the variables by which systemd names the service's folders."""
    names = ("RUNTIME_DIRECTORY", "STATE_DIRECTORY")
    return {name: str(folder / each) for name, each in zip(names, WRITABLE, strict=True)}


def enter(folder: Path, code: str, arguments: Sequence[str]) -> None:
    """Become a Python in the sandbox that runs `code`, as root. Does not return."""
    service = settings("Service")
    calls = sorted(allowed_calls(service))
    families = " ".join(service["RestrictAddressFamilies"]).split()
    unshare(0)
    kept = [folder, ROOT]
    for home in (Path("/home"), Path("/root")):
        cover(home, 0o755, kept)
    cover(Path("/tmp"), 0o1777, kept)
    open_way_to(ROOT)
    cover(Path("/dev"), 0o755, [Path("/dev", name) for name in _DEVICES])
    mount("proc", Path("/proc"), "hidepid=invisible,subset=pid")
    only_writable([*(folder / name for name in WRITABLE), Path("/tmp"), Path("/dev/shm")])
    os.chdir(folder)
    limits = json.dumps([calls, families])
    become = [
        "setpriv",
        f"--reuid={USER}",
        f"--regid={GROUP}",
        "--clear-groups",
        "--no-new-privs",
        "--inh-caps=-all,+net_bind_service",
        "--ambient-caps=-all,+net_bind_service",
        "--bounding-set=-all,+net_bind_service",
    ]
    os.umask(int(service["UMask"][-1], 8))
    os.execvp(become[0], [*become, sys.executable, "-c", _LOAD.format(limits) + code, *arguments])
