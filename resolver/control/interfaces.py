# SPDX-License-Identifier: Apache-2.0
"""What shared objects do for `rootward control`, if they have the methods."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from resolver.recursion.shown import FlightShown


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
