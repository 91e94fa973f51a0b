# SPDX-License-Identifier: Apache-2.0
"""Tests of the list of directives."""

import sys
from pathlib import Path

import pytest

from resolver.corefile.controller import Controller
from resolver.directives import (
    PLUGIN_CFG,
    Directives,
    join,
    listed_directives,
    standard_directives,
)
from resolver.entry_points import Outside
from resolver.errors import ConfigurationError, ConfigurationErrors
from resolver.ordering import Place


@pytest.fixture
def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Directives:
    """Return directives whose packages are: sound, without function, not to be loaded, missing."""
    for name, text in [
        ("sound", "def setup(controller):\n    pass\n"),
        ("hollow", ""),
        ("broken", "import no_such_module_anywhere\n"),
    ]:
        folder = tmp_path / "order_of_test" / name
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "setup.py").write_text(text)
    (tmp_path / "order_of_test" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("order_of_test")]:
        monkeypatch.delitem(sys.modules, name)
    words = ("sound", "hollow", "broken", "missing")
    return Directives((word, f"order_of_test.{word}") for word in words)


def test_the_order_is_read(order: Directives) -> None:
    """NAME:PACKAGE, one a line; a comment and an empty line are nothing; nothing else is there."""
    text = "# order\n\nunbound:unbound  # first\na : order_of_test.sound\nfile:file\n"
    listed = listed_directives(f"{text}b:order_of_test.sound.setup", "plugin.cfg")
    assert listed.order == ("unbound", "a", "file", "b")
    assert listed.setup("a") is listed.setup("b") is order.setup("sound")
    assert listed.complaint("cache") == "Unknown directive 'cache'"


def test_an_order_that_makes_no_sense() -> None:
    """Every error names file and line. What our own list has may be missing."""
    text = "\n".join(
        [
            "a",
            "cache:",
            ":b",
            "c:d e",
            "log:log",
            "log:errors",
            "file:file",
            "f:...",
            "errors:errors",
        ]
    )
    with pytest.raises(ConfigurationErrors) as caught:
        listed_directives(text, "my.cfg")
    assert str(caught.value).splitlines() == [
        "my.cfg:1 - expecting NAME:PACKAGE, not 'a'",
        "my.cfg:2 - expecting NAME:PACKAGE, not 'cache:'",
        "my.cfg:3 - expecting NAME:PACKAGE, not ':b'",
        "my.cfg:4 - expecting NAME:PACKAGE, not 'c:d e'",
        "my.cfg:6 - plugin 'log' is listed twice, first in line 5",
        "my.cfg:8 - expecting NAME:PACKAGE, not 'f:...'",
    ]


@pytest.mark.parametrize(
    ("line", "package"),
    [
        pytest.param("nothing:nothing", "plugins.nothing", id="not in plugins"),
        pytest.param("my:a_b.c", "a_b.c", id="of nobody"),
        pytest.param("file:my_file", "plugins.my_file", id="ours has another package"),
    ],
)
def test_a_package_that_is_not_there(line: str, package: str) -> None:
    """What the user lists is to be had."""
    with pytest.raises(ConfigurationErrors) as caught:
        listed_directives(f"errors:errors\n{line}", "my.cfg")
    name = line.partition(":")[0]
    text = f"plugin '{name}': there is no package {package} with a module setup"
    assert str(caught.value) == f"my.cfg:2 - {text}"


def test_plugins_of_other_packages() -> None:
    """They join the list; one that has a name of ours replaces nothing that is here."""
    ours = [("acl", "plugins.acl"), ("file", "plugins.gone"), ("forward", "plugins.gone")]
    found = [
        Outside("acl", "theirs", setup=nothing),
        Outside("broken", "theirs", problem="cannot be loaded: no"),
        Outside("circle", "theirs", setup=nothing, place=Place("circle")),
        Outside("file", "theirs", setup=nothing, place=Place("acl")),
        Outside("new", "theirs", setup=nothing),
    ]
    joined = join(ours, found)
    assert joined.order == ("acl", "file", "broken", "new", "forward")
    assert joined.installed() == ["acl", "file", "new"]
    assert joined.setup("new") is joined.setup("file") is nothing
    assert joined.setup("acl") is not nothing
    complaints = {
        "acl": "there is a plugin of this name already, which is used instead",
        "broken": "cannot be loaded: no",
        "circle": "'circle' is to stand before 'circle': a circle",
    }
    shown = [f"plugin/{name}: package theirs: {text}" for name, text in complaints.items()]
    assert joined.troubles == shown
    assert [joined.complaint(name) for name in complaints] == [None, *shown[1:]]


def nothing(controller: Controller) -> None:
    """Set up nothing."""


def test_what_is_installed(order: Directives) -> None:
    """A package that is there is installed, whether it can be loaded or not."""
    assert order.installed() == ["sound", "hollow", "broken"]


@pytest.mark.parametrize(
    ("name", "want"),
    [
        pytest.param("sound", None, id="known and here"),
        pytest.param("soudn", "Unknown directive 'soudn' (did you mean 'sound'?)", id="near"),
        pytest.param("zzz", "Unknown directive 'zzz'", id="far from all"),
        pytest.param(
            "missing",
            "no action found for directive 'missing' with server type 'dns' (missing a plugin?)",
            id="known and not here",
        ),
    ],
)
def test_what_a_corefile_may_use(order: Directives, name: str, want: str | None) -> None:
    """An unknown directive names the nearest known one."""
    got = order.complaint(name)
    assert got == want or (want is not None and got is not None and got.startswith(f"{want}: "))


def test_a_setup_is_loaded(order: Directives) -> None:
    """When it is asked for."""
    assert order.setup("sound").__module__ == "order_of_test.sound.setup"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("hollow", "plugin/hollow: order_of_test.hollow.setup has no", id="hollow"),
        pytest.param(
            "broken",
            "plugin/broken: cannot be loaded: No module named 'no_such_module_anywhere'",
            id="broken",
        ),
    ],
)
def test_a_setup_that_cannot_be_loaded(order: Directives, name: str, message: str) -> None:
    """One clear line."""
    with pytest.raises(ConfigurationError) as caught:
        order.setup(name)
    assert str(caught.value).startswith(message)


def test_the_order_of_this_build() -> None:
    """The order traps that are security fixes, and recursion behind what may answer before it."""
    order = standard_directives().order
    assert [word for word in order if word in {"rewrite", "autopath", "acl", "cache"}] == [
        "rewrite",
        "autopath",
        "acl",
        "cache",
    ]
    assert order.index("loadbalance") < order.index("cache") < order.index("minimal")
    assert order.index("unbound") == order.index("forward") + 1
    assert PLUGIN_CFG.is_file()
    assert "whoami" in standard_directives().installed()
