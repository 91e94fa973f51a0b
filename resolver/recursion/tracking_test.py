# SPDX-License-Identifier: Apache-2.0
"""State of RFC 5011: where it lies, what happens to it on a bad disk."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from resolver.recursion import anchors, tracking
from resolver.recursion.samples_test import NEW, OLD, state
from resolver.recursion.tracking import TrackedAnchors, state_folder, track

NOW = 2000.0


def start(folder: Path) -> TrackedAnchors:
    environ = {"STATE_DIRECTORY": str(folder / "state"), "RUNTIME_DIRECTORY": str(folder / "run")}
    (folder / "run").mkdir(exist_ok=True)
    tracked = track(environ, folder, 1000, NOW, shm=folder / "none")
    assert tracked is not None
    return tracked


@pytest.mark.parametrize(
    ("environ", "uid", "want"),
    [
        pytest.param({"STATE_DIRECTORY": "/a:/b", "XDG_STATE_HOME": "/c"}, 0, "/a", id="systemd"),
        pytest.param({"XDG_STATE_HOME": "/c"}, 0, "/c/rootward", id="XDG"),
        pytest.param({}, 0, "/var/lib/rootward", id="root"),
        pytest.param({}, 1000, "/home/u/.local/state/rootward", id="user"),
    ],
)
def test_state_folder(environ: dict[str, str], uid: int, want: str) -> None:
    """The state folder is systemd's, XDG's, or the usual one."""
    assert state_folder(environ, Path("/home/u"), uid) == Path(want)


def test_starts_from_shipped_keys(tmp_path: Path) -> None:
    """Without saved state the shipped keys are tracked, in a folder of our own."""
    tracked = start(tmp_path)
    assert tracked.records == (OLD, NEW)
    assert anchors.parse_state(tracked.runtime.read_bytes()) == (OLD, NEW)
    assert tracked.runtime.parent.parent == tmp_path / "run"
    assert tracked.runtime.parent.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "state").exists()


def test_saves_when_changed(tmp_path: Path) -> None:
    """A change is copied once, and the next start begins with it."""
    tracked = start(tmp_path)
    assert tracked.save_if_changed() is False
    tracked.runtime.write_bytes(state((NEW, 2), seen=int(NOW)))
    assert tracked.save_if_changed() is True
    assert tracked.save_if_changed() is False
    assert tracked.state.read_bytes() == state((NEW, 2), seen=int(NOW))
    assert start(tmp_path).records == (NEW,)


def test_close_saves_and_leaves_nothing(tmp_path: Path) -> None:
    """At the end the last change is saved and the runtime folder is gone."""
    tracked = start(tmp_path)
    tracked.runtime.write_bytes(state((NEW, 2)))
    tracked.close()
    assert tracked.state.read_bytes() == state((NEW, 2))
    assert list((tmp_path / "run").iterdir()) == []


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        pytest.param(b"", "it trusts no key", id="0 octets after a full disk"),
        pytest.param(state((OLD, 4)), "it trusts no key", id="all keys revoked"),
        pytest.param(b"\x00\xff garbage\n", "no trust anchor", id="corrupt"),
        pytest.param(state((OLD, 2))[:-400] + b"\n", "no trust anchor", id="cut off"),
    ],
)
def test_bad_state_means_shipped_keys(
    octets: bytes, reason: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """State that cannot be used is one WARNING, and the shipped keys are tracked."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "root.key").write_bytes(octets)
    assert start(tmp_path).records == (OLD, NEW)
    (record,) = caplog.records
    assert "saved trust anchors are not used" in record.getMessage()
    assert reason in record.getMessage()


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(b"", id="0 octets"),
        pytest.param(b"half a li", id="half written"),
        pytest.param(state((OLD, 4)), id="no key trusted"),
    ],
)
def test_damaged_runtime_file_is_not_saved(
    octets: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Good state is never replaced by an anchor file that trusts nothing."""
    tracked = start(tmp_path)
    tracked.runtime.write_bytes(state((NEW, 2)))
    assert tracked.save_if_changed()
    tracked.runtime.write_bytes(octets)
    assert [tracked.save_if_changed(), tracked.save_if_changed()] == [False, False]
    assert tracked.state.read_bytes() == state((NEW, 2))
    assert len(caplog.records) == 1


@pytest.mark.parametrize("folder_too", [False, True])
def test_removed_runtime_file_is_put_back(
    folder_too: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """libunbound ends the process if its file is gone, so we put back what was saved last."""
    tracked = start(tmp_path)
    tracked.runtime.write_bytes(state((NEW, 2)))
    assert tracked.save_if_changed()
    tracked.runtime.unlink()
    if folder_too:
        tracked.runtime.parent.rmdir()
    assert tracked.save_if_changed() is False
    assert tracked.runtime.read_bytes() == state((NEW, 2))
    assert tracked.runtime.parent.stat().st_mode & 0o777 == 0o700
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_removed_runtime_folder_that_cannot_be_put_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where it cannot be put back an operator hears of it."""
    tracked = start(tmp_path)
    shutil.rmtree(tmp_path / "run")
    assert tracked.save_if_changed() is False
    assert "cannot put the anchor file back" in caplog.text


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_failure_to_save_is_one_warning(
    code: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A full or read-only disk is told once and tried again; the old state stays."""
    failing = True

    def write(path: Path, octets: bytes) -> None:
        if failing:
            raise OSError(code, os.strerror(code))
        tracking.write_whole(path, octets)

    tracked = start(tmp_path)
    tracked.write = write
    tracked.runtime.write_bytes(state((NEW, 2)))
    assert [tracked.save_if_changed(), tracked.save_if_changed()] == [False, False]
    (record,) = caplog.records
    assert os.strerror(code) in record.getMessage()
    failing = False
    assert tracked.save_if_changed() is True


def test_failed_write_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there stays whole when the disk fills up half way, and no part file is left."""
    path = tmp_path / "root.key"
    tracking.write_whole(path, b"old")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        tracking.write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_state_folder_that_cannot_be_made(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file in the place of the state folder is a WARNING, no end of the process."""
    (tmp_path / "state").write_text("")
    environ = {"STATE_DIRECTORY": str(tmp_path / "state" / "x"), "RUNTIME_DIRECTORY": str(tmp_path)}
    tracked = track(environ, tmp_path, 1000, NOW, shm=tmp_path / "none")
    assert tracked is not None
    caplog.clear()
    tracked.runtime.write_bytes(state((NEW, 2)))
    assert tracked.save_if_changed() is False
    assert "cannot save trust anchors" in caplog.text


def test_no_runtime_folder_means_static_anchors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no folder can be written the anchors are static, with one WARNING."""
    environ = {"XDG_RUNTIME_DIR": str(tmp_path / "a"), "RUNTIME_DIRECTORY": str(tmp_path / "b")}
    assert track(environ, tmp_path, 1000, NOW, shm=tmp_path / "c") is None
    (record,) = caplog.records
    assert "RFC 5011 is off" in record.getMessage()


@pytest.mark.parametrize("name", ["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR", ""])
def test_runtime_folders_in_turn(name: str, tmp_path: Path) -> None:
    """The runtime folder is systemd's, XDG's, or /dev/shm: the first that can be written."""
    environ = {"RUNTIME_DIRECTORY": "/nonexistent/r", "XDG_RUNTIME_DIR": "/nonexistent/x"}
    if name:
        environ[name] = str(tmp_path)
    tracked = track(environ, tmp_path, 1000, NOW, shm=Path("/nonexistent/s") if name else tmp_path)
    assert tracked is not None
    assert tracked.runtime.parent.parent == tmp_path
