# SPDX-License-Identifier: Apache-2.0
"""Limits: how long a listener waits, and how much it holds for its clients at a time."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from resolver.request import DEFAULT_PAYLOAD_SIZE

_SMALLEST_HOUSE = 8  # connections that any machine can hold
_LARGEST_HOUSE = 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """What a server block says of connections; None for what it says nothing of. See Limits."""

    read_ms: int | None = None
    write_ms: int | None = None
    idle_ms: int | None = None
    queries: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs in milliseconds, and caps. The defaults are CoreDNS's where it has them.

    patience_ms: until a query is answered, whatever its chain does. life_ms: until a chain that
    was not done by then is cancelled. in_flight: chains in all; twice what may wait for recursion
    (`recursion.caps`), so that what needs none is answered though that is full. long_octets: of
    queries in chains that are longer than any resolver's (`crowd`), together. payload_size: our UDP
    payload size in octets, which EDNS tells and truncation keeps to.

    idle_ms: a connection without a query. read_ms: from a message's first octet to its last.
    write_ms: a client that takes nothing of what waits for it. linger_ms: between our end of a
    connection and the client's. connections, connections_per_client: open at a time (a client is
    an IPv4 address or an IPv6 /64; loopback has no cap of its own). pipelined: queries in flight on
    one connection. queries: all that one connection may send, 0 for any number. unsent_octets: what
    may wait for one client to read it.
    """

    patience_ms: int = 4000
    life_ms: int = 30_000
    in_flight: int = 32_768
    long_octets: int = 16 << 20
    payload_size: int = DEFAULT_PAYLOAD_SIZE
    idle_ms: int = 10_000
    read_ms: int = 3000
    write_ms: int = 5000
    linger_ms: int = 2000
    connections: int = _LARGEST_HOUSE
    connections_per_client: int = 128
    pipelined: int = 256
    queries: int = 0
    unsent_octets: int = 1 << 20

    @classmethod
    def for_descriptors(cls, descriptors: int, **changes: Any) -> Limits:
        """Return limits for a process that may open so many files (RLIMIT_NOFILE).

        An eighth of them is for clients' connections, since recursion needs most of them.
        """
        connections = max(_SMALLEST_HOUSE, min(_LARGEST_HOUSE, descriptors // 8))
        changes.setdefault("connections", connections)
        changes.setdefault("connections_per_client", max(4, connections // 8))
        return cls(**changes)

    def replace(self, **changes: Any) -> Limits:
        """Return limits that differ in `changes`."""
        return dataclasses.replace(self, **changes)

    def with_timeouts(self, timeouts: Timeouts) -> Limits:
        """Return limits with the time-outs that a server block says."""
        said = dataclasses.asdict(timeouts).items()
        return self.replace(**{name: value for name, value in said if value is not None})
