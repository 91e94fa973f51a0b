# SPDX-License-Identifier: Apache-2.0
"""Serving an ASGI application on a Door with Hypercorn, in the running event loop.

Hypercorn's settings are names of files and addresses; here it is handed a socket that listens and a
TLS context that is ready, so that a mistake in either was told before. This module is imported when
a listener starts to serve, never before.
"""

import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import cast

from hypercorn.asyncio import serve
from hypercorn.config import Config, Sockets
from hypercorn.typing import ASGIFramework
from starlette.types import ASGIApp

from resolver.http.door import Door
from resolver.http.limits import HttpLimits

_log = logging.getLogger("http")


class _Settings(Config):
    """Hypercorn's settings for one listener."""

    def __init__(self, door: Door, tls: ssl.SSLContext | None, limits: HttpLimits) -> None:
        self._door = door
        self._tls = tls
        self.errorlog = _log.getChild("hypercorn")
        self.errorlog.setLevel(logging.WARNING)  # below it tells how to end it with CTRL + C
        self.include_server_header = False
        self.read_timeout = limits.timeout_s
        self.keep_alive_timeout = limits.timeout_s
        self.ssl_handshake_timeout = limits.timeout_s
        self.graceful_timeout = 1
        self.h11_max_incomplete_size = limits.head_octets
        self.h2_max_header_list_size = limits.head_octets
        self.h2_max_concurrent_streams = limits.streams

    @property
    def ssl_enabled(self) -> bool:
        """Whether connections are TLS."""
        return self._tls is not None

    def create_ssl_context(self) -> ssl.SSLContext | None:
        """Return the context that was handed in."""
        return self._tls

    def create_sockets(self) -> Sockets:
        """Return the socket that was handed in."""
        secure = self._tls is not None
        return Sockets([self._door] if secure else [], [] if secure else [self._door], [])


async def work(
    app: ASGIApp,
    door: Door,
    tls: ssl.SSLContext | None,
    limits: HttpLimits,
    ended: Callable[[], Awaitable[object]],
) -> None:
    """Serve until `ended` returns; the door is closed then."""
    settings = _Settings(door, tls, limits)
    await serve(cast(ASGIFramework, app), settings, shutdown_trigger=ended)
