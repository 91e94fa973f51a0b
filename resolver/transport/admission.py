# SPDX-License-Identifier: Apache-2.0
"""Admission: which connections a listener holds, and which one goes when it is full.

Who has waited longest for a query gives way to a newcomer; who is being answered does not. So
nobody can shut others out by holding connections open.
"""

from typing import Protocol

from resolver.limits import Limits
from resolver.tallies import Tallies
from resolver.transport.addresses import client_key


class Guest(Protocol):
    """A connection, as seen at the door."""

    @property
    def host(self) -> str:
        """The client's address."""

    def evict(self) -> None:
        """Close at once; `Admission.leave` follows, not necessarily before this returns."""


class Admission:
    """The connections of one listener, within its caps.

    A connection is idle from when it came, and whenever no query of its is in flight.
    """

    def __init__(self, limits: Limits, tallies: Tallies) -> None:
        self._limits = limits
        self._tallies = tallies
        # Both in the order in which they became idle: the first has waited longest.
        self._idle: dict[Guest, None] = {}
        self._busy: set[Guest] = set()
        self._by_client: dict[str | int, int] = {}

    def __len__(self) -> int:
        return len(self._idle) + len(self._busy)

    @property
    def guests(self) -> list[Guest]:
        """All connections."""
        return [*self._idle, *self._busy]

    def has_room(self, host: str) -> bool:
        """Return whether a connection from `host` may come in, making room if that can be done."""
        key = client_key(host)
        if key is not None and self._by_client.get(key, 0) >= self._limits.connections_per_client:
            theirs = next((g for g in self._idle if client_key(g.host) == key), None)
            return self._replace(theirs, "client_full")
        if len(self) >= self._limits.connections:
            return self.make_room("full")
        return True

    def make_room(self, reason: str) -> bool:
        """Close the connection that is idle longest; False if all are busy."""
        return self._replace(next(iter(self._idle), None), reason)

    def enter(self, guest: Guest) -> None:
        """Count a connection, idle for now."""
        key = client_key(guest.host)
        if key is not None:
            self._by_client[key] = self._by_client.get(key, 0) + 1
        self._idle[guest] = None
        self._tallies.connections.inc()

    def leave(self, guest: Guest) -> None:
        """Forget a connection; harmless when it was forgotten already."""
        if guest in self._idle:
            del self._idle[guest]
        elif guest in self._busy:
            self._busy.remove(guest)
        else:
            return
        self._tallies.connections.dec()
        key = client_key(guest.host)
        if key is not None:
            self._by_client[key] -= 1
            if not self._by_client[key]:
                del self._by_client[key]

    def set_busy(self, guest: Guest, busy: bool) -> None:
        """Say that a connection has queries in flight, or none any more."""
        if busy and guest in self._idle:
            del self._idle[guest]
            self._busy.add(guest)
        elif not busy and guest in self._busy:
            self._busy.remove(guest)
            self._idle[guest] = None

    def _replace(self, guest: Guest | None, reason: str) -> bool:
        self._tallies.closed[reason].inc()
        if guest is None:
            return False
        self.leave(guest)
        guest.evict()
        return True
