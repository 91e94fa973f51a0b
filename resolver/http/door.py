# SPDX-License-Identifier: Apache-2.0
"""Door: the listening socket of an HTTP listener, which never lets in more than it has room for.

Hypercorn has no cap of its own on connections; without one a client could take all descriptors of
the process, and DNS could open none. Hence the cap stands where connections come in.
"""

import contextlib
import errno
import os
import socket
from typing import Any

from resolver.http.limits import HttpLimits
from resolver.request import Endpoint
from resolver.transport.sockets import ListenError

_BACKLOG = 64
_NO_IPV6 = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


class Door(socket.socket):
    """A listening socket that holds at most `limits.connections`: the oldest gives way."""

    def __init__(self, family: socket.AddressFamily, limits: HttpLimits) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._limits = limits
        self._guests: dict[_Guest, tuple[str, int]] = {}

    @property
    def guests(self) -> int:
        """How many connections are open."""
        return len(self._guests)

    def accept(self) -> tuple[socket.socket, Any]:
        """Return a connection and where it came from; make room for it if there is none."""
        made, client = super().accept()
        guest = _Guest(self, made)
        if len(self._guests) >= self._limits.connections:
            next(iter(self._guests)).evict()
        self._guests[guest] = client[:2]
        return guest, client

    def evict(self, client: tuple[str, int] | None) -> None:
        """End the connection of a client, which is its host and port."""
        for guest in [guest for guest, its in self._guests.items() if its == client]:
            guest.evict()

    def close(self) -> None:
        """Listen no more, and end all connections: who waits for their end waits a moment."""
        super().close()
        for guest in list(self._guests):
            guest.evict()

    def leave(self, guest: "_Guest") -> None:
        """Forget a connection; harmless when it was forgotten already."""
        self._guests.pop(guest, None)


class _Guest(socket.socket):
    """A connection that was let in."""

    def __init__(self, door: Door, made: socket.socket) -> None:
        super().__init__(made.family, made.type, made.proto, fileno=made.detach())
        self._door = door

    def close(self) -> None:
        """Close it, and make room."""
        self._door.leave(self)
        super().close()

    def evict(self) -> None:
        """End it: its owner reads the end of the stream, and closes it."""
        self._door.leave(self)
        with contextlib.suppress(OSError):  # the client was quicker
            self.shutdown(socket.SHUT_RDWR)


def open_door(address: Endpoint, limits: HttpLimits) -> Door:
    """Return a Door that listens at `address`; an empty host is every address of the machine.

    Raises ListenError.
    """
    try:
        if address.host:
            family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
            return _listen(family, address, limits)
        try:
            return _listen(socket.AF_INET6, Endpoint("::", address.port), limits)
        except OSError as error:
            if error.errno not in _NO_IPV6:
                raise
            return _listen(socket.AF_INET, Endpoint("0.0.0.0", address.port), limits)
    except OSError as error:
        number = error.errno or 0
        reason = os.strerror(number).lower() if number > 0 else str(error.strerror or error)
        raise ListenError(f"listen tcp {address}: bind: {reason}", number) from error


def _listen(family: socket.AddressFamily, address: Endpoint, limits: HttpLimits) -> Door:
    found = socket.getaddrinfo(*address, family, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
    door = Door(family, limits)
    try:
        door.setblocking(False)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address.host != "::")
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(found[0][4])
        door.listen(_BACKLOG)
    except BaseException:
        door.close()
        raise
    return door
