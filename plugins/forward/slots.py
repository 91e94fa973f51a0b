# SPDX-License-Identifier: Apache-2.0
"""Slots: how many questions may be under way in the process, since each holds a socket.

Whoever floods a zone whose servers are dead would take them all. So one `forward` line has at most
half of them, and one client (an IPv4 address or an IPv6 /64; loopback is exempt) a quarter.
"""

from collections import Counter
from collections.abc import Callable

from resolver.request import Endpoint
from resolver.transport.addresses import client_key


class Slots:
    """So many slots for all lines together; `taken` are in use."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._by_line: Counter[object] = Counter()
        self._by_client: Counter[str | int] = Counter()

    def take(self, line: object, client: Endpoint) -> Callable[[], None] | str:
        """Take a slot for a line and a client; return what gives it back, to be called once.

        Where there is none it returns why: `flights`, `line` or `client`.
        """
        key = client_key(client.host)
        if self.taken >= self.limit:
            return "flights"
        if self._by_line[line] >= max(1, self.limit // 2):
            return "line"
        if key is not None and self._by_client[key] >= max(1, self.limit // 4):
            return "client"
        self._add(line, key, 1)
        return lambda: self._add(line, key, -1)

    def _add(self, line: object, key: str | int | None, change: int) -> None:
        self.taken += change
        self._by_line[line] += change
        if not self._by_line[line]:
            del self._by_line[line]
        if key is not None:
            self._by_client[key] += change
            if not self._by_client[key]:
                del self._by_client[key]
