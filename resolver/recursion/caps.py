# SPDX-License-Identifier: Apache-2.0
"""How many may wait for recursions: in all, of one client, and for names below one suffix.

A client is an IPv4 address or an IPv6 /64 (who has one address of it has them all). Loopback has
no cap of its own: behind it may stand a whole machine, or another server.

A suffix is the last two labels of a name. Once half of all places are taken nobody more waits for
one that has a tenth of them: names of a dead zone, however many ask, leave room for all others.
"""

import ipaddress
from collections import Counter
from dataclasses import dataclass

IPV6_PREFIX_OCTETS = 8
SMALLEST_SHARE = 16  # of one suffix, where there are few places


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
    """Counts who waits, by client (None has no cap) and by the suffix that is waited for."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._share = max(SMALLEST_SHARE, limits.waiters // 10)
        self._by_client: Counter[bytes] = Counter()
        self._by_suffix: Counter[bytes] = Counter()
        self.total = 0

    def refusal(self, client: bytes | None, suffix: bytes) -> str | None:
        """Return why one more may not wait: `waiters`, `client`, `suffix`, or None."""
        limits = self._limits
        if self.total >= limits.waiters:
            return "waiters"
        if client is not None and self._by_client[client] >= limits.client_waiters:
            return "client"
        if 2 * self.total >= limits.waiters and self._by_suffix[suffix] >= self._share:
            return "suffix"
        return None

    def enter(self, client: bytes | None, suffix: bytes) -> None:
        """Count one more."""
        self.total += 1
        self._by_suffix[suffix] += 1
        if client is not None:
            self._by_client[client] += 1

    def leave(self, client: bytes | None, suffix: bytes) -> None:
        """Count one less of those that entered."""
        self.total -= 1
        _count_down(self._by_suffix, suffix)
        if client is not None:
            _count_down(self._by_client, client)


def _count_down(counter: Counter[bytes], key: bytes) -> None:
    """Take one away, and the key with the last one: a table of all names ever asked would grow."""
    counter[key] -= 1
    if not counter[key]:
        del counter[key]
