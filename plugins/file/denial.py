# SPDX-License-Identifier: Apache-2.0
"""Proofs of a signed zone that something is not there.

NSEC (RFC 4035, 3.1.3) and NSEC3 (RFC 5155, 7.2). The zone is served as it was signed: nothing is
made here, the right records are picked.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_right
from typing import Protocol

from plugins.file.zone import RRset, Zone
from resolver import names, wire

_STAR = b"\x01*"
_FROM_HEX32 = bytes.maketrans(
    b"0123456789abcdefghijklmnopqrstuv", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)


class Denial(Protocol):
    """Picks proofs. `encloser` is the closest name above that exists, `nearer` one label more."""

    def no_data(self, name: bytes) -> list[RRset]:
        """Prove that a name that exists has not the type, or is delegated without DS."""

    def no_name(self, name: bytes, encloser: bytes, nearer: bytes) -> list[RRset]:
        """Prove that neither a name exists, nor a wildcard that stands for it."""

    def expanded(self, name: bytes, nearer: bytes) -> list[RRset]:
        """Prove that a name does not exist, for which a wildcard answers."""

    def expanded_no_data(self, name: bytes, encloser: bytes, nearer: bytes) -> list[RRset]:
        """Prove that besides the wildcard has not the type."""


def denial_of(zone: Zone) -> Denial | None:
    """Return what picks a zone's proofs, None if it has none."""
    apex = zone.nodes[zone.origin]
    if wire.NSEC3PARAM in apex:
        hashed = _Nsec3(zone, apex[wire.NSEC3PARAM].rdatas[0])
        return hashed if hashed.is_usable else None
    return _Nsec(zone) if wire.NSEC in apex else None


def canonical_key(name: bytes) -> list[bytes]:
    """Return what sorts lower-case names in canonical order (RFC 4034, 6.1)."""
    return list(names.labels(name))[::-1]


class _Nsec:
    def __init__(self, zone: Zone) -> None:
        self._nodes = zone.nodes
        owners = [name for name, node in zone.nodes.items() if wire.NSEC in node]
        self._owners = sorted(owners, key=canonical_key)
        self._keys = [canonical_key(name) for name in self._owners]

    def _at_or_before(self, name: bytes) -> RRset:
        """Return the NSEC at a name, or the one that covers it; the last one goes round."""
        owner = self._owners[bisect_right(self._keys, canonical_key(name)) - 1]
        return self._nodes[owner][wire.NSEC]

    def no_data(self, name: bytes) -> list[RRset]:
        return [self._at_or_before(name)]

    def no_name(self, name: bytes, encloser: bytes, nearer: bytes) -> list[RRset]:
        return _unique(self._at_or_before(name), self._at_or_before(_STAR + encloser))

    def expanded(self, name: bytes, nearer: bytes) -> list[RRset]:
        return [self._at_or_before(name)]

    def expanded_no_data(self, name: bytes, encloser: bytes, nearer: bytes) -> list[RRset]:
        return _unique(self._at_or_before(_STAR + encloser), self._at_or_before(name))


class _Nsec3:
    def __init__(self, zone: Zone, parameters: bytes) -> None:
        self._origin = zone.origin
        self._iterations = wire.WORD.unpack_from(parameters, 2)[0]
        self._salt = parameters[5 : 5 + parameters[4]]
        self._by_hash: dict[bytes, RRset] = {}
        for owner, node in zone.nsec3.items():
            digest = _hash_of(owner)
            if digest is not None and names.parent(owner) == zone.origin:
                self._by_hash[digest] = node[wire.NSEC3]
        self._hashes = sorted(self._by_hash)

    @property
    def is_usable(self) -> bool:
        """Whether there are records to pick from."""
        return bool(self._hashes)

    def _hash(self, name: bytes) -> bytes:
        digest = hashlib.sha1(name + self._salt, usedforsecurity=False).digest()
        for _ in range(self._iterations):
            digest = hashlib.sha1(digest + self._salt, usedforsecurity=False).digest()
        return digest

    def _match(self, name: bytes) -> list[RRset]:
        found = self._by_hash.get(self._hash(name))
        return [] if found is None else [found]

    def _cover(self, name: bytes) -> RRset:
        at = bisect_right(self._hashes, self._hash(name)) - 1
        return self._by_hash[self._hashes[at]]

    def no_data(self, name: bytes) -> list[RRset]:
        found = self._match(name)
        if found or name == self._origin:
            return found
        # RFC 5155, 7.2.4 and 7.2.7: opt-out; the closest provable encloser instead
        nearer, above = name, names.parent(name)
        while above != self._origin and not self._match(above):
            nearer, above = above, names.parent(above)
        return _unique(*self._match(above), self._cover(nearer))

    def no_name(self, name: bytes, encloser: bytes, nearer: bytes) -> list[RRset]:
        wildcard = self._cover(_STAR + encloser)
        return _unique(*self._match(encloser), self._cover(nearer), wildcard)

    def expanded(self, name: bytes, nearer: bytes) -> list[RRset]:
        return [self._cover(nearer)]

    def expanded_no_data(self, name: bytes, encloser: bytes, nearer: bytes) -> list[RRset]:
        wildcard = self._match(_STAR + encloser)
        return _unique(*self._match(encloser), self._cover(nearer), *wildcard)


def _hash_of(owner: bytes) -> bytes | None:
    """Return the hash that the first label of an owner name is (RFC 5155, 3.3); None if none."""
    label = owner[1 : 1 + owner[0]].translate(_FROM_HEX32)
    try:
        return base64.b32decode(label + b"=" * (-len(label) % 8))
    except ValueError:
        return None


def _unique(*found: RRset) -> list[RRset]:
    return list({rrset.owner: rrset for rrset in found}.values())
