# SPDX-License-Identifier: Apache-2.0
"""Tests of code that is loaded, whatever it does."""

import sys
from pathlib import Path

import pytest

from resolver.errors import ConfigurationError, ResolverError
from resolver.loading import call_setup, is_there, load_module, setup_of
from resolver.testing import controller

FILES = {
    "__init__": "",
    "sound": "def setup(controller):\n    pass\n",
    "hollow": "",
    "missing": "import no_such_module_anywhere\n",
    "raising": "raise ValueError('two\\nlines')\n",
    "silent": "raise RuntimeError\n",
    "exiting": "import sys\nsys.exit('usage: setup.py')\n",
    "syntax": "x = = 1\n",
    "lines": "def setup(controller):\n    return {}[controller.name]\n",
    "exits": "def setup(controller):\n    raise SystemExit(1)\n",
    "says": "from resolver.errors import ResolverError\n"
    "def setup(controller):\n    raise ResolverError('no such file')\n",
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a package of these modules."""
    folder = tmp_path / "loading_of_test"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("loading_of_test")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize(
    ("module", "want"),
    [
        ("loading_of_test.sound", True),
        ("loading_of_test.raising", True),
        ("loading_of_test.nowhere", False),
        ("nowhere_of_test.setup", False),
        pytest.param("loading_of_test.missing.setup", True, id="a package that needs another"),
        pytest.param("loading_of_test.raising.setup", True, id="a package that is broken"),
    ],
)
def test_what_is_there(module: str, want: bool) -> None:
    """Broken is there; missing is not."""
    assert is_there(module) is want


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("missing", "No module named 'no_such_module_anywhere'"),
        ("raising", "ValueError: two lines"),
        ("silent", "RuntimeError"),
        ("exiting", "SystemExit: usage: setup.py"),
        ("syntax", "SyntaxError: invalid syntax (syntax.py, line 1)"),
    ],
)
def test_what_cannot_be_loaded(module: str, text: str) -> None:
    """The reason on one line, whatever it is."""
    with pytest.raises(ConfigurationError) as caught:
        load_module(f"loading_of_test.{module}")
    assert str(caught.value) == f"cannot be loaded: {text}"


def test_what_has_no_setup() -> None:
    """It is told with the module's name."""
    module = load_module("loading_of_test.hollow")
    with pytest.raises(ConfigurationError, match="^loading_of_test.hollow has no function setup$"):
        setup_of(module)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("lines", "set-up failed: KeyError: 'lines'"),
        ("exits", "set-up failed: SystemExit: 1"),
        ("says", "no such file"),
    ],
)
def test_setups_that_fail(module: str, text: str) -> None:
    """What was raised on purpose stays; all else is an error on one line."""
    setup = setup_of(load_module(f"loading_of_test.{module}"))
    with pytest.raises(ResolverError) as caught:
        call_setup(setup, controller(module))
    assert str(caught.value) == text


def test_a_setup_that_works() -> None:
    """It is called."""
    done: list[str] = []
    call_setup(lambda given: done.append(given.name), controller("sound"))
    assert done == ["sound"]
