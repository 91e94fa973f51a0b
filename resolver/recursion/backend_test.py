# SPDX-License-Identifier: Apache-2.0
"""Tests of the choice between the bridge and pyunbound; tests/fallback has pyunbound at work."""

import logging
import sys
from pathlib import Path

import pytest

from resolver.errors import ResolverError
from resolver.recursion import backend, pyunbound_module
from resolver.recursion.bridge import Bridge
from resolver.recursion.pyunbound import Pyunbound
from tests.fallback.played import Played

LOG = logging.getLogger("plugin/unbound")


@pytest.fixture
def without_bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extension cannot be loaded."""
    monkeypatch.setitem(sys.modules, "resolver.recursion.bridge", None)
    monkeypatch.setitem(sys.modules, "resolver.ffi", None)


def test_the_bridge_is_taken_where_it_is(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is said about it."""
    made = backend.start(LOG)
    made.close()
    assert isinstance(made, Bridge)
    assert backend.version().count(".") == 2
    assert caplog.messages == []


@pytest.mark.usefixtures("without_bridge")
def test_pyunbound_is_the_fallback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One WARNING says what serves and why."""
    monkeypatch.setattr(pyunbound_module, "load", Played)
    backend.check_loads()
    made = backend.start(LOG)
    made.close()
    assert isinstance(made, Pyunbound)
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message.startswith(
        "no compiled bridge to libunbound: python3-unbound serves in its place, slower "
        "libunbound=1.2.3 reason='import of resolver.recursion.bridge halted"
    )


@pytest.mark.usefixtures("without_bridge")
def test_a_child_proves_with_what_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration is tried by the same libunbound that will load it."""
    monkeypatch.setattr(pyunbound_module, "load", Played)
    attempt = backend.trier()
    assert attempt(b"server:\n") == (0, "")
    assert attempt(b"bad\n") == (-3, "error -3")


@pytest.mark.usefixtures("without_bridge")
def test_without_either_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One error names both that are missing and the remedy."""

    def load() -> pyunbound_module.Module:
        raise ModuleNotFoundError(f"no {tmp_path}/_unbound.so")

    monkeypatch.setattr(pyunbound_module, "load", load)
    with pytest.raises(ResolverError) as caught:
        backend.check_loads()
    text = str(caught.value)
    assert text.startswith("plugin/unbound: cannot load libunbound: import of resolver.ffi halted")
    assert f"no {tmp_path}/_unbound.so; is libunbound8 installed" in text
    assert text.endswith("or python3-unbound?")


def test_an_extension_that_does_not_fit(tmp_path: Path) -> None:
    """Another minor version's is not tried; one that cannot be loaded is an ImportError too."""
    (tmp_path / "_unbound.cpython-30-x86_64-linux-gnu.so").write_bytes(b"")
    with pytest.raises(ImportError, match=r"no .*/_unbound\.cpython-3"):
        pyunbound_module.load(tmp_path)
    (tmp_path / "_unbound.own.so").write_bytes(b"no ELF file")
    with pytest.raises(ImportError, match="_unbound.own.so"):
        pyunbound_module.load(tmp_path, [".own.so"])
