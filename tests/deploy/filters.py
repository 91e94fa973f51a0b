# SPDX-License-Identifier: Apache-2.0
"""System call filters as systemd makes them of a unit, loaded into this process by libseccomp.

SystemCallFilter, RestrictAddressFamilies, MemoryDenyWriteExecute and RestrictNamespaces are four
filters; a call has to pass each. What the process starts has them too.
"""

import ctypes
import errno
import socket
from collections.abc import Iterable

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_NO_SUCH_CALL = -1  # __NR_SCMP_ERROR
_EQ, _GT, _MASKED_EQ = 4, 6, 7  # enum scmp_compare
_WRITE, _EXEC, _SHM_EXEC = 2, 4, 0o100000
_NAMESPACES = (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)


class _Argument(ctypes.Structure):
    _fields_ = (
        ("number", ctypes.c_uint),
        ("compare", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


class _Filter:
    """A filter that does `default` but for its rules."""

    def __init__(self, default: int) -> None:
        self._lib = ctypes.CDLL("libseccomp.so.2")
        self._lib.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._lib.seccomp_init(ctypes.c_uint32(default)))
        assert self._context.value

    def rule(self, action: int, name: str, *arguments: tuple[int, int, int, int]) -> None:
        """Do `action` for a call whose arguments compare so; one that nobody knows is left out."""
        number = self._lib.seccomp_syscall_resolve_name(name.encode())
        if number == _NO_SUCH_CALL:
            return
        made = (_Argument * max(1, len(arguments)))(*(_Argument(*each) for each in arguments))
        done = self._lib.seccomp_rule_add_array(
            self._context, ctypes.c_uint32(action), number, len(arguments), made
        )
        assert done == 0, (name, done)

    def load(self) -> None:
        done = self._lib.seccomp_load(self._context)
        assert done == 0, done


def load(calls: Iterable[str], families: Iterable[str]) -> None:
    """Allow these system calls and address families, no W^X and no namespaces, from now on."""
    # that of the calls in the end: it forbids to load another
    for made in (_families(families), _no_write_execute(), _no_namespaces(), _calls(calls)):
        made.load()


def _calls(names: Iterable[str]) -> _Filter:
    made = _Filter(_ERRNO | errno.EPERM)
    for name in names:
        made.rule(_ALLOW, name)
    return made


def _families(names: Iterable[str]) -> _Filter:
    made = _Filter(_ALLOW)
    allowed = {int(getattr(socket, name)) for name in names}
    refuse = _ERRNO | errno.EAFNOSUPPORT
    for family in range(max(allowed)):
        if family not in allowed:
            made.rule(refuse, "socket", (0, _EQ, family, 0))
    made.rule(refuse, "socket", (0, _GT, max(allowed), 0))
    return made


def _no_write_execute() -> _Filter:
    made = _Filter(_ALLOW)
    both = _WRITE | _EXEC
    made.rule(_ERRNO | errno.EPERM, "mmap", (2, _MASKED_EQ, both, both))
    for name in ("mprotect", "pkey_mprotect"):
        made.rule(_ERRNO | errno.EPERM, name, (2, _MASKED_EQ, _EXEC, _EXEC))
    made.rule(_ERRNO | errno.EPERM, "shmat", (2, _MASKED_EQ, _SHM_EXEC, _SHM_EXEC))
    return made


def _no_namespaces() -> _Filter:
    made = _Filter(_ALLOW)
    # its flags are out of a filter's reach; libc then takes clone, as on an old kernel
    made.rule(_ERRNO | errno.ENOSYS, "clone3")
    made.rule(_ERRNO | errno.EPERM, "setns")
    for flag in _NAMESPACES:
        made.rule(_ERRNO | errno.EPERM, "clone", (0, _MASKED_EQ, flag, flag))
        made.rule(_ERRNO | errno.EPERM, "unshare", (0, _MASKED_EQ, flag, flag))
    return made
