# SPDX-License-Identifier: Apache-2.0
"""Tests of the list of directives."""

import sys
from pathlib import Path

import pytest

from resolver.directives import PLUGIN_CFG, Directives, read_order, standard_directives
from resolver.errors import ConfigurationError


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


def test_the_order_is_read() -> None:
    """NAME:PACKAGE, one a line; a comment and an empty line are nothing."""
    order = read_order("# order\n\nb:b  # behind\na:my.package\n", "plugin.cfg")
    assert order.order == ("b", "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a", "plugin.cfg:1 - expecting NAME:PACKAGE, not 'a'", id="no colon"),
        pytest.param("\na:", "plugin.cfg:2 - expecting NAME:PACKAGE, not 'a:'", id="no package"),
        pytest.param("a:a\na:b", "plugin.cfg:2 - plugin 'a' is listed twice", id="twice"),
    ],
)
def test_an_order_that_makes_no_sense(text: str, message: str) -> None:
    """The error names file and line."""
    with pytest.raises(ConfigurationError) as caught:
        read_order(text, "plugin.cfg")
    assert str(caught.value) == message


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
