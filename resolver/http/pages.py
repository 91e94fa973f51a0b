# SPDX-License-Identifier: Apache-2.0
"""A plugin's page over HTTP: where it is, and its coming and going with the configuration."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from resolver.corefile.controller import Controller, Directive
from resolver.corefile.values import address
from resolver.http.listeners import HTTP_LISTENERS, HttpListeners, Place
from resolver.request import Endpoint
from resolver.transport.sockets import ListenError

if TYPE_CHECKING:
    import ssl

    from starlette.types import ASGIApp


class Page:
    """What one directive shows at an address; others of its plugin may show theirs there too.

    Hooks are added when it is made: it is bound before the server listens, and serves from when all
    is up until the configuration is ended. make: is called in a thread, and may import what it
    needs. `place` is there from start-up on.
    """

    def __init__(
        self,
        controller: Controller,
        directive: Directive,
        where: Endpoint,
        make: Callable[[], ASGIApp],
        tls: ssl.SSLContext | None = None,
        tls_name: str = "",
    ) -> None:
        self.place: Place | None = None
        self._listeners = controller.shared(HTTP_LISTENERS, HttpListeners)
        self._directive = directive
        self._where = where
        self._make = make
        self._tls = tls
        self._tls_name = tls_name
        controller.on_startup(self._join)
        controller.on_started(self._serve)
        controller.on_shutdown(self._leave)

    async def _join(self) -> None:
        plugin = self._directive.plugin
        try:
            self.place = self._listeners.join(self._where, plugin, self._tls, self._tls_name)
        except ListenError as error:
            text = f"{self._directive.where} - plugin/{plugin}: {error}"
            raise ListenError(text, error.errno) from error

    async def _serve(self) -> None:
        assert self.place is not None, "it was bound at start-up"
        if await self.place.start(self._make):
            log = logging.getLogger(f"plugin/{self._directive.plugin}")
            log.info("listening address=%s", self.place.endpoint)

    async def _leave(self) -> None:
        if self.place is not None:
            await self.place.leave()


def listen_address(text: str) -> Endpoint:
    """Return HOST:PORT as an Endpoint: HOST is an address, `localhost`, or nothing for every one.

    Port 0 is a free one. Raises ValueError if it is none.
    """
    host, colon, port = text.rpartition(":")
    if not colon or (host.count(":") and not host.startswith("[")):
        raise ValueError(f"address {text}: missing port in address")
    if port == "0":
        return listen_address(f"{host}:1")._replace(port=0)
    if host == "localhost":
        return address(f"127.0.0.1:{port}")
    if not host:
        return address(f"0.0.0.0:{port}")._replace(host="")
    return address(text)
