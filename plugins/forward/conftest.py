# SPDX-License-Identifier: Apache-2.0
"""Upstreams that tests script, and `forward` lines that ask them, in one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self, cast

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from plugins.forward.forward import Forward
from plugins.forward.setup import setup
from resolver.clock import Clock, SystemClock
from resolver.request import Endpoint
from resolver.response import Response
from resolver.testing import RecordingWriter, controller, request, services
from resolver.types import Handler

ADDRESS = "192.0.2.1"

Replies = Iterable[dns.message.Message | bytes]
Behaviour = Callable[[dns.message.Message, str], Replies]
"""From a query, and `udp` or `tcp`, to what is sent; a function of scripted replies."""


def answer(query: dns.message.Message, *lines: str, rcode: str = "NOERROR") -> dns.message.Message:
    """Return a response with these answer records: an A for the QNAME if there are none."""
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(dns.rcode.from_text(rcode))
    if not lines and rcode == "NOERROR":
        lines = (f"{query.question[0].name} 60 IN A {ADDRESS}",)
    for line in lines:
        owner, ttl, rclass, rtype, rdata = line.split(None, 4)
        response.answer.append(dns.rrset.from_text(owner, int(ttl), rclass, rtype, rdata))
    return response


def honest(query: dns.message.Message, _: str) -> Replies:
    """Answer every question with one A record."""
    return [answer(query)]


def silent(_query: dns.message.Message, _: str) -> Replies:
    """Say nothing."""
    return []


def failing(rcode: str) -> Behaviour:
    """Answer every question with this RCODE."""
    return lambda query, _: [answer(query, rcode=rcode)]


def saying(*lines: str) -> Behaviour:
    """Answer every question with these records."""
    return lambda query, _: [answer(query, *lines)]


class Upstream:
    """A server on a free port of 127.0.0.1, over UDP and TCP, or TLS alone.

    `queries` are those that came: the message, how, and from which port.
    """

    def __init__(
        self, behave: Behaviour = honest, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self.behave = behave
        self.port = port
        self.queries: list[tuple[dns.message.Message, str, int]] = []
        self.connections = 0
        self.closes_after = 0  # messages on a connection, 0 for never
        self._tls = tls
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def at(self) -> str:
        """Where it is, as a Corefile names it."""
        return f"{'tls://' if self._tls else ''}127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[str]:
        """The questions that came, as `NAME TYPE`."""
        return [
            f"{m.question[0].name} {dns.rdatatype.to_text(m.question[0].rdtype)}"
            for m, _, _ in self.queries
        ]

    @property
    def over(self) -> list[str]:
        """How each query came: `udp` or `tcp`."""
        return [how for _, how, _ in self.queries]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._stream, "127.0.0.1", self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._udp: asyncio.DatagramTransport | None = None
        if self._tls is None:
            self._udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Datagrams(self), local_addr=("127.0.0.1", self.port)
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.close()
        if self._udp is not None:
            self._udp.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Close all connections."""
        for writer in list(self._writers):
            writer.transport.abort()

    def replies(self, octets: bytes, how: str, port: int) -> list[bytes]:
        """Return what is sent for a query."""
        query = dns.message.from_wire(octets)
        self.queries.append((query, how, port))
        return [
            reply if isinstance(reply, bytes) else reply.to_wire(max_size=65535)
            for reply in self.behave(query, how)
        ]

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        served = 0
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(2), "big")
                octets = await reader.readexactly(length)
                for reply in self.replies(octets, "tcp", writer.get_extra_info("peername")[1]):
                    writer.write(len(reply).to_bytes(2, "big") + reply)
                served += 1
                if served == self.closes_after:
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's own class of datagram transports is no asyncio.DatagramTransport
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for reply in self._upstream.replies(data, "udp", addr[1]):
            self._transport.sendto(reply, addr)


class House:
    """A server block's `forward` lines, linked as a chain; `behind` is what comes after them."""

    def __init__(
        self,
        text: str,
        *,
        behind: Handler | None = None,
        clock: Clock | None = None,
        **options: Any,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.services = services(clock=self.clock)  # type: ignore[arg-type]  # any Clock will do
        self.controller = controller(text, given=self.services, **options)
        setup(self.controller)
        handlers = self.controller.block.handlers
        self.lines = [handler for handler in handlers if isinstance(handler, Forward)]
        for line, following in zip(self.lines, [*self.lines[1:], behind], strict=True):
            line.next_handler = following

    async def __aenter__(self) -> Self:
        for hook in self.controller.block.hooks.prove:
            await hook()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for hook in self.controller.block.hooks.shutdown:
            await hook()

    async def ask(self, question: str, **options: Any) -> int:
        """Return what the chain returns; `writer` has what it wrote."""
        self.writer = RecordingWriter(Endpoint("127.0.0.1", 4000))
        made = request(question, now_ms=self.clock.now_ms(), **options)
        return await self.lines[0].serve_dns(self.writer, made)

    async def query(self, question: str, **options: Any) -> Response:
        """Return the response to a question."""
        assert await self.ask(question, **options) == 0
        return self.writer.response

    def metric(self, name: str, **labels: str) -> float:
        """Return a sample, 0 if there is none."""
        return self.services.metrics.value(name, **labels)
