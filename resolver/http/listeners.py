# SPDX-License-Identifier: Apache-2.0
"""HTTP listeners of a process: who names the same address shares one.

    join    bind, so that a taken port is told while nothing else has happened
    start   serve a page
    leave   the last one out closes the listener

Blocks of the Corefile share a listener this way, and so do the configurations before and after a
reload: the newest that serves is shown, and if it goes, as after a reload that failed, the one
before it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from resolver.http.door import Door, open_door
from resolver.http.limits import HttpLimits
from resolver.request import Endpoint
from resolver.transport.addresses import endpoint_of
from resolver.transport.sockets import ListenError

if TYPE_CHECKING:
    import ssl

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Key = tuple[Endpoint, str]

HTTP_LISTENERS = "http/listeners"  # the key among the shared objects

_log = logging.getLogger("http")


class HttpListeners:
    """The listeners by address. The event loop's thread only."""

    def __init__(self, limits: HttpLimits | None = None) -> None:
        self._limits = limits or HttpLimits()
        self._listeners: dict[_Key, _Listener] = {}

    def join(
        self, address: Endpoint, owner: str, tls: ssl.SSLContext | None = None, tls_name: str = ""
    ) -> Place:
        """Return a place on the listener at `address`, which is bound if it is the first.

        owner: the plugin; two of them cannot share an address. tls_name: what tells one TLS
        context from another, such as the file that it was read from.

        Raises ListenError if the address cannot be had.
        """
        key = _key(address, owner)
        listener = self._listeners.get(key)
        if listener is None:
            door = open_door(address, self._limits)
            listener = self._listeners[key] = _Listener(door, owner, tls, tls_name, self._limits)
        elif listener.owner != owner:
            raise ListenError(f"listen tcp {address}: plugin/{listener.owner} listens there", 0)
        elif listener.tls_name != tls_name:
            raise ListenError(f"listen tcp {address}: it listens there with another tls", 0)
        place = Place(self, address, listener)
        listener.places.append(place)
        return place

    async def remove(self, place: Place) -> None:
        """Give a place up; close its listener if it was the last one there."""
        listener = place.listener
        if place in listener.places:
            listener.places.remove(place)
            if not listener.places:
                self._listeners.pop(_key(place.address, listener.owner), None)
                await listener.close()


class Place:
    """One user's share of a listener."""

    def __init__(self, home: HttpListeners, address: Endpoint, listener: _Listener) -> None:
        self.address = address
        self.listener = listener
        self.app: ASGIApp | None = None
        self._home = home

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return self.listener.endpoint

    @property
    def connections(self) -> int:
        """How many connections the listener has open."""
        return self.listener.door.guests

    async def start(self, make: Callable[[], ASGIApp]) -> bool:
        """Serve what `make` returns; it is called in a thread, and may import what it needs.

        Return whether this began it: others, or a configuration before, may serve here already.
        """
        self.app = await asyncio.to_thread(make)
        return self.listener.start()

    async def leave(self) -> None:
        """Give the place up; may be called twice."""
        await self._home.remove(self)


class _Listener:
    """A door, and the task that serves behind it."""

    def __init__(
        self, door: Door, owner: str, tls: ssl.SSLContext | None, tls_name: str, limits: HttpLimits
    ) -> None:
        self.owner = owner
        self.tls_name = tls_name
        self.endpoint = endpoint_of(door.getsockname())
        self.places: list[Place] = []
        self.door = door
        self._tls = tls
        self._limits = limits
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> bool:
        """Serve, if that was not begun already; return whether it was not."""
        if self._task is not None:
            return False
        self._task = asyncio.create_task(self._work())
        return True

    async def close(self) -> None:
        """Stop serving and close all connections."""
        self._ended.set()
        if self._task is not None:
            await self._task
        self.door.close()

    async def _work(self) -> None:
        work = await asyncio.to_thread(_load)
        try:
            await work(self._serve, self.door, self._tls, self._limits, self._ended.wait)
        except OSError as error:
            # Metrics or health alone are not worth an end to DNS
            _log.error("listener failed address=%s error=%s", self.endpoint, error)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what the newest user shows."""
        app = next((place.app for place in reversed(self.places) if place.app is not None), None)
        if app is None:
            return

        loop = asyncio.get_running_loop()

        async def deliver(message: Message) -> None:
            # Hypercorn would wait for ever for a client that does not read
            timer = loop.call_later(self._limits.timeout_s, self.door.evict, scope.get("client"))
            try:
                await send(message)
            finally:
                timer.cancel()

        await app(scope, receive, deliver)


def _key(address: Endpoint, owner: str) -> _Key:
    """Return what a listener is found by: of free ports each plugin has one of its own."""
    return address, owner if not address.port else ""


def _load() -> Callable[..., Coroutine[Any, Any, None]]:
    from resolver.http.worker import work

    return work
