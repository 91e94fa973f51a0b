# SPDX-License-Identifier: Apache-2.0
"""Answer: the server's own writer. It stands below every wrapper and sends one response a query."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

import dns.rcode

from resolver import names, wire
from resolver.block import Block
from resolver.errors import Ede
from resolver.limits import Limits
from resolver.query import Query
from resolver.render import limit_of, render, render_bare
from resolver.request import Endpoint, Request, Transport
from resolver.response import Response

KEEPALIVE = 11  # OPTION-CODE of edns-tcp-keepalive (RFC 7828)

Reply = Callable[[bytes | None], None]
"""How a transport takes the outcome of one query, once: octets to send, or None for nothing."""

Receive = Callable[[bytes, Endpoint, Endpoint, Transport, Reply], None]
"""How a transport hands over a message: octets, client, local, transport, and where to reply."""

Take = Callable[[bytes, Query, Endpoint, Endpoint, Transport, Reply], None]
"""The same for a message that was read: what was read of it comes behind its octets."""

_log = logging.getLogger("server")


class Answer:
    """Takes the first response to a query, adds what depends on the client, and sends it.

    Responses after that end here. `is_over` is whether the client is done with: it has its answer,
    or gets none on purpose. `task` runs the chain. `ticket` is what the engine knows the query by,
    0 if it does not.
    """

    __slots__ = ("_callbacks", "_limits", "_reply", "block", "is_over", "request", "task", "ticket")

    def __init__(self, request: Request, block: Block, reply: Reply, limits: Limits) -> None:
        self.request = request
        self.is_over = False
        self.task: asyncio.Task[None] | None = None
        self.block = block
        self._reply = reply
        self.ticket: int = getattr(reply, "ticket", 0)
        self._limits = limits
        self._callbacks: list[Callable[[], None]] | None = None

    @property
    def client(self) -> Endpoint:
        """Where the query came from."""
        return self.request.client

    @property
    def local(self) -> Endpoint:
        """The address that was queried."""
        return self.request.local

    @property
    def transport(self) -> Transport:
        """How the query came in."""
        return self.request.transport

    def cancel(self) -> None:
        """End the chain, if it has begun."""
        if self.task is not None:
            self.task.cancel()

    def write(self, response: Response) -> None:
        """Send a response, unless one was sent.

        One to another question is a plugin's mistake: it is logged, and the client gets SERVFAIL.
        """
        if self.is_over:
            return
        request = self.request
        if not _answers(response, request):
            _log.error(
                "response of plugin/%s is for another question server=%s asked=%s",
                response.plugin or "unknown",
                request.server,
                names.to_text(request.qname),
            )
            self.refuse(dns.rcode.SERVFAIL)
            return
        size = self._payload_size
        octets = render(
            self._asked,
            response,
            limit_of(request, request.transport is Transport.DO53_UDP, size),
            recursion_available=self.block.recursion_available,
            payload_size=size,
            options=self._options(),
        )
        self._end(octets)

    def refuse(self, rcode: int, ede: Sequence[Ede] = ()) -> None:
        """Send an RCODE with nothing else but `ede`, unless a response was sent."""
        if self.is_over:
            return
        octets = render_bare(
            self._asked,
            rcode,
            ede,
            recursion_available=self.block.recursion_available,
            payload_size=self._payload_size,
            options=self._options(),
        )
        self._end(octets)

    def place(self, request: Request) -> Answer | None:
        """Return this, if the engine may answer the request in our place; see `Place`."""
        return self if self.ticket and request is self.request and not self.is_over else None

    def leave(self) -> None:
        """Send nothing any more: the engine has answered."""
        self.is_over = True
        self._callbacks = None

    def drop(self) -> None:
        """Send nothing, now or later, unless a response was sent."""
        if not self.is_over:
            self._end(None)

    def at_deadline(self, callback: Callable[[], None]) -> None:
        """Have `callback` called at the deadline, if nothing was written by then."""
        if self.is_over:
            return
        if self._callbacks is None:
            self._callbacks = []
        self._callbacks.append(callback)

    def take_callbacks(self) -> list[Callable[[], None]]:
        """Return what is to be called at the deadline, the latest first, and forget it."""
        callbacks = self._callbacks or []
        self._callbacks = None
        callbacks.reverse()
        return callbacks

    def _end(self, octets: bytes | None) -> None:
        self.is_over = True
        self._callbacks = None
        self._reply(octets)

    @property
    def _asked(self) -> Request:
        """The request as the response's header is to tell it: `header` may say what RD is."""
        rd = self.block.response_rd
        return self.request if rd is None else self.request.replace(rd=rd)

    @property
    def _payload_size(self) -> int:
        """Our UDP payload size in octets: what `bufsize` says, else the listener's."""
        size = self.block.payload_size
        return self._limits.payload_size if size is None else size

    def _options(self) -> Sequence[tuple[int, bytes]]:
        """Return the options of the connection: how long it may stay idle, to those who ask."""
        request = self.request
        transport = request.transport
        if transport is not Transport.DO53_TCP and transport is not Transport.DOT:
            return ()
        if request.edns is None or all(code != KEEPALIVE for code, _ in request.edns.options):
            return ()
        # RFC 7828, 3.1: in units of 100 ms
        return ((KEEPALIVE, wire.WORD.pack(min(self._limits.idle_ms // 100, 0xFFFF))),)


def _answers(response: Response, request: Request) -> bool:
    """Return whether the response's question is the one that was asked."""
    octets, qname = response.wire, request.qname
    at = wire.HEADER_OCTETS + len(qname)
    return octets[wire.HEADER_OCTETS : at] == qname and octets[
        at : at + 4
    ] == wire.QUESTION_FIXED.pack(request.qtype, request.qclass)
