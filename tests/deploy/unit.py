# SPDX-License-Identifier: Apache-2.0
"""The unit of systemd as data: its settings, and the system calls that it allows."""

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.command.running import ROOT

UNIT = ROOT / "deploy" / "rootward.service"
_FETCHED = ROOT / ".cache" / "systemd" / "systemd-analyze"

Settings = Mapping[str, Sequence[str]]


def analyze() -> str | None:
    """Return the path of systemd-analyze: the machine's, or that of script/setup --tests."""
    return shutil.which("systemd-analyze") or shutil.which(_FETCHED)


def settings(section: str, unit: Path = UNIT) -> Settings:
    """Return the values of each setting of a section, in their order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    now = ""
    for line in unit.read_text().splitlines():
        if line.startswith("["):
            now = line.strip("[]")
        elif line and not line.startswith("#") and now == section:
            name, equals, value = line.partition("=")
            assert equals, line
            found[name].append(value)
    return dict(found)


def allowed_calls(service: Settings) -> set[str]:
    """Return the system calls of SystemCallFilter=, with systemd's own groups.

    The first line allows, those with a tilde take away again.
    """
    allowed: set[str] = set()
    for line in service["SystemCallFilter"]:
        named = line.removeprefix("~").split()
        calls = {call for name in named for call in _expand(name)}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    return allowed | _expand("@default")


def _expand(name: str) -> set[str]:
    if not name.startswith("@"):
        return {name}
    done = subprocess.run(
        [analyze() or "systemd-analyze", "--no-pager", "syscall-filter", name],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    words = [line.strip() for line in done.stdout.splitlines() if line.startswith("    ")]
    members = [word for word in words if not word.startswith("#")]
    return {call for member in members for call in _expand(member)}
