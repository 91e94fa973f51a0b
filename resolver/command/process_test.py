# SPDX-License-Identifier: Apache-2.0
"""Tests of open files, the pid file and the look of a mistake."""

import os
import resource
from pathlib import Path

import pytest

from resolver.command.process import PidFile, raise_descriptors, show_mistake


def test_a_pid_file_comes_and_goes(tmp_path: Path) -> None:
    """It holds the number and a line's end, and anybody may read it."""
    path = tmp_path / "pid"
    path.write_text("an old and longer content")
    file = PidFile(str(path))
    file.write()
    assert path.read_text() == f"{os.getpid()}\n"
    file.remove()
    file.remove()
    assert not path.exists()


def test_a_pid_file_that_cannot_be_written_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """And what is there is not ours to remove."""
    file = PidFile(str(tmp_path))
    file.write()
    file.remove()
    assert caplog.messages == [f"Could not write pidfile: open {tmp_path}: is a directory"]
    assert tmp_path.is_dir()


def test_no_pid_file_is_nothing() -> None:
    """Without the flag."""
    file = PidFile("")
    file.write()
    file.remove()


def test_open_files_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """The soft limit to the hard one."""
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr("resolver.command.process.resource.getrlimit", lambda which: (64, 4096))
    monkeypatch.setattr(
        "resolver.command.process.resource.setrlimit", lambda which, to: set_to.append(to)
    )
    assert raise_descriptors() == 4096
    assert set_to == [(4096, 4096)]


def test_endless_open_files_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """No limit is none."""
    endless = resource.RLIM_INFINITY
    monkeypatch.setattr(
        "resolver.command.process.resource.getrlimit", lambda which: (endless, endless)
    )
    assert raise_descriptors() > 1 << 20


def test_a_mistake_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback for the user."""
    show_mistake(ValueError, ValueError("a\nb"), None)
    assert capsys.readouterr().err == "internal error: ValueError: a b\n"
