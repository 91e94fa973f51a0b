# SPDX-License-Identifier: Apache-2.0
"""A client that sends a batch of messages, each with its own ID, and takes what comes back."""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Sequence

from resolver.request import Endpoint

_ROOM = 4 << 20  # octets: no reply is lost while nobody reads


class Client:
    """A socket of its own; `replies` are by their ID. Close it."""

    def __init__(self, server: Endpoint, source: str, tcp: bool) -> None:
        self.replies: dict[int, bytes] = {}
        self._tcp = tcp
        self._rest = b""
        self._sock = socket.socket(
            socket.AF_INET6 if ":" in source else socket.AF_INET,
            socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM,
        )
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        self._sock.bind((source, 0))
        self._sock.connect(server)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages, over TCP in one piece."""
        if self._tcp:
            self._sock.sendall(b"".join(struct.pack("!H", len(each)) + each for each in messages))
            return
        for each in messages:
            self._sock.send(each)

    def collect(self, count: int, patience_s: float) -> None:
        """Take replies until there are `count` in all, or no other comes for so long."""
        while len(self.replies) < count:
            if not select.select([self._sock], [], [], patience_s)[0]:
                return
            part = self._sock.recv(1 << 20)
            if self._tcp and not part:
                return
            self._take(part)

    def _take(self, part: bytes) -> None:
        if not self._tcp:
            self._put(part)
            return
        self._rest += part
        while len(self._rest) > 1:
            end = 2 + int.from_bytes(self._rest[:2])
            if end > len(self._rest):
                return
            self._put(self._rest[2:end])
            self._rest = self._rest[end:]

    def _put(self, reply: bytes) -> None:
        (number,) = struct.unpack_from("!H", reply)
        assert number not in self.replies, "a second reply"
        self.replies[number] = reply


def may_be_answered(octets: bytes) -> bool:
    """Return whether a message has a whole header and is no response."""
    return len(octets) >= 12 and not octets[2] & 0x80
