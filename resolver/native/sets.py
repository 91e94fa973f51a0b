# SPDX-License-Identifier: Apache-2.0
"""Sets of names and prefixes in C, as plans use them; the same set is made once."""

from __future__ import annotations

import ipaddress
import weakref
from collections.abc import Callable, Iterable, Set
from typing import TYPE_CHECKING

from resolver._native import ffi, lib
from resolver.errors import ResolverError

if TYPE_CHECKING:
    from resolver._native import CData

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NativeSet:
    """A handle with one reference of its own, given back when nobody has this object any more."""

    def __init__(self, handle: CData, free: Callable[[CData], None], what: str) -> None:
        if handle == ffi.NULL:
            raise ResolverError(f"no memory for a set of {what}")
        self.handle = handle
        weakref.finalize(self, free, handle)


def zones(names: Iterable[bytes]) -> NativeSet:
    """Return the set of all names at or below these (lower-case wire form)."""
    octets = b"".join(names)
    return NativeSet(lib.rn_zones_new(octets, len(octets)), lib.rn_zones_free, "zones")


def prefixes(networks: Iterable[Network]) -> NativeSet:
    """Return the set of all addresses in these networks."""
    octets = b"".join(
        bytes((network.version, network.prefixlen))
        + network.network_address.packed.ljust(16, b"\0")
        for network in networks
    )
    given = ffi.from_buffer("struct rn_prefix[]", octets) if octets else ffi.NULL
    handle = lib.rn_sources_new(given, len(octets) // ffi.sizeof("struct rn_prefix"))
    return NativeSet(handle, lib.rn_sources_free, "addresses")


class KnownNames:
    """Sets of names by the object that listed them: a million of them are handed over once.

    A set that is given here is never altered: `resolver.claims.Claim` asks for that.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Set[bytes], NativeSet]] = {}
        self._used: set[int] = set()

    def of(self, names: Set[bytes]) -> NativeSet:
        """Return the set in C of a set of names, or of labels without their length."""
        self._used.add(id(names))
        known = self._known.get(id(names))
        if known is None:
            octets = b"".join(bytes((len(name),)) + name for name in names)
            handle = lib.rn_names_new(octets, len(octets), len(names))
            known = (names, NativeSet(handle, lib.rn_names_free, "names"))
            self._known[id(names)] = known
        return known[1]

    def forget_others(self) -> None:
        """Forget what was not asked for since the last time: a plan was made without it."""
        self._known = {key: known for key, known in self._known.items() if key in self._used}
        self._used = set()
