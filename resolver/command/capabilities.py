# SPDX-License-Identifier: Apache-2.0
"""Linux capabilities of this thread (capabilities(7)), through prctl(2) and capset(2).

They are a thread's own: whoever alters them does it before a second thread starts, which then
inherits them. Each function raises OSError.
"""

import ctypes
import os

NET_BIND_SERVICE = 10

_PR_SET_KEEPCAPS = 8
_PR_CAPBSET_READ = 23
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_VERSION_3 = 0x20080522  # two words of 32 capabilities each

_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Word(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


def bound_to(capability: int) -> None:
    """Take all but one out of the bounding set: neither we nor a child can ever have them again."""
    for number in range(64):
        # EINVAL: a capability that this kernel does not know, and it knows none above
        if _libc.prctl(_PR_CAPBSET_READ, _long(number), _long(0), _long(0), _long(0)) < 0:
            return
        if number != capability:
            _prctl(_PR_CAPBSET_DROP, number)


def keep_permitted(keep: bool) -> None:
    """Say whether the permitted set outlives the change from root to another user."""
    _prctl(_PR_SET_KEEPCAPS, int(keep))


def keep_only(capability: int) -> None:
    """Leave one capability permitted and effective, if it is permitted now; children get none."""
    header = _Header(_VERSION_3, 0)
    words = (_Word * 2)()
    _call("capget", _libc.capget(ctypes.byref(header), words))
    wanted = [1 << capability & 0xFFFFFFFF, 1 << capability >> 32]
    for word, bits in zip(words, wanted, strict=True):
        word.effective = word.permitted = word.permitted & bits
        word.inheritable = 0
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    _call("capset", _libc.capset(ctypes.byref(header), words))


def gain_nothing() -> None:
    """Have no program that is started from now on gain privileges, such as by a set-user-ID bit."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _prctl(option: int, value: int) -> None:
    _call("prctl", _libc.prctl(option, _long(value), _long(0), _long(0), _long(0)))


def _long(value: int) -> ctypes.c_ulong:
    return ctypes.c_ulong(value)  # prctl takes longs, and some options insist on clear upper halves


def _call(name: str, result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
