# SPDX-License-Identifier: Apache-2.0
"""One query over UDP: a socket of its own, a port that nobody can guess, and patience with junk.

RFC 5452, 9.2: port and ID come from the system's generator of secrets, new ones for each query. The
socket is connected, so that the kernel hands over nothing from elsewhere.
"""

import asyncio
import errno
import random
import socket
from collections.abc import Callable
from typing import TypeVar

from resolver.clock import Clock
from resolver.request import Endpoint

_T = TypeVar("_T")

LOWEST_PORT, HIGHEST_PORT = 1024, 65535
MAX_NEAR_MISSES = 20  # replies that were none, until we ask over TCP, where nobody can guess

_TRIES = 8  # of ports, before the system picks one
_BATCH = 16
_TAKEN = frozenset({errno.EADDRINUSE, errno.EACCES})


class TooManyMissesError(ConnectionError):
    """So much junk came that somebody may be guessing."""


async def ask(
    query: bytes,
    to: Endpoint,
    source: str,
    accept: Callable[[bytes], _T | None],
    clock: Clock,
    chance: random.Random,
    limit_ms: int,
) -> _T:
    """Send a query and return the first reply that `accept` takes, which it makes of octets.

    `source` is the address to send from, empty for any. `chance` picks the port: a generator of
    secrets, but in tests.

    Raises TimeoutError at the limit, OSError if the query cannot be sent or is refused, and
    TooManyMissesError if what came in was junk time and again.
    """
    loop = asyncio.get_running_loop()
    answered: asyncio.Future[_T] = loop.create_future()
    misses = 0

    def receive() -> None:
        nonlocal misses
        for _ in range(_BATCH):
            if answered.done():
                return
            try:
                octets = sock.recv(65535)
            except BlockingIOError:
                return
            except OSError as error:
                answered.set_exception(error)
                return
            reply = accept(octets)
            if reply is not None:
                answered.set_result(reply)
                return
            misses += 1
            if misses >= MAX_NEAR_MISSES:
                answered.set_exception(TooManyMissesError("too many replies that were none"))

    def expire() -> None:
        if not answered.done():
            answered.set_exception(TimeoutError("i/o timeout"))

    with connected(to, source, chance) as sock:
        sock.send(query)
        timer = clock.call_later(max(0, limit_ms), expire)
        loop.add_reader(sock, receive)
        try:
            return await answered
        finally:
            loop.remove_reader(sock)
            timer.cancel()


def connected(to: Endpoint, source: str, chance: random.Random) -> socket.socket:
    """Return a UDP socket that hears only `to`, at a port picked by chance. Raises OSError."""
    family = socket.AF_INET6 if to.family == 2 else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        host = source or ("::" if to.family == 2 else "0.0.0.0")
        for _ in range(_TRIES):
            try:
                sock.bind((host, chance.randint(LOWEST_PORT, HIGHEST_PORT)))
                break
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
        else:
            sock.bind((host, 0))
        sock.connect((to.host, to.port))
    except OSError:
        sock.close()
        raise
    return sock
