# SPDX-License-Identifier: Apache-2.0
"""The tests of recursion, run in a checkout without the extension, and the command there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.running import Command
from tests.second_network import unshare

ENGINE = "the native engine, which is the default, is not there: the python engine serves, slower"
WARNING = "no compiled bridge to libunbound: python3-unbound serves in its place, slower"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("tests/recursion", id="the mini internet"),
        pytest.param("plugins/unbound/libunbound_test.py", id="groups and anchors"),
        pytest.param("plugins/unbound/proof_test.py", id="proof"),
        pytest.param("resolver/recursion/prover_test.py", id="complaints"),
    ],
)
def test_what_holds_with_the_bridge_holds_without(pure: Path, path: str) -> None:
    """Flights, policy, cache and complaints are the same, whatever way leads to libunbound."""
    done = subprocess.run(
        [*unshare(), sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path],
        cwd=pure,
        env={**os.environ, "PYTHONPATH": str(pure)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert " passed in " in done.stdout


def test_the_command_says_so_once(pure: Path, tmp_path: Path) -> None:
    """A WARNING for the engine, one for two blocks that differ, and both answer."""
    blocks = (
        f"{zone}:0 {{\nbind 127.0.0.1\nunbound {{\noption neg-cache-size {size}\n}}\n}}\n"
        for zone, size in ((".", "1m"), ("invalid.", "2m"))
    )
    (tmp_path / "Corefile").write_text("".join(blocks))
    command = Command(tmp_path, PYTHONPATH=str(pure))
    without, said, first, *_ = command.up()
    command.port = int(first.split()[0].rpartition(":")[2])
    # what libunbound answers itself
    assert [command.ask(name) for name in ("localhost.", "www.invalid.")] == [0, 3]
    command.send("SIGTERM")
    code, out, error = command.end()
    assert code == 0
    assert without.startswith(f"[WARNING] {ENGINE}: the compiled extension cannot be loaded: ")
    assert said.startswith(f"[WARNING] plugin/unbound: {WARNING}")
    assert WARNING not in out + error
