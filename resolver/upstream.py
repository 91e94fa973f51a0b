# SPDX-License-Identifier: Apache-2.0
"""Upstream: a plugin's way to ask the server that it stands in another question.

`dns64`, `template` and `file` need what the whole chain says of another name. No packet is sent:
the question goes through the routing of the same listener, for the same client, and ends in a
writer that keeps the response.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Protocol

from resolver import names
from resolver.errors import ResolverError
from resolver.request import Endpoint, Request, Transport
from resolver.response import Response
from resolver.types import UNWRITTEN_RCODES, Rcode, ResponseWriter

MAX_DEPTH = 8  # look-ups within look-ups: beyond, two plugins ask each other for ever


class Asked(Protocol):
    """A listener that can be asked from inside, as `resolver.server.Server` can."""

    async def ask(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Run the chain that `request` belongs to."""


class ServerUpstream:
    """Asks the listener that a request came in by. Implements `resolver.types.Upstream`.

    `servers` are the process's listeners by name (`Request.server`); whoever brings them up fills
    it.
    """

    def __init__(self, servers: Mapping[str, Asked]) -> None:
        self._servers = servers
        self._depth: ContextVar[int] = ContextVar("depth", default=0)

    async def lookup(self, request: Request, qname: bytes, qtype: int) -> Response:
        """Return the chain's response to another question from the same client.

        An RCODE that the chain left to the server is a response without records. Raises
        ResolverError if the chain failed or dropped the query, if look-ups are nested more than 8
        deep in one Task, or if the listener is not there any more.
        """
        server = self._servers.get(request.server)
        if server is None:
            raise ResolverError(f"upstream: no listener {request.server}")
        depth = self._depth.get()
        if depth >= MAX_DEPTH:
            name = names.to_text(qname)
            raise ResolverError(f"upstream: maximum depth exceeded looking up {name}")
        writer = _CapturingWriter(request)
        token = self._depth.set(depth + 1)
        try:
            rcode = await server.ask(writer, request.replace(qname=qname, qtype=qtype))
        finally:
            self._depth.reset(token)
        if writer.response is not None:
            return writer.response
        if rcode in UNWRITTEN_RCODES:
            return Response.from_records(qname, qtype, qclass=request.qclass, rcode=rcode)
        raise ResolverError(f"upstream: query for {names.to_text(qname)} was dropped")


class _CapturingWriter:
    """Keeps the first response.

    Deadlines stay with the query from outside: what a plugin leaves for one here is not called,
    since the plugin that asked could not use it any more.
    """

    def __init__(self, request: Request) -> None:
        self.response: Response | None = None
        self._request = request

    @property
    def client(self) -> Endpoint:
        return self._request.client

    @property
    def local(self) -> Endpoint:
        return self._request.local

    @property
    def transport(self) -> Transport:
        return self._request.transport

    def write(self, response: Response) -> None:
        if self.response is None:
            self.response = response

    def at_deadline(self, callback: Callable[[], None]) -> None:
        pass
