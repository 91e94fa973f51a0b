# SPDX-License-Identifier: Apache-2.0
"""What -user refuses before it has changed anything; what it does is in tests/command."""

import os
from pathlib import Path

import pytest

from resolver.command.options import Fatal
from resolver.command.privileges import become


@pytest.mark.parametrize(
    ("name", "uid", "message"),
    [
        pytest.param(
            "nobody",
            1000,
            "-user nobody: only root can become another user;"
            " start rootward as root, or as nobody without -user",
            id="who is not root is told what to do",
        ),
        pytest.param(
            "no-such-user", 0, "-user no-such-user: there is no such user", id="a user who is not"
        ),
        pytest.param(
            "root", 0, "-user root: that is root; name a user without privileges", id="root itself"
        ),
    ],
)
def test_what_cannot_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, uid: int, message: str
) -> None:
    """One line, and nothing is changed or made."""
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    environment = {"HOME": "/root", "XDG_RUNTIME_DIR": "/run/user/0"}
    with pytest.raises(Fatal) as caught:
        become(name, environment, {"RUNTIME_DIRECTORY": tmp_path / "run"})
    assert str(caught.value) == message
    assert environment == {"HOME": "/root", "XDG_RUNTIME_DIR": "/run/user/0"}
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The variable that names another is told."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    folder = tmp_path / "none" / "run"
    with pytest.raises(Fatal) as caught:
        become("nobody", {}, {"RUNTIME_DIRECTORY": folder})
    assert str(caught.value) == (
        f"-user nobody: {folder}: no such file or directory;"
        " the variable RUNTIME_DIRECTORY names another folder"
    )
