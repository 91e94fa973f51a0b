# SPDX-License-Identifier: Apache-2.0
"""What flights go by and what they look like: libunbound, native flights, tables of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from resolver.recursion.shown import FlightShown
from resolver.request import Endpoint
from resolver.types import Flight, Place, Question, Refused, Result, Submission
from resolver.wire import RR

FLIGHTS = "recursion/flights"  # the key of an engine's own flights among the shared objects


class Form(Protocol):
    """Brings libunbound's messages into normal form; `native.forming.Former.form`."""

    def __call__(
        self, octets: bytes, wall_s: float, *, dnssec: bool
    ) -> tuple[bytes, tuple[RR, ...]]:
        """Return the octets, and where records stand, of `Response.from_wire` without AA and TC.

        Raises WireError if the message is malformed.
        """


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


class Joined(Protocol):
    """A question of the chain's that waits for a native flight; `native.flights.Joined`."""

    @property
    def number(self) -> int:
        """Return the ticket of its result: of its own with a place, else the flight's."""

    @property
    def has_place(self) -> bool:
        """Whether the result may answer who gave a place, and so is its own."""

    @property
    def is_late(self) -> bool:
        """Whether the flight has outlived its deadline; then nothing was joined."""

    @property
    def is_coalesced(self) -> bool:
        """Whether it was in flight already."""

    def part(self) -> None:
        """Wait no more."""


class NativeFlights(Protocol):
    """Flights by a resolver thread in C, of queries that never come to Python and of the chain's.

    See `native.flights`.
    """

    @property
    def form(self) -> Form:
        """What brings results into normal form."""

    def attach(self, thread: Any) -> None:
        """Recurse by this thread from now on."""

    def detach(self) -> None:
        """Begin no flight more."""

    def open(self, group: int, slots: int) -> int:
        """Let an upstream have flights by a group of contexts; returns its number."""

    def close(self, upstream: int) -> None:
        """End an upstream."""

    def join(
        self,
        upstream: int,
        question: Question,
        client: Endpoint,
        now_ms: int,
        place: Place | None = None,
    ) -> Joined | Refused:
        """Have a question wait for its flight, which begins with `start`, if not before."""

    def start(self) -> None:
        """Begin what was joined."""

    def counts(self) -> FlightCounts:
        """Return how many there are."""

    def shown(self, now_ms: int) -> Sequence[FlightShown]:
        """Return flights as they are now."""


class FlightCounts(Protocol):
    """How many flights there are, in libunbound among them, and how many wait."""

    @property
    def flights(self) -> int:
        """All of them."""

    @property
    def begun(self) -> int:
        """Those in libunbound."""

    @property
    def waiters(self) -> int:
        """Who waits."""


class Table(Protocol):
    """Flights as `unbound` makes and shares them: `FlightTable`, or `JoinedFlights`."""

    @property
    def form(self) -> Form | None:
        """What brings results into normal form, None where Python does."""

    @property
    def in_flight(self) -> int:
        """How many flights there are, those that wait for their turn included."""

    @property
    def in_libunbound(self) -> int:
        """How many flights have a slot."""

    @property
    def waiting(self) -> int:
        """How many wait for a result."""

    def shown(self, now_ms: int) -> Sequence[FlightShown]:
        """Return all flights as they are now, what was asked first in front."""

    def attach(self) -> None:
        """Begin to read results, in the running event loop."""

    def detach(self) -> None:
        """Read no more results; who waits gets a failure."""

    def open(self, upstream: bytes, group: int, slots: int) -> None:
        """Let an upstream have flights, at most `slots` in libunbound."""

    def close(self, upstream: bytes) -> None:
        """End an upstream."""

    def native_number(self, upstream: bytes) -> int | None:
        """Return the number that native flights know an upstream by, None if they do not."""

    def join(
        self, question: Question, client: Endpoint, now_ms: int, place: Place | None = None
    ) -> Waiting | Refused:
        """Wait for a question's recursion, which starts unless it is in flight already.

        place: where the engine may answer as soon as there is a result, if it can.
        """


class Waiting(Flight, Protocol):
    """One who joined a flight."""

    @property
    def is_coalesced(self) -> bool:
        """Whether it was in flight already."""
