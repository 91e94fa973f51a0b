# SPDX-License-Identifier: Apache-2.0
"""What flights go by: libunbound, and beside them on its thread the flights of native queries."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from resolver.control.interfaces import FlightShown
from resolver.types import Result, Submission


class Recursions(Protocol):
    """libunbound with its configurations: `types.Recursion`, told which of its groups is asked."""

    def submit(self, batch: Sequence[Submission], group: int) -> int:
        """Hand over questions; returns how many were taken, from the front. Never waits."""

    def drain(self) -> list[Result]:
        """Return all that is finished, at most 256. Never waits."""

    def fileno(self) -> int:
        """Return a descriptor that is readable while `drain` has something."""


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
