# SPDX-License-Identifier: Apache-2.0
"""What stands beside the flights of Python on one resolver thread: those of native queries."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from resolver.control.interfaces import FlightShown


@runtime_checkable
class HasThread(Protocol):
    """Recursions by a resolver thread in C."""

    @property
    def thread(self) -> Any:
        """The thread."""


class NativeFlights(Protocol):
    """Flights of queries that never come to Python, by the same thread; `native.flights`."""

    def attach(self, thread: Any) -> None:
        """Recurse by this thread from now on."""

    def detach(self) -> None:
        """Begin no flight more."""

    def open(self, group: int, slots: int) -> None:
        """Let a group have flights."""

    def close(self, group: int) -> None:
        """End a group."""

    def counts(self) -> Any:
        """Return how many there are, as `flights`, `begun` and `waiters`."""

    def shown(self, now_ms: int) -> Sequence[FlightShown]:
        """Return flights as they are now."""
