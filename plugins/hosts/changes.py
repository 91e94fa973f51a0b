# SPDX-License-Identifier: Apache-2.0
"""Changes: the names about which two tables say different things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from typing import Any

from plugins.hosts.host_table import HostTable
from plugins.hosts.reverse import is_reverse


class Changes(Set[bytes]):
    """The names whose answer is another with `after` than with `before`.

    Nothing is compared before it is asked for: a cache has fewer names than a big file. It also
    contains the names that a wildcard stands for, and those that exist since others stand below
    them; iteration yields the names that the tables list, wildcards as they are written.
    """

    def __init__(self, before: HostTable, after: HostTable) -> None:
        self._before = before
        self._after = after

    def __contains__(self, name: object) -> bool:
        return isinstance(name, bytes) and _said(self._before, name) != _said(self._after, name)

    def __iter__(self) -> Iterator[bytes]:
        tables = (self._before, self._after)
        sets = [listed for t in tables for listed in (t.names, t.parents, t.reverse_names)]
        for place, listed in enumerate(sets):
            for name in listed:
                if name in self and not any(name in earlier for earlier in sets[:place]):
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @classmethod
    def _from_iterable(cls, strings: Iterable[Any]) -> frozenset[Any]:
        """Return what set operations make: an ordinary set."""
        return frozenset(strings)


def _said(table: HostTable, name: bytes) -> object:
    """Return something that tells what a table says of a name from what another says."""
    if is_reverse(name):
        return table.names_of(name)
    return table.addresses(name) or table.wildcard_addresses(name) or name in table.parents
