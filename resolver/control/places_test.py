# SPDX-License-Identifier: Apache-2.0
"""Where the socket is, and who may use it."""

import errno
import stat
from pathlib import Path

import pytest

from resolver.control.places import client_paths, connect, listen, server_path


@pytest.mark.parametrize(
    ("given", "environment", "uid", "want"),
    [
        pytest.param("/x/y", {"RUNTIME_DIRECTORY": "/r"}, 0, "/x/y", id="the one that is named"),
        pytest.param("off", {"RUNTIME_DIRECTORY": "/r"}, 0, None, id="none"),
        pytest.param(
            "",
            {"RUNTIME_DIRECTORY": "/r:/s", "XDG_RUNTIME_DIR": "/u"},
            0,
            "/r/control",
            id="systemd",
        ),
        pytest.param("", {"XDG_RUNTIME_DIR": "/u"}, 0, "/u/rootward/control", id="a session"),
        pytest.param("", {}, 0, "/run/rootward/control", id="root"),
        pytest.param("", {}, 1000, None, id="nowhere"),
    ],
)
def test_where_a_server_has_it(
    given: str, environment: dict[str, str], uid: int, want: str | None
) -> None:
    """In the runtime folder of whoever started it."""
    assert server_path(given, environment, uid) == (Path(want) if want else None)


def test_where_it_is_looked_for() -> None:
    """Where the same user's server has it, and where the system's has."""
    assert client_paths("/x", {"XDG_RUNTIME_DIR": "/u"}) == [Path("/x")]
    found = client_paths("", {"RUNTIME_DIRECTORY": "/r", "XDG_RUNTIME_DIR": "/u"})
    assert [str(path) for path in found] == [
        "/r/control",
        "/u/rootward/control",
        "/run/rootward/control",
    ]


def test_only_its_user_may_use_it(tmp_path: Path) -> None:
    """The socket is 0600, a folder that has to be made 0700; paths may be long."""
    folder = tmp_path / ("x" * 120)
    with listen(folder / "control") as sock:
        assert stat.S_IMODE((folder / "control").stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        with connect(folder / "control", 1.0) as client:
            made, _ = sock.accept()
            with made:
                client.sendall(b"x")
                assert made.recv(1) == b"x"


def test_what_a_server_left_is_replaced(tmp_path: Path) -> None:
    """One that still listens is not."""
    path = tmp_path / "control"
    listen(path).close()
    assert path.is_socket()
    with listen(path), pytest.raises(OSError, match="a server listens there") as caught:
        listen(path)
    assert caught.value.errno == errno.EADDRINUSE


def test_what_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    """A file of that name is somebody's."""
    path = tmp_path / "control"
    path.write_text("mine")
    with pytest.raises(OSError, match="in use"):
        listen(path)
    assert path.read_text() == "mine"


def test_nobody_there(tmp_path: Path) -> None:
    """Is an error of the system's."""
    with pytest.raises(FileNotFoundError):
        connect(tmp_path / "none" / "control", 1.0)
    listen(tmp_path / "control").close()
    with pytest.raises(ConnectionRefusedError):
        connect(tmp_path / "control", 1.0)
