# SPDX-License-Identifier: Apache-2.0
"""OctetTable: a million short octet strings in little memory.

    slots     4 octets each, at most 2 of 3 taken: the number of a string plus one, 0 for none
    offsets   4 octets a string: where it begins in `octets`, and behind the last one its end
    octets    the strings, one behind the other

A Python set of a million names takes 130 MiB; this takes what the strings do and 12 to 20 octets
for each.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Set
from typing import Any

_SMALLEST = 8


class OctetTable(Set[bytes]):
    """A set of octet strings, each with a number: 0, 1, 2 in the order in which they came.

    It grows by `add` only. Who shares it does so when it is filled; then any thread may read.
    `expected` is about how many strings will come. At most 4 GiB of them fit.
    """

    __slots__ = ("_mask", "_octets", "_offsets", "_slots")

    def __init__(self, expected: int = 0) -> None:
        self._octets = bytearray()
        self._offsets = array("I", [0])
        self._resize(expected)

    def _resize(self, expected: int) -> None:
        size = _SMALLEST
        while size * 2 < expected * 3:
            size *= 2
        self._slots = array("I", bytes(4 * size))
        self._mask = size - 1

    def add(self, octets: bytes) -> int:
        """Return the number of a string, a new one if it is not there yet."""
        slots, offsets, mask = self._slots, self._offsets, self._mask
        at = hash(octets) & mask
        while number := slots[at]:
            start = offsets[number - 1]
            if offsets[number] - start == len(octets) and self._octets.startswith(octets, start):
                return number - 1
            at = at + 1 & mask
        self._octets += octets
        offsets.append(len(self._octets))
        slots[at] = count = len(offsets) - 1
        if count * 3 > len(slots) * 2:
            self._grow()
        return count - 1

    def _grow(self) -> None:
        self._resize(2 * len(self._slots))
        slots, mask = self._slots, self._mask
        for number, octets in enumerate(self, 1):
            at = hash(octets) & mask
            while slots[at]:
                at = at + 1 & mask
            slots[at] = number

    def number(self, octets: bytes) -> int:
        """Return the number of a string, -1 if it is not there."""
        slots, offsets, mask = self._slots, self._offsets, self._mask
        at = hash(octets) & mask
        while number := slots[at]:
            start = offsets[number - 1]
            if offsets[number] - start == len(octets) and self._octets.startswith(octets, start):
                return number - 1
            at = at + 1 & mask
        return -1

    def string(self, number: int) -> bytes:
        """Return the string with this number, which must be there."""
        return bytes(self._octets[self._offsets[number] : self._offsets[number + 1]])

    def joined(self) -> bytearray:
        """Return all strings, one behind the other; not to be altered (see `resolver.claims`)."""
        return self._octets

    def __contains__(self, octets: object) -> bool:
        return isinstance(octets, bytes) and self.number(octets) >= 0

    def __iter__(self) -> Iterator[bytes]:
        return map(self.string, range(len(self)))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @classmethod
    def _from_iterable(cls, strings: Iterable[Any]) -> frozenset[Any]:
        """Return what set operations make: an ordinary set."""
        return frozenset(strings)
