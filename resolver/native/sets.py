# SPDX-License-Identifier: Apache-2.0
"""Sets of names and prefixes in C, as plans use them; the same set is made once."""

from __future__ import annotations

import ipaddress
import weakref
from collections.abc import Callable, Iterable, Set
from typing import TYPE_CHECKING

from resolver import names
from resolver._native import ffi, lib
from resolver.claims import Joined
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
        weakref.finalize(self, free, handle).atexit = False


def zones(members: Iterable[bytes]) -> NativeSet:
    """Return the set of all names at or below these (lower-case wire form).

    What is no name is left out: no name is below it.
    """
    octets = b"".join(zone for zone in members if names.is_well_formed(zone))
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
        self._known: dict[tuple[int, bool], tuple[Set[bytes], NativeSet]] = {}
        self._used: set[tuple[int, bool]] = set()

    def names(self, listed: Set[bytes]) -> NativeSet:
        """Return the set in C of a set of names. What is no name is left out: nothing equals it."""
        return self._of((id(listed), False), listed, _names_in)

    def labels(self, listed: Set[bytes]) -> NativeSet:
        """Return the set in C of a set of labels, each as the name that has no other."""
        return self._of((id(listed), True), listed, _labels_in)

    def forget_others(self) -> None:
        """Forget what was not asked for since the last time: a plan was made without it."""
        self._known = {key: known for key, known in self._known.items() if key in self._used}
        self._used = set()

    def _of(
        self, key: tuple[int, bool], listed: Set[bytes], made: Callable[[Set[bytes]], CData]
    ) -> NativeSet:
        self._used.add(key)
        known = self._known.get(key)
        if known is None:
            known = (listed, NativeSet(made(listed), lib.rn_names_free, "names"))
            self._known[key] = known
        return known[1]


def _names_in(listed: Set[bytes]) -> CData:
    made = _made(listed.joined() if isinstance(listed, Joined) else b"".join(listed))
    if made != ffi.NULL:
        return made
    return _made(b"".join(name for name in listed if names.is_well_formed(name)))


def _labels_in(listed: Set[bytes]) -> CData:
    return _made(b"".join(map(_name_of, listed)))


def _made(octets: bytes | bytearray) -> CData:
    return lib.rn_names_new(ffi.from_buffer("uint8_t[]", octets), len(octets))


def _name_of(label: bytes) -> bytes:
    """Return a label as a name; an empty one is the root's, one that is too long is nobody's."""
    if not label:
        return names.ROOT
    return bytes((len(label),)) + label + names.ROOT if len(label) <= 63 else b""
