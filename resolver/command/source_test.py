# SPDX-License-Identifier: Apache-2.0
"""Tests of where a Corefile comes from."""

import io
import logging
import socket
from pathlib import Path

import pytest

from resolver.command.options import Fatal
from resolver.command.source import BUILT_IN_FILE, built_in, find_source


class Input:
    """Standard input: a terminal or a pipe."""

    def __init__(self, octets: bytes, is_terminal: bool = False) -> None:
        self.buffer = io.BytesIO(octets)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_flag_comes_first(folder: Path) -> None:
    """The name is kept as it was given: errors begin with it."""
    (folder / "Corefile").write_text("a")
    (folder / "other").write_text("b")
    assert find_source("other") == ("b", "other")


def test_then_the_working_folder(folder: Path) -> None:
    """A file named Corefile."""
    (folder / "Corefile").write_text("a")
    assert find_source("") == ("a", "Corefile")


def test_then_the_built_in_one() -> None:
    """Recursion on loopback."""
    text, file = find_source("")
    assert file == BUILT_IN_FILE
    assert text.startswith(". {\n    bind 127.0.0.1")
    assert [line.strip() for line in text.splitlines()[2:]] == [
        "errors",
        "loadbalance",
        "cache",
        "unbound",
        "}",
    ]


def test_without_ipv6_the_built_in_one_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One warning, and IPv4 alone."""

    def no_ipv6(family: int, kind: int) -> socket.socket:
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr("resolver.command.source.socket.socket", no_ipv6)
    with caplog.at_level(logging.WARNING):
        assert "bind 127.0.0.1\n" in built_in().text
    assert caplog.messages == ["no address ::1 here: listening on 127.0.0.1 only"]


@pytest.mark.parametrize(
    ("given", "want"),
    [
        pytest.param(Input(b". {\n}"), (". {\n}", "/dev/stdin"), id="a pipe"),
        pytest.param(Input(b"", is_terminal=True), None, id="a terminal"),
        pytest.param(None, None, id="closed"),
    ],
)
def test_standard_input(
    given: Input | None, want: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe is read; a terminal is no Corefile."""
    monkeypatch.setattr("resolver.command.source.sys.stdin", given)
    found = find_source("stdin")
    assert (found if found.file != BUILT_IN_FILE else None) == want


def test_what_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason in Go's words."""
    (folder / "Corefile").mkdir()
    (folder / "latin").write_bytes(b"\xe4")
    monkeypatch.setattr("resolver.command.source.sys.stdin", Input(b"\xe4"))
    for conf, message in (
        ("nothing", "loading Caddyfile via flag: open nothing: no such file or directory"),
        ("Corefile", "loading Caddyfile via flag: read Corefile: is a directory"),
        ("", "read Corefile: is a directory"),
        ("latin", "loading Caddyfile via flag: read latin: line 1 is not UTF-8"),
        ("stdin", "reading /dev/stdin: line 1 is not UTF-8"),
    ):
        with pytest.raises(Fatal) as caught:
            find_source(conf)
        assert str(caught.value) == message
