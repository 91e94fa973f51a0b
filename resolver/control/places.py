# SPDX-License-Identifier: Apache-2.0
"""Where the socket of `rootward control` is, and how it is opened: mode 0600, nobody else's.

A path of a Unix socket has at most 107 octets, and folders may be deeper: so it is named by its
folder's descriptor.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

NAME = "control"
OFF = "off"
SYSTEM = Path("/run/rootward")


def server_path(given: str, environment: Mapping[str, str], uid: int) -> Path | None:
    """Return where a server has its socket; None if it was told to have none, or has no place.

    `given` is what -control says. Else it is systemd's runtime folder, the user's, root's.
    """
    if given:
        return None if given == OFF else Path(given)
    folders = _folders(environment)
    if uid == 0:
        folders.append(SYSTEM)
    return folders[0] / NAME if folders else None


def client_paths(given: str, environment: Mapping[str, str]) -> list[Path]:
    """Return where a server's socket may be, in the order in which to look."""
    return [Path(given)] if given else [each / NAME for each in (*_folders(environment), SYSTEM)]


def _folders(environment: Mapping[str, str]) -> list[Path]:
    systemd = environment.get("RUNTIME_DIRECTORY", "").split(":")[0]
    user = environment.get("XDG_RUNTIME_DIR", "")
    return [Path(systemd)] * bool(systemd) + [Path(user, "rootward")] * bool(user)


def listen(path: Path) -> socket.socket:
    """Return a socket that listens at `path`; what a server that is gone left there is replaced.

    Raises OSError: EADDRINUSE if somebody listens there.
    """
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700)
    sock = _socket()
    try:
        with _short(path) as name:
            if path.is_socket():
                if _is_served(name):
                    raise OSError(errno.EADDRINUSE, "a server listens there already")
                path.unlink()
            os.fchmod(sock.fileno(), 0o600)  # Linux: before bind, the file is born with it
            sock.bind(name)
        sock.listen(8)
    except BaseException:
        sock.close()
        raise
    return sock


def connect(path: Path, timeout_s: float) -> socket.socket:
    """Return a connection to the server at `path`. Raises OSError."""
    sock = _socket()
    try:
        sock.settimeout(timeout_s)
        with _short(path) as name:
            sock.connect(name)
    except BaseException:
        sock.close()
        raise
    return sock


def _socket() -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)


def _is_served(name: str) -> bool:
    with _socket() as probe:
        return probe.connect_ex(name) == 0


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """Yield a short name for a path."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
