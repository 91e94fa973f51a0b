# SPDX-License-Identifier: Apache-2.0
"""The container's image, as far as it can be tried without a container engine."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from resolver.command.options import read_options
from resolver.control.places import client_paths, server_path
from tests.command.running import ROOT
from tests.deploy.image import copy_context, is_in_context, setup_packages, stages
from tests.packaging.conftest import build

BUILD, RUN = stages()
COREFILE = ROOT / "deploy" / "Corefile"


def words(text: str) -> list[str]:
    """Return the words of an instruction in its form without a shell."""
    found = json.loads(text)
    assert all(isinstance(word, str) for word in found)
    return list(found)


def test_both_stages_are_debian_13() -> None:
    """What was built on one runs on the other; whence it comes is said by nobody."""
    assert (BUILD.base, BUILD.name) == (RUN.base, "build")
    assert re.fullmatch(r"debian:13(-slim)?", RUN.base)


def test_it_is_built_with_what_a_checkout_is() -> None:
    """The packages are those of script/setup."""
    assert BUILD.packages() == setup_packages().split()


def test_it_runs_without_what_it_is_built_with() -> None:
    """No compiler, no headers, and no pip."""
    assert [name for name in RUN.packages() if name in BUILD.packages()] == ["python3"]
    assert "--without-pip /opt/rootward" in " ".join(BUILD.all("RUN"))


def test_it_runs_with_the_libraries_of_the_extension() -> None:
    """Each that resolver/_native is linked with, by the package that Debian names after it.

    libcrypto is in the one of libssl.
    """
    told = subprocess.run(
        ["readelf", "-d", ROOT / "resolver/_native.abi3.so"],
        capture_output=True,
        text=True,
        check=True,
    )
    needed = re.findall(r"NEEDED.*\[(lib.+)\.so\.(\d+)\]", told.stdout)
    libraries = {name: number for name, number in needed if name not in {"libc", "libm"}}
    assert {"libunbound", "libevent-2.1"} <= set(libraries)
    for name, number in libraries.items():
        stem = name.replace("libcrypto", "libssl")
        package = re.escape(f"{stem}-{number}" if stem[-1].isdigit() else f"{stem}{number}")
        assert [each for each in RUN.packages() if re.fullmatch(rf"{package}(t64)?", each)], name


def test_it_does_not_run_as_root() -> None:
    """User and group are numbers, and those of the folders that it writes to."""
    user, group = RUN.one("USER").split(":")
    commands = " ".join(RUN.all("RUN"))
    assert int(user) > 0 and int(group) > 0
    assert f"--uid {user} --gid {group} " in commands and f"--gid {group} rootward" in commands
    assert f"install -d -m 700 -o {user} -g {group} /run/rootward /var/lib/rootward" in commands


def test_what_is_told_to_the_engine() -> None:
    """DNS is served over UDP and TCP; the end is asked for with the signal that drains."""
    assert RUN.one("EXPOSE") == "53/udp 53/tcp"
    assert RUN.one("STOPSIGNAL") == "SIGTERM"


def test_the_command() -> None:
    """It serves the Corefile that is put there, and takes other flags in its place."""
    assert words(RUN.one("ENTRYPOINT")) == ["rootward"]
    options = read_options(words(RUN.one("CMD")), {})
    assert options.subcommand == ""
    assert f"deploy/Corefile {options.conf}" in RUN.all("COPY")


def test_the_health_check() -> None:
    """It asks the server by the socket that the server has."""
    _, command = RUN.one("HEALTHCHECK").split(" CMD ")
    program, *arguments = words(command)
    assert program == "rootward"
    options = read_options(arguments, {})
    assert (options.subcommand, options.words) == ("control", ("stats",))
    environment = dict(word.split("=", 1) for word in RUN.one("ENV").split())
    [path, *_] = client_paths("", environment)
    assert path == server_path("", environment, 953)
    assert environment["PATH"].startswith("/opt/rootward/bin:")
    assert "--from=build /opt/rootward /opt/rootward" in RUN.all("COPY")


def test_the_corefile_is_whole() -> None:
    """`rootward check` has nothing to say."""
    done = subprocess.run(
        [sys.executable, "-m", "resolver", "check", COREFILE],
        cwd=ROOT,
        env={**os.environ, "ROOTWARD_CONTROL": "off"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("resolver/wire.py", True),
        ("plugins/acl/README.md", True),
        ("native/wire.c", True),
        ("script/constraints.txt", True),
        ("script/setup", False),
        ("resolver/_native.c", False),
        ("resolver/_native.abi3.so", False),
        ("plugins/acl/acl_test.py", False),
        ("resolver/__pycache__/wire.cpython-313.pyc", False),
        (".git/config", False),
        (".venv/bin/python", False),
    ],
)
def test_what_is_sent_to_be_built_from(path: str, want: bool) -> None:
    """Sources; neither what a checkout has built for itself nor its history."""
    assert is_in_context(path) is want


def test_a_wheel_is_built_from_what_is_copied(tmp_path: Path) -> None:
    """Nothing that it needs is left behind."""
    source = tmp_path / "source"
    copy_context(BUILD, source)
    assert (source / "script/constraints.txt").exists()
    wheel = build("wheel", source, tmp_path / "wheel")
    with zipfile.ZipFile(wheel) as zipped:
        names = set(zipped.namelist())
    wanted = {"resolver/_native.abi3.so", "resolver/plugin.cfg", "plugins/unbound/setup.py"}
    assert wanted - names == set()
