# SPDX-License-Identifier: Apache-2.0
"""What shared objects do for `rootward control`, if they have the methods."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol, runtime_checkable


class FlightShown(NamedTuple):
    """A recursion in flight: what is asked, since when, and for how many.

    `is_asked` is False while it waits for its turn.
    """

    qname: bytes
    qtype: int
    age_ms: int
    waiting: int
    is_asked: bool


@runtime_checkable
class Flushable(Protocol):
    """Something that remembers what other servers said."""

    async def flush(self) -> None:
        """Forget all of it."""


@runtime_checkable
class InFlight(Protocol):
    """Something that asks other servers."""

    def flights_shown(self, now_ms: int) -> Sequence[FlightShown]:
        """Return what is being asked now, what was asked first in front."""
