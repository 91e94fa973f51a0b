# SPDX-License-Identifier: Apache-2.0
"""The C test program, without sanitizers; `./script/test --sanitize` runs it with them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

NATIVE = Path(__file__).parents[2] / "native"
LIBRARIES = ["unbound", "event", "pthread", "crypto", "hogweed", "nettle", "gmp"]
WARNINGS = ["-Wall", "-Wextra", "-Wshadow", "-Wconversion"]


def build(program: Path) -> str:
    """Compile the program; returns what the compiler had to say."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "no C compiler: apt-get install gcc libc6-dev"
    sources = [*NATIVE.glob("*.c"), *(NATIVE / "test").glob("*.c")]
    command = [
        compiler,
        "-std=gnu11",
        "-O1",
        "-DRN_OPENSSL",
        *WARNINGS,
        "-o",
        str(program),
        *map(str, sources),
    ]
    done = subprocess.run(
        [*command, *(f"-l{name}" for name in LIBRARIES)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("native") / "test"
    return path, build(path)


def test_the_compiler_warns_of_nothing(program: tuple[Path, str]) -> None:
    """Warnings are bugs."""
    assert program[1] == ""


def test_the_c_program_passes(program: tuple[Path, str]) -> None:
    """All that the C tests state is true, each group of them."""
    done = subprocess.run([program[0]], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    groups = re.findall(r"^void (\w+)_tests", (NATIVE / "test" / "tests.h").read_text(), re.M)
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [["ok", n] for n in groups]
