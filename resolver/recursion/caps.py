# SPDX-License-Identifier: Apache-2.0
"""How many may wait for recursions: in all, and of one client.

A client is an IPv4 address or an IPv6 /64 (who has one address of it has them all). Loopback has
no cap of its own: behind it may stand a whole machine, or another server.
"""

import ipaddress
from dataclasses import dataclass

IPV6_PREFIX_OCTETS = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """Most flights at a time, most waiters in all and of one client; the deadline of a flight.

    slots: flights inside libunbound, for all upstreams together (they share a resolver thread).
    """

    slots: int = 2048
    flights: int = 16_384
    waiters: int = 16_384
    client_waiters: int = 1024
    deadline_ms: int = 4000


def client_of(host: str) -> bytes | None:
    """Return what a client is counted under, None for loopback."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.is_loopback:
        return None
    return address.packed if address.version == 4 else address.packed[:IPV6_PREFIX_OCTETS]


class Waiters:
    """Counts who waits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_client: dict[bytes, int] = {}
        self.total = 0

    def refusal(self, client: bytes | None) -> str | None:
        """Return why one more of this client may not wait: `waiters`, `client`, or None."""
        if self.total >= self._limits.waiters:
            return "waiters"
        if client is not None and self._by_client.get(client, 0) >= self._limits.client_waiters:
            return "client"
        return None

    def enter(self, client: bytes | None) -> None:
        """Count one more."""
        self.total += 1
        if client is not None:
            self._by_client[client] = self._by_client.get(client, 0) + 1

    def leave(self, client: bytes | None) -> None:
        """Count one less of those that entered."""
        self.total -= 1
        if client is None:
            return
        left = self._by_client[client] - 1
        if left:
            self._by_client[client] = left
        else:
            del self._by_client[client]
