# SPDX-License-Identifier: Apache-2.0
"""The handler: a question for our zones to the upstreams, and what they say as a response.

Nothing of it is validated here: AD is never set, and what a reply says about other names than the
one that was asked for goes no further (bailiwick).
"""

from __future__ import annotations

from collections.abc import Callable

import dns.rcode

from plugins.forward.bailiwick import believed
from plugins.forward.flights import Flights
from plugins.forward.group import Group, Outcome
from plugins.forward.message import Asked, Reply
from plugins.forward.metrics import ForwardMetrics
from plugins.forward.settings import Settings
from plugins.forward.slots import Slots
from resolver import compose, wire
from resolver.claims import Claim, Claims
from resolver.clock import Clock
from resolver.errors import Ede
from resolver.metadata import Label, set_label
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter

UPSTREAM = "forward/upstream"
OTHER = 0  # RFC 8914, 4.1

_TRANSFERS = frozenset({wire.AXFR, wire.IXFR})


class Forward(Plugin):
    """One `forward` line: the zones that it covers, and who is asked for them."""

    name = "forward"

    def __init__(
        self,
        settings: Settings,
        group: Group,
        clock: Clock,
        metrics: ForwardMetrics,
        slots: Slots,
    ) -> None:
        self.settings = settings
        self.group = group
        self._clock = clock
        self._metrics = metrics
        self._flights = Flights(group.ask, clock, metrics, slots)
        self._concurrent = 0

    def claims(self) -> Claims:
        """Claim the zones; names that `except` leaves out pass through."""
        return (Claim(zones=frozenset(self.settings.zones)),)

    def metadata(self, request: Request) -> dict[str, Label]:
        """Return the label `forward/upstream`, empty until an upstream has answered."""
        return {UPSTREAM: str}

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer from an upstream; other names go to the next plugin, REFUSED without one."""
        settings = self.settings
        if not settings.covers(request.qname):
            if self.next_handler is None:
                return dns.rcode.REFUSED
            return await self.call_next(writer, request)
        if request.qtype in _TRANSFERS:
            return dns.rcode.NOTIMP
        if settings.max_concurrent and self._concurrent >= settings.max_concurrent:
            self._reject(writer, request)
            return dns.rcode.NOERROR
        self._concurrent += 1
        try:
            outcome = await self._flights.join(_asked(request), request)
        finally:
            self._concurrent -= 1
        set_label(request, UPSTREAM, _constant(outcome.upstream))
        response = self._response(request, outcome)
        if self._is_for_next(outcome.reply, response) and self._has_next(request.qname):
            return await self.call_next(writer, request)
        writer.write(response)
        return dns.rcode.NOERROR

    async def close(self) -> None:
        """End what is under way, and all connections."""
        await self._flights.close()
        await self.group.close()

    def _reject(self, writer: ResponseWriter, request: Request) -> None:
        self._metrics.rejected.inc()
        text = f"concurrent queries exceeded maximum {self.settings.max_concurrent}"
        writer.write(
            Response.answering(
                request,
                rcode=dns.rcode.REFUSED,
                ede=(Ede(OTHER, text),),
                plugin=self.name,
            )
        )

    def _response(self, request: Request, outcome: Outcome) -> Response:
        reply = outcome.reply
        records = believed(
            reply.records, request.qname, request.qtype, request.qclass, self.settings.zones
        )
        response = Response.answering(
            request,
            compose.equalise_ttls(records, self._clock.wall_s()),
            rcode=reply.rcode,
            flags=reply.flags & (wire.AA | wire.TC),
            ede=reply.edes,
            recursive=True,
            plugin=self.name,
        )
        return response if request.do else response.without_dnssec()

    def _is_for_next(self, reply: Reply, response: Response) -> bool:
        """Return whether `next` or `next_on_nodata` sends a question on."""
        settings = self.settings
        if reply.rcode in settings.next_rcodes:
            return True
        is_success = reply.rcode == dns.rcode.NOERROR
        return settings.next_on_nodata and is_success and not response.has(wire.ANSWER)

    def _has_next(self, qname: bytes) -> bool:
        """Return whether anybody behind us would answer."""
        handler = self.next_handler
        while isinstance(handler, Forward) and not handler.settings.covers(qname):
            handler = handler.next_handler
        return handler is not None


def _asked(request: Request) -> Asked:
    return Asked(
        request.qname,
        request.qtype,
        request.qclass,
        request.rd,
        request.cd,
        request.do,
        not request.transport.is_udp,
    )


def _constant(text: str) -> Callable[[], str]:
    return lambda: text
