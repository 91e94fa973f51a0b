# SPDX-License-Identifier: Apache-2.0
"""The unit of systemd: what it promises, and what systemd itself says of it."""

import subprocess
from pathlib import Path

import pytest

from resolver.command.options import read_options
from tests.deploy.unit import UNIT, analyze, settings

SERVICE = settings("Service")
EXPOSURE = 15  # tenths, as `systemd-analyze security` counts: less is better

needs_systemd = pytest.mark.skipif(
    analyze() is None, reason="systemd-analyze is not here: script/setup --tests has it"
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Type", "notify"),
        ("NotifyAccess", "main"),
        ("ExecReload", '/bin/sh -c "kill -USR1 ${MAINPID}"'),
        ("Restart", "on-failure"),
        ("OOMPolicy", "continue"),
        ("DynamicUser", "yes"),
        ("RuntimeDirectory", "rootward"),
        ("StateDirectory", "rootward"),
        ("ConfigurationDirectory", "rootward"),
        ("AmbientCapabilities", "CAP_NET_BIND_SERVICE"),
        ("CapabilityBoundingSet", "CAP_NET_BIND_SERVICE"),
        ("UMask", "0077"),
        ("ProtectSystem", "strict"),
        ("MemoryDenyWriteExecute", "yes"),
        ("NoNewPrivileges", "yes"),
        ("PrivateDevices", "yes"),
        ("PrivateTmp", "yes"),
        ("ProtectClock", "yes"),
        ("ProtectKernelLogs", "yes"),
        ("ProtectKernelModules", "yes"),
        ("ProtectKernelTunables", "yes"),
        ("RestrictNamespaces", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_NETLINK AF_UNIX"),
    ],
)
def test_what_it_says(name: str, value: str) -> None:
    """What the manual promises of the service; each is said once."""
    assert SERVICE[name] == [value]


def test_system_calls() -> None:
    """A list of what is allowed, from which privileged calls are taken away again."""
    assert SERVICE["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]


def test_descriptors() -> None:
    """Soft and hard limit are one: the server need not raise it, which the sandbox forbids."""
    [limit] = SERVICE["LimitNOFILE"]
    assert int(limit) >= 4096


def test_the_watchdog_gives_time() -> None:
    """A loop that is busy for a few seconds is not yet dead."""
    [seconds] = SERVICE["WatchdogSec"]
    assert int(seconds) >= 10


def test_the_command_is_one_of_ours() -> None:
    """Its flags are there, and nothing of -user, since systemd changes the user."""
    [line] = SERVICE["ExecStart"]
    command, *flags = line.split()
    assert Path(command).name == "rootward"
    options = read_options(flags, {})
    assert (options.conf, options.user, options.subcommand) == ("%E/rootward/Corefile", "", "")


def test_it_waits_for_nothing_that_needs_names() -> None:
    """time-sync.target and network-online.target may wait for a resolver: for us."""
    said = settings("Unit")
    assert said["After"] == ["network.target"]
    assert "Requires" not in said


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """Return a copy of the unit with a command that is here."""
    copy = tmp_path / UNIT.name
    [line] = SERVICE["ExecStart"]
    copy.write_text(UNIT.read_text().replace(line.split()[0], "/bin/true"))
    return copy


@needs_systemd
def test_systemd_has_nothing_to_complain_of(unit: Path) -> None:
    """`systemd-analyze verify` reads it without a word, and says what is wrong with another."""
    assert _analyze("verify", str(unit)) == (0, "")
    unit.write_text(unit.read_text().replace("UMask=", "UMusk="))
    assert "UMusk" in _analyze("verify", str(unit))[1]


@needs_systemd
def test_it_is_not_exposed(unit: Path) -> None:
    """`systemd-analyze security` gives 1.5 of 10, and more to a unit that forgets a line."""
    command = ("security", "--offline=true", f"--threshold={EXPOSURE}", str(unit))
    assert _analyze(*command)[0] == 0
    unit.write_text(unit.read_text().replace("PrivateDevices=yes\n", ""))
    assert _analyze(*command)[0] != 0


def _analyze(*words: str) -> tuple[int, str]:
    """Return exit status and standard error."""
    done = subprocess.run(
        [analyze() or "", "--no-pager", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr
