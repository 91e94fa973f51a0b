# SPDX-License-Identifier: Apache-2.0
"""One sdist, and one wheel built from it, for all tests of what ships; nothing is fetched."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_SOURCE = (
    "*.egg-info",
    "__pycache__",
    "*.so",
    ".*_cache",
    ".git",
    ".venv",
    ".cache",
    ".hypothesis",
)
FRONT_END = """
import sys
from setuptools import build_meta
getattr(build_meta, sys.argv[1])(sys.argv[2])
"""


@dataclass(frozen=True, slots=True)
class Shipped:
    """The two files that a release consists of, and the names in them."""

    sdist: Path
    wheel: Path
    sdist_names: tuple[str, ...]
    wheel_names: tuple[str, ...]


def build(kind: str, source: Path, target: Path) -> Path:
    """Build an sdist or a wheel in `source` with what is installed here, and return the file."""
    target.mkdir()
    subprocess.run(
        [sys.executable, "-c", FRONT_END, f"build_{kind}", str(target)],
        cwd=source,
        check=True,
        capture_output=True,
        timeout=300,
    )
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """A wheel that is built from the unpacked sdist, which is built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("shipped")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*NOT_SOURCE, "build", "dist"))
    sdist = build("sdist", source, folder / "sdist")
    with tarfile.open(sdist) as archive:
        sdist_names = tuple(name.partition("/")[2] for name in archive.getnames())
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    # tarfile wants a filter from Python 3.12 on, and 3.11.2 knows none
    subprocess.run(["tar", "-xzf", sdist, "-C", unpacked, "--strip-components=1"], check=True)
    wheel = build("wheel", unpacked, folder / "wheel")
    with zipfile.ZipFile(wheel) as zipped:
        return Shipped(sdist, wheel, sdist_names, tuple(zipped.namelist()))
