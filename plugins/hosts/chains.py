# SPDX-License-Identifier: Apache-2.0
"""Chains: for each of a million numbers a short list of numbers, in little memory.

first, last   4 octets each for a key: its first and its last link
count         1 octet for a key
value, next   4 octets each for a link: its number, and the link behind it plus one (0: none)
"""

from array import array
from collections.abc import Iterator

LONGEST = 255


class Chains:
    """Lists of numbers, without repetition and at most 255 long. Keys are 0, 1, 2 and so on."""

    __slots__ = ("_count", "_first", "_last", "_next", "_value")

    def __init__(self) -> None:
        self._first = array("I")
        self._last = array("I")
        self._count = bytearray()
        self._value = array("I")
        self._next = array("I")

    def append(self, key: int, value: int) -> bool:
        """Put `value` at the end of a key's list, unless it is there; False if the list is full.

        A new key is the one behind the greatest.
        """
        link = len(self._value)
        if key == len(self._first):
            self._first.append(link)
            self._last.append(link)
            self._count.append(1)
        else:
            if self._count[key] == LONGEST:
                return False
            if value in self.values(key):
                return True
            self._next[self._last[key]] = link + 1
            self._last[key] = link
            self._count[key] += 1
        self._value.append(value)
        self._next.append(0)
        return True

    def values(self, key: int) -> Iterator[int]:
        """Yield a key's list from its beginning."""
        link = self._first[key] + 1
        while link:
            yield self._value[link - 1]
            link = self._next[link - 1]

    @property
    def links(self) -> int:
        """The length of all lists together."""
        return len(self._value)
