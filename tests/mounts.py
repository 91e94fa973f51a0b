# SPDX-License-Identifier: Apache-2.0
"""A mount namespace of a process's own, in which folders are covered and others put back.

For servers that run as another user, or in a sandbox. Needs root. Nothing is mounted outside.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

CLONE_NEWNS = 0x20000
CLONE_NEWNET = 0x40000000

_BIND, _RECURSIVE, _PRIVATE = 0x1000, 0x4000, 0x40000
_SYS_MOUNT_SETATTR = 442  # the same on all architectures
_AT_FDCWD, _AT_RECURSIVE, _READ_ONLY = -100, 0x8000, 1

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave namespaces of the kinds that `flags` say; mounts made from now on are ours alone."""
    _call(_libc.unshare(flags | CLONE_NEWNS))
    _mount(None, Path("/"), None, _RECURSIVE | _PRIVATE)


def mount(kind: str, target: Path, options: str = "") -> None:
    """Mount a new file system of a kind that has no device."""
    _mount(kind, target, kind, 0, options)


def cover(folder: Path, mode: int, keep: Iterable[Path] = ()) -> None:
    """Put an empty folder over one; of what was below, `keep` is there as before."""
    kept = {path: os.open(path, os.O_PATH) for path in keep if path.is_relative_to(folder)}
    mount("tmpfs", folder, f"mode={mode:o}")
    for path, descriptor in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            path.mkdir(exist_ok=True)
        else:
            path.touch()
        _mount(f"/proc/self/fd/{descriptor}", path, None, _BIND | _RECURSIVE)
        os.close(descriptor)


def open_way_to(path: Path) -> None:
    """Cover the first closed folder above `path` by an open one, with `path` in its place."""
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & 0o001:
            cover(folder, 0o755, [path])
            return


def only_writable(paths: Iterable[Path]) -> None:
    """Make all that is mounted read-only, but for `paths`."""
    writable = list(paths)
    for path in writable:
        _mount(str(path), path, None, _BIND | _RECURSIVE)
    _set(Path("/"), _AT_RECURSIVE, _READ_ONLY, 0)
    for path in writable:
        _set(path, 0, 0, _READ_ONLY)


def _set(path: Path, flags: int, given: int, taken: int) -> None:
    attributes = struct.pack("4Q", given, taken, 0, 0)  # struct mount_attr
    _call(
        _libc.syscall(
            ctypes.c_long(_SYS_MOUNT_SETATTR),
            ctypes.c_int(_AT_FDCWD),
            os.fsencode(path),
            ctypes.c_uint(flags),
            attributes,
            ctypes.c_size_t(len(attributes)),
        )
    )


def _mount(
    source: str | None, target: Path, kind: str | None, flags: int, options: str = ""
) -> None:
    words = [None if word is None else word.encode() for word in (source, str(target), kind)]
    _call(_libc.mount(*words, ctypes.c_ulong(flags), options.encode()))


def _call(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
