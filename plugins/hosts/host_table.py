# SPDX-License-Identifier: Apache-2.0
"""HostTable: what a hosts file says, to be looked up by name and by address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any

from plugins.hosts.chains import Chains
from plugins.hosts.octet_table import OctetTable
from plugins.hosts.reverse import address_of, name_of
from resolver import names

_STAR = b"\x01*"

Addresses = tuple[bytes, ...]


class HostTable:
    """Names with their addresses (4 or 16 octets each), and addresses with their names.

    `names` are those with addresses, wildcards as they are written; `wildcards` the names below
    which a wildcard stands. With `reverse` addresses have names, `reverse_names` in the reverse
    zones; not `0.0.0.0` and `::`, which block names and are nobody's. With `parents` it knows
    which names exist since others stand below them (RFC 4592, 2.2.2).

    It is filled by `add`; from then on it is not altered, and any thread may read.
    """

    def __init__(self, expected: int = 0, *, reverse: bool = True, parents: bool = False) -> None:
        self.names = OctetTable(expected)
        self.wildcards: set[bytes] = set()
        self.reverse_names: Set[bytes] = frozenset()
        self._addresses_of = Chains()
        self._addresses = OctetTable()
        self._named = OctetTable()
        self._names_of = Chains()
        self._has_parents = parents
        self.parents = OctetTable()
        self._has_reverse = reverse
        if reverse:
            self.reverse_names = _ReverseNames(self._named)

    def add(self, name: bytes, address: bytes) -> bool:
        """Give a name an address more; False if it has 255 already."""
        is_new = len(self.names)
        number = self.names.add(name)
        if not self._addresses_of.append(number, self._addresses.add(address)):
            return False
        is_wildcard = name.startswith(_STAR)
        if number == is_new:
            if is_wildcard:
                self.wildcards.add(name[2:])
            if self._has_parents:
                self._add_parents(name)
        if self._has_reverse and not is_wildcard and any(address):
            self._names_of.append(self._named.add(address), number)
        return True

    def _add_parents(self, name: bytes) -> None:
        while (name := names.parent(name)) != names.ROOT:
            before = len(self.parents)
            if self.parents.add(name) < before:
                return  # and so are those above it

    def addresses(self, name: bytes) -> Addresses:
        """Return what a name itself has, in the order of the file."""
        number = self.names.number(name)
        if number < 0:
            return ()
        return tuple(map(self._addresses.string, self._addresses_of.values(number)))

    def wildcard_addresses(self, name: bytes) -> Addresses:
        """Return what the wildcard has that stands for a name: one label, as in CoreDNS."""
        if not self.wildcards or not name[0]:
            return ()
        parent = name[1 + name[0] :]
        return self.addresses(_STAR + parent) if parent in self.wildcards else ()

    def names_of(self, reverse_name: bytes) -> tuple[bytes, ...]:
        """Return the names of the address that a name of a reverse zone stands for; 255 at most."""
        address = address_of(reverse_name) if len(self._named) else None
        number = self._named.number(address) if address is not None else -1
        return () if number < 0 else tuple(map(self.names.string, self._names_of.values(number)))

    @property
    def entries(self) -> int:
        """How many addresses names have, and names addresses, in all."""
        return self._addresses_of.links + self._names_of.links


class _ReverseNames(Set[bytes]):
    """The names in reverse zones of a table's addresses; takes no memory of its own."""

    def __init__(self, addresses: OctetTable) -> None:
        self._addresses = addresses

    def __contains__(self, name: object) -> bool:
        address = address_of(name) if isinstance(name, bytes) else None
        return address is not None and address in self._addresses

    def __iter__(self) -> Iterator[bytes]:
        return map(name_of, self._addresses)

    def __len__(self) -> int:
        return len(self._addresses)

    @classmethod
    def _from_iterable(cls, strings: Iterable[Any]) -> frozenset[Any]:
        """Return what set operations make: an ordinary set."""
        return frozenset(strings)
