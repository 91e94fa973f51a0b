# SPDX-License-Identifier: Apache-2.0
"""The wheel holds the product and nothing else, runs where it is put, and the sdist can make it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from resolver.version import VERSION
from tests.packaging.conftest import ROOT, Shipped

TESTS = ("_test.py", "/conftest.py")
PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/setup.py"))


def test_the_top_level_is_resolver_and_plugins(shipped: Shipped) -> None:
    """Nothing else is put into site-packages: no tests, no native, no build."""
    top = {name.partition("/")[0] for name in shipped.wheel_names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"resolver", "plugins"}


def test_one_wheel_serves_every_python(shipped: Shipped) -> None:
    """The extension uses the stable interface of Python 3.11 only."""
    assert shipped.wheel.name.startswith(f"rootward-{VERSION}-cp311-abi3-linux_")
    assert [name for name in shipped.wheel_names if ".so" in name] == ["resolver/_native.abi3.so"]


def test_tests_do_not_ship(shipped: Shipped) -> None:
    """A test beside the code it tests stays in the repository and in the sdist."""
    assert [name for name in shipped.wheel_names if name.endswith(TESTS)] == []
    assert [name for name in shipped.sdist_names if name.endswith("_test.py")] != []


@pytest.mark.parametrize("name", ["resolver/plugin.cfg", "resolver/testing/__init__.py"])
def test_what_the_command_reads_ships(shipped: Shipped, name: str) -> None:
    """The order of the chain and the module for authors of plugins are part of the product."""
    assert name in shipped.wheel_names


def test_every_module_ships(shipped: Shipped) -> None:
    """No package and no data file is forgotten: what lies in two folders is in the wheel."""
    present = {
        path.relative_to(ROOT).as_posix()
        for top in ("resolver", "plugins")
        for path in (ROOT / top).rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".so", ".c", ".o"}
    }
    wanted = {name for name in present if not name.endswith(TESTS)}
    assert wanted - set(shipped.wheel_names) == set()


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_ships_with_its_manual_and_licence(shipped: Shipped, plugin: str) -> None:
    """A plugin folder is whole wherever it is installed."""
    wanted = {f"plugins/{plugin}/{name}" for name in ("README.md", "LICENSE", "setup.py")}
    assert wanted - set(shipped.wheel_names) == set()


def test_the_licence_and_the_command_ship(shipped: Shipped) -> None:
    """The wheel carries the licence's text and makes the command `rootward`."""
    folder = f"rootward-{VERSION}.dist-info"
    assert f"{folder}/licenses/LICENSE" in shipped.wheel_names
    with zipfile.ZipFile(shipped.wheel) as zipped:
        entry_points = zipped.read(f"{folder}/entry_points.txt").decode()
    assert "rootward = resolver.__main__:main" in entry_points.splitlines()


@pytest.mark.parametrize(
    "folder", ["native/", "tests/internet/", "script/", "docs/", "examples/plugin/"]
)
def test_the_sdist_is_the_repository(shipped: Shipped, folder: str) -> None:
    """From the sdist one can build, test and read, as from a clone."""
    assert [name for name in shipped.sdist_names if name.startswith(folder)] != []


def test_the_installed_wheel_runs(shipped: Shipped, tmp_path: Path) -> None:
    """Unpacked into an empty folder it runs from there, with the extension built into it."""
    target = tmp_path / "site"
    with zipfile.ZipFile(shipped.wheel) as zipped:
        zipped.extractall(target)
    code = "import resolver.ffi, plugins; print(resolver.ffi.__file__, plugins.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(target)}
    for command in (
        [sys.executable, "-P", "-c", code],
        [sys.executable, "-P", "-m", "resolver", "-version"],
    ):
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert all(str(target) in word for word in done.stdout.split()) or VERSION in done.stdout
