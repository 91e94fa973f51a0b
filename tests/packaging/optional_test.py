# SPDX-License-Identifier: Apache-2.0
"""A machine that cannot compile: the build fails, unless it is told that it may do without."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import FRONT_END, NOT_SOURCE, ROOT


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a wheel is made from."""
    folder = tmp_path_factory.mktemp("optional") / "source"
    ignored = shutil.ignore_patterns(*NOT_SOURCE, "tests", "bench", "docs", "build", "dist", "*.c")
    shutil.copytree(ROOT, folder, ignore=ignored)  # without C files nothing can be compiled
    return folder


def build(source: Path, target: Path, native: str | None) -> subprocess.CompletedProcess[str]:
    """Build a wheel where there is no way to compile."""
    target.mkdir()
    environment = {name: text for name, text in os.environ.items() if name != "ROOTWARD_NATIVE"}
    if native is not None:
        environment["ROOTWARD_NATIVE"] = native
    return subprocess.run(
        [sys.executable, "-c", FRONT_END, "build_wheel", str(target)],
        cwd=source,
        env={**environment, "CC": "no-such-compiler"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("native", [pytest.param(None, id="unset"), "required"])
def test_a_build_that_fails(source: Path, tmp_path: Path, native: str | None) -> None:
    """Nobody gets the slower way without having asked for it."""
    done = build(source, tmp_path / "dist", native)
    assert done.returncode != 0
    assert "no-such-compiler" in done.stderr
    assert list((tmp_path / "dist").glob("*.whl")) == []


def test_a_pure_install(source: Path, tmp_path: Path) -> None:
    """With ROOTWARD_NATIVE=optional it is a warning, and a wheel with all but the extension."""
    done = build(source, tmp_path / "dist", "optional")
    assert done.returncode == 0, done.stderr
    assert 'building extension "resolver._native" failed' in done.stdout + done.stderr
    (wheel,) = (tmp_path / "dist").iterdir()
    with zipfile.ZipFile(wheel) as zipped:
        names = zipped.namelist()
    assert "resolver/recursion/pyunbound.py" in names
    assert [name for name in names if name.endswith((".so", ".c"))] == []
