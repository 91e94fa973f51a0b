# SPDX-License-Identifier: Apache-2.0
"""Tests of arguments: what is served, printed, or refused."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from resolver.version import VERSION
from tests.command.running import PATIENCE_S, ROOT, Start


def test_it_serves_and_says_so(start: Start) -> None:
    """The banner: zones, program, what it runs on."""
    command = start()
    lines = command.up()
    assert lines[0] == f".:{command.port} on 127.0.0.1"
    assert lines[1] == f"Rootward-{VERSION}"
    assert re.fullmatch(r"linux/\w+, python3\.\d+\.\d+, libunbound [\d.]+", lines[2])
    assert command.ask() == 0


@pytest.mark.parametrize(
    ("args", "status", "out", "error"),
    [
        pytest.param(["-version"], 0, rf"Rootward-{VERSION}\nlinux/.*\n", "", id="version"),
        pytest.param(["-plugins"], 0, r"(\w+\n)*bind\n(\w+\n)*whoami\n\n", "", id="plugins"),
        pytest.param(["--help"], 0, "", r"Usage of rootward:\n(.*\n)*", id="help"),
        pytest.param(
            ["-nope"],
            2,
            "",
            r"flag provided but not defined: -nope\nUsage of rootward:\n(.*\n)*",
            id="no such flag",
        ),
        pytest.param(
            ["foo"], 1, "", r"extra command line arguments: \[foo\]\n", id="a word too many"
        ),
        pytest.param(
            ["-conf", "nothing"],
            1,
            "",
            r"loading Caddyfile via flag: open nothing: no such file or directory\n",
            id="no such file",
        ),
        pytest.param(
            ["-engine", "perl"],
            1,
            "",
            r"-engine: 'perl' is not one of python, native\n",
            id="no such engine",
        ),
        pytest.param(["check", "Corefile"], 0, "", "", id="check"),
        pytest.param(
            ["chain", "Corefile"],
            0,
            r"dns://\.:0 on 127\.0\.0\.1\n    bind .*\n    whoami  claims everything\n  every .*\n",
            "",
            id="chain",
        ),
    ],
)
def test_what_ends_by_itself(
    start: Start, args: list[str], status: int, out: str, error: str
) -> None:
    """Exit status, standard output and standard error."""
    got = start(*args).end()
    assert got[0] == status, got
    assert re.fullmatch(out, got[1]), got[1]
    assert re.fullmatch(error, got[2]), got[2]


def test_a_reader_that_has_read_enough(start: Start) -> None:
    """Is no error: `rootward chain FILE | head`."""
    command = start("chain", "Corefile")
    command.stdout.close()
    assert command.process.wait(PATIENCE_S) == 0
    assert command.process.stderr is not None
    assert command.process.stderr.read() == ""


@pytest.mark.parametrize(
    ("args", "environment", "has_lanes"),
    [
        pytest.param([], {}, True, id="native by default"),
        pytest.param([], {"ROOTWARD_ENGINE": "python"}, False, id="the environment"),
        pytest.param(["-engine", "python"], {"ROOTWARD_ENGINE": "native"}, False, id="the flag"),
        pytest.param(["-engine", "native"], {"ROOTWARD_ENGINE": "python"}, True, id="the flag too"),
    ],
)
def test_the_engine(
    start: Start, args: list[str], environment: dict[str, str], has_lanes: bool
) -> None:
    """ROOTWARD_ENGINE is the default of -engine; the native engine has threads called lane."""
    command = start(*args, **environment)
    command.up()
    names = [path.read_text() for path in Path(f"/proc/{command.process.pid}/task").glob("*/comm")]
    assert ("lane\n" in names) is has_lanes


def test_a_corefile_by_a_pipe(folder: Path) -> None:
    """`-conf stdin`."""
    done = subprocess.run(
        [sys.executable, "-m", "resolver", "-conf", "stdin"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input="nothing {\n    whoamy\n}\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("/dev/stdin:2 - Error during parsing: Unknown directive 'whoamy'")


@pytest.mark.parametrize("subcommand", ["check", "chain"])
def test_a_zone_that_is_none_is_told(start: Start, folder: Path, subcommand: str) -> None:
    """Before it is served, as the banner tells it then; it is no error."""
    (folder / "Corefile").write_text("127.0.0.1 a_b {\n    whoami\n}\n127.0.0.1:54 {\n}\n")
    status, _, error = start(subcommand, "Corefile").end()
    assert status == 0
    assert error.splitlines() == [
        'Warning: Domain "127.0.0.1." does not follow RFC1035 preferred syntax; '
        "an address to listen on is said with bind",
        'Warning: Domain "a_b." does not follow RFC1035 preferred syntax',
    ]
