# SPDX-License-Identifier: Apache-2.0
"""Many clients at once, each with a socket of its own or a few with many queries each."""

import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.contenders import HOST

_ROOM = 4 << 20
_SO_RCVBUFFORCE = 33


@dataclass(frozen=True, slots=True)
class Answers:
    """When the answers came, in seconds since the first query was sent, and their RCODEs."""

    asked: int
    times_s: Sequence[float]
    rcodes: Sequence[int]

    @property
    def last_s(self) -> float:
        """When the last one came."""
        return max(self.times_s, default=0.0)


class Clients:
    """So many UDP sockets, connected to a server."""

    def __init__(self, port: int, count: int) -> None:
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        self._selector = selectors.DefaultSelector()
        for client in self._sockets:
            client.setblocking(False)
            try:
                client.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
            except PermissionError:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
            client.connect((HOST, port))
            self._selector.register(client, selectors.EVENT_READ)

    def close(self) -> None:
        """Close them."""
        self._selector.close()
        for client in self._sockets:
            client.close()

    def send(self, queries: Sequence[bytes]) -> None:
        """Send queries, over the sockets in turn, with an ID that none on the same socket has."""
        for number, wire in enumerate(queries):
            query_id = number // len(self._sockets) % 65536
            client = self._sockets[number % len(self._sockets)]
            client.send(query_id.to_bytes(2, "big") + wire[2:])

    def receive(self, count: int, seconds: float, since_s: float) -> Answers:
        """Return what comes: at most so many answers, for at most so long."""
        times: list[float] = []
        rcodes: list[int] = []
        until = time.monotonic() + seconds
        while len(times) < count and (rest := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(rest):
                self._take(key.fileobj, times, rcodes, since_s)
        return Answers(count, times, rcodes)

    @staticmethod
    def _take(client: object, times: list[float], rcodes: list[int], since_s: float) -> None:
        assert isinstance(client, socket.socket)
        while True:
            try:
                answer = client.recv(4096)
            except BlockingIOError:
                return
            times.append(time.monotonic() - since_s)
            rcodes.append(answer[3] & 15)
