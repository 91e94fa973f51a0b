# SPDX-License-Identifier: Apache-2.0
"""A server with `unbound` in this process, asked without sockets; it asks over real ones."""

import asyncio
import itertools
import random
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import dns.flags
import dns.message
import dns.rcode

from plugins.unbound.libunbound import Libunbound
from plugins.unbound.setup import LIBUNBOUND
from plugins.unbound.unbound import Unbound
from resolver.clock import SystemClock
from resolver.directives import standard_directives
from resolver.instance import Instance
from resolver.limits import Limits
from resolver.recursion.caps import Limits as Caps
from resolver.request import Endpoint, Transport
from resolver.response import Response
from resolver.testing import LOCAL, RecordingWriter, request

_T = TypeVar("_T")

LOOPBACK = Endpoint("127.0.0.1", 4000)


class Recursing:
    """A server from `with` to its end. `properties` stand in the braces of `unbound`.

    `corefile` makes the text of the whole Corefile from these. is_native: its flights are C's.
    """

    def __init__(
        self,
        properties: str,
        *,
        corefile: str = ".:0 {{\nbind 127.0.0.1\nunbound {{\n{}\n}}\n}}\n",
        limits: Limits | None = None,
        caps: Caps | None = None,
        is_native: bool = False,
    ) -> None:
        self._runner = asyncio.Runner()
        self._numbers = itertools.count(1)
        self.clock = SystemClock()
        self.instance = Instance(self.clock, random.Random(1), limits)
        shared = self.instance._services.shared
        self._native = None
        if is_native:
            # the extension may be missing, which is the subject of tests/fallback
            from tests.recursion.native_flights import Native

            self._native = Native(self.clock, self.instance.metrics, caps or Caps())
        flights = self._native.flights if self._native is not None else None
        shared[LIBUNBOUND] = Libunbound(self.clock, caps, flights)
        self.instance.load(corefile.format(properties), "Corefile", standard_directives(), {})

    def __enter__(self) -> Self:
        try:
            self.run(self.instance.start())
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> None:
        try:
            troubles = self.run(self.instance.stop(grace_ms=0))
        finally:
            self._runner.close()
            if self._native is not None:
                self._native.close()
        assert troubles == []

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return what `work` returns, run in the server's loop."""
        return self._runner.run(work)

    @property
    def name(self) -> str:
        """The server's, as metrics have it."""
        return self.instance.serving[0].server.name

    @property
    def handler(self) -> Unbound:
        """The handler of the first block."""
        handler = self.instance.blocks[0].handler("unbound")
        assert isinstance(handler, Unbound)
        return handler

    def ask(self, qname: str, qtype: str = "A", flags: str = "rd") -> dns.message.Message:
        """Return what a client gets; `flags` are of rd, ad, cd, do, and edns for an OPT record."""
        return self.run(self.asked(qname, qtype, flags))

    async def asked(
        self, qname: str, qtype: str = "A", flags: str = "rd", client: Endpoint = LOOPBACK
    ) -> dns.message.Message:
        """Return what a client gets, to be awaited in the server's loop."""
        words = flags.split()
        query = dns.message.make_query(
            qname, qtype, use_edns=0 if {"edns", "do"} & set(words) else -1, want_dnssec=False
        )
        query.id = next(self._numbers)
        header = [word for word in words if word in ("rd", "ad", "cd")]
        query.flags = dns.flags.from_text(" ".join(header).upper())
        if "do" in words:
            query.want_dnssec()
            if "ad" not in words:
                query.flags &= ~dns.flags.AD
        reply: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        server = self.instance.serving[0].server

        def deliver(octets: bytes | None) -> None:
            if not reply.done():  # else the client has gone away
                reply.set_result(octets)

        server.receive(query.to_wire(), client, LOCAL, Transport.DO53_TCP, deliver)
        octets = await reply
        assert octets is not None
        return dns.message.from_wire(octets)

    def renew(self, qname: str, context: int) -> Response:
        """Return what a refresh of an entry that came from `context` brings."""
        writer = RecordingWriter()
        asked = request(
            f"{qname} A",
            now_ms=self.clock.now_ms(),
            labels={"cache/renew": lambda: str(context)},
        )
        assert self.run(self.handler.serve_dns(writer, asked)) == dns.rcode.NOERROR
        return writer.response

    def counted(self, name: str, **labels: str) -> float:
        """Return a metric of the first server."""
        return self.instance.metrics.value(name, server=self.name, **labels)
