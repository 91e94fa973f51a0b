# SPDX-License-Identifier: Apache-2.0
"""Messages in normal form, made by C: what `Response.from_wire` makes, octet by octet."""

from __future__ import annotations

import struct
import weakref
from typing import Any

from resolver._native import ffi, lib
from resolver.errors import ResolverError, WireError
from resolver.wire import RR

# struct rn_rr, in the machine's own byte order.
_RR = struct.Struct("=HHHHH")


class Records:
    """Room for C to tell where the records of a response stand. One thread at a time."""

    def __init__(self) -> None:
        self.handle = ffi.new("struct rn_rr[]", lib.RN_RRS_MAX)
        self._view = memoryview(ffi.buffer(self.handle))

    def read(self, count: int) -> tuple[RR, ...]:
        """Return where the first ones stand."""
        return tuple(map(RR._make, _RR.iter_unpack(self._view[: count * _RR.size])))


class Former:
    """Room in which one message at a time is brought into normal form. One thread at a time."""

    def __init__(self) -> None:
        self._workshop = lib.rn_workshop_new()
        if self._workshop == ffi.NULL:
            raise ResolverError("no memory for responses")
        self._finalizer = weakref.finalize(self, lib.rn_workshop_free, self._workshop)
        self._finalizer.atexit = False
        self._formed: Any = ffi.new("struct rn_formed *")
        self._rrs = Records()

    def form(self, octets: bytes, wall_s: float, *, dnssec: bool) -> tuple[bytes, tuple[RR, ...]]:
        """Return a message's octets in normal form, AA and TC cleared, and where its records stand.

        `wall_s` is the time for signatures' expiration. Without `dnssec`: as a client without DO
        gets it. Raises WireError if the message is malformed.
        """
        formed = self._formed
        status = lib.rn_form(
            self._workshop, octets, len(octets), int(wall_s), not dnssec, formed, self._rrs.handle
        )
        if status != lib.RN_OK:
            raise WireError("malformed message")
        return ffi.buffer(formed.wire, formed.length)[:], self._rrs.read(formed.count)
