# SPDX-License-Identifier: Apache-2.0
"""The anchor file that libunbound tracks (RFC 5011), and its copy that outlives the process.

libunbound ends the whole process where it cannot write its anchor file, and leaves it empty on a
full disk. So the file that it knows lies in a private folder in memory, and we copy it to the
state folder: whole, or not at all.
"""

import contextlib
import errno
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from resolver.errors import ConfigurationError
from resolver.recursion import anchors

_log = logging.getLogger("plugin/unbound")
_NAME = "root.key"


def write_whole(path: Path, octets: bytes) -> None:
    """Put `octets` in place of a file's content in one step (a rename), or raise OSError.

    A reader, or the next start after a power cut, finds the old content or the new.
    """
    import tempfile  # for later: a start needs none

    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@dataclass(slots=True)
class TrackedAnchors:
    """The anchor file in the runtime folder and its saved copy in the state folder.

    runtime: what libunbound is given; the folder around it is ours alone. state: the copy.
    records: the keys trusted at the start, for the contexts that do not track.
    """

    runtime: Path
    state: Path
    records: tuple[str, ...]
    write: Callable[[Path, bytes], None] = write_whole
    _saved: bytes = b""
    _told: set[str] = field(default_factory=set)

    def save_if_changed(self) -> bool:
        """Copy the anchor file to the state folder if libunbound changed it; True if it did.

        To be called now and then and at shutdown. A file that is empty or no anchor file is left
        out; a failure to write is one WARNING and is tried again. A file that somebody removed (a
        session's folder goes when its user logs out) is put back before libunbound misses it.
        """
        try:
            octets = self.runtime.read_bytes()
        except FileNotFoundError as error:
            self._warn("anchor file was removed, putting it back", self.runtime, error)
            self._put_back()
            return False
        except OSError as error:
            self._warn("cannot read the anchor file", self.runtime, error)
            return False
        if octets == self._saved:
            return False
        try:
            if not anchors.parse_state(octets):
                self._warn("anchor file trusts no key, not saved", self.runtime, None)
                return False
        except ConfigurationError as error:
            self._warn("anchor file is damaged, not saved", self.runtime, error)
            return False
        try:
            self.state.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.write(self.state, octets)
        except OSError as error:
            self._warn("cannot save trust anchors", self.state, error)
            return False
        self._saved = octets
        self._told.clear()
        return True

    def close(self) -> None:
        """Save, and remove the runtime folder; once libunbound's contexts are gone."""
        self.save_if_changed()
        _remove(self.runtime.parent)

    def _put_back(self) -> None:
        try:
            if not self.runtime.parent.exists():
                self.runtime.parent.mkdir(mode=0o700)
            # The folder around is anybody's: one of another user's making is not ours.
            if self.runtime.parent.lstat().st_uid != os.geteuid():
                raise PermissionError(errno.EPERM, "its folder is another user's")
            self.write(self.runtime, self._saved)
        except OSError as error:
            self._warn("cannot put the anchor file back", self.runtime, error)

    def _warn(self, text: str, path: Path, error: Exception | None) -> None:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error or "")
        if text not in self._told:
            self._told.add(text)
            _log.warning("%s file=%s reason=%r", text, path, reason)


def track(
    environ: Mapping[str, str], home: Path, uid: int, wall_s: float, shm: Path = Path("/dev/shm")
) -> TrackedAnchors | None:
    """Return the anchors to track from what was saved, else from the shipped ones.

    None, after one WARNING, if no folder can be written: then the anchors are static.
    """
    state = state_folder(environ, home, uid) / _NAME
    octets, records = _load(state, wall_s)
    for base in _runtime_folders(environ, shm):
        folder = base / f"rootward-{os.urandom(8).hex()}"
        try:
            folder.mkdir(mode=0o700)
        except OSError:
            continue
        runtime = folder / _NAME
        try:
            runtime.write_bytes(octets)
        except OSError:
            _remove(folder)
            continue
        return TrackedAnchors(runtime, state, records, _saved=octets)
    _log.warning(
        "no runtime folder can be written, trust anchors stay as they are: RFC 5011 is off"
    )
    return None


def _remove(folder: Path) -> None:
    """Remove a folder of ours with all in it, as far as that can be."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def state_folder(environ: Mapping[str, str], home: Path, uid: int) -> Path:
    """Return where state outlives the process; systemd's folder first, then XDG's."""
    if systemd := environ.get("STATE_DIRECTORY", "").split(":")[0]:
        return Path(systemd)
    if xdg := environ.get("XDG_STATE_HOME", ""):
        return Path(xdg, "rootward")
    return Path("/var/lib/rootward") if uid == 0 else home / ".local" / "state" / "rootward"


def _runtime_folders(environ: Mapping[str, str], shm: Path) -> list[Path]:
    """Return the folders in memory that may be writable, in the order in which they are tried."""
    named = (environ.get(name, "") for name in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"))
    return [*(Path(value.split(":")[0]) for value in named if value), shm]


def _load(state: Path, wall_s: float) -> tuple[bytes, tuple[str, ...]]:
    """Return the anchor file's first content and the keys it trusts; damaged state is a WARNING."""
    with contextlib.suppress(FileNotFoundError):
        try:
            saved = state.read_bytes()
            if anchors.parse_state(saved):
                octets = anchors.with_shipped(saved, wall_s)
                return octets, anchors.parse_state(octets)
            reason = "it trusts no key"
        except FileNotFoundError:
            raise
        except OSError as error:
            reason = error.strerror or str(error)
        except (ConfigurationError, ValueError) as error:
            reason = str(error)
        _log.warning("saved trust anchors are not used file=%s reason=%r", state, reason)
    records = anchors.shipped()
    return "".join(f"{record}\n" for record in records).encode(), records
