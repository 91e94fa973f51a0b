# SPDX-License-Identifier: Apache-2.0
"""What C is given in one call: a struct, and the arrays and sets that it points to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from resolver._native import ffi, lib
from resolver.errors import ResolverError

if TYPE_CHECKING:
    from resolver._native import CData
    from resolver.native.sets import NativeSet

_NUMBERS = 1 << 16  # that 16 bits can tell apart


class Given:
    """A struct whose pointers stay valid as long as this object does. `it` is the struct."""

    def __init__(self, kind: str, **fields: Any) -> None:
        self.it: CData = ffi.new(f"struct {kind} *", fields)
        self._kept: list[Any] = []

    def put_set(self, field: str, made: NativeSet | None) -> None:
        """Set a pointer to a set; None leaves it NULL."""
        if made is not None:
            self._kept.append(made)
            setattr(self.it, field, made.handle)

    def put_numbers(self, field: str, count: str, numbers: Iterable[int] | None) -> None:
        """Set a pointer to numbers of 16 bits, and their count; None leaves it NULL: any.

        What is no such number is left out: it equals none that a query has. All of them are any.
        """
        if numbers is None:
            return
        found = sorted(number for number in set(numbers) if 0 <= number < _NUMBERS)
        if len(found) < _NUMBERS:
            self.put_array(field, "uint16_t[]", found)
            setattr(self.it, count, len(found))

    def put_array(self, field: str, kind: str, numbers: Sequence[int]) -> None:
        """Set a pointer to numbers, never NULL."""
        self._put(field, ffi.new(kind, numbers or [0]))

    def put_octets(self, field: str, kind: str, octets: bytes) -> None:
        """Set a pointer to octets, never NULL."""
        self._put(field, ffi.from_buffer(kind, octets or bytes(1)))

    def _put(self, field: str, made: CData) -> None:
        self._kept.append(made)
        setattr(self.it, field, made)


def check(status: int) -> None:
    """Raise ResolverError unless C took what it was given."""
    if status == lib.RN_ENOMEM:
        raise ResolverError("no memory for a plan")
    if status != lib.RN_OK:
        raise ResolverError(f"no plan for the native engine: status {status}")
