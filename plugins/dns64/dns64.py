# SPDX-License-Identifier: Apache-2.0
"""Dns64: asks on, and asks the server's own chain for A records where AAAA are lacking."""

import ipaddress
import logging
from dataclasses import dataclass

from plugins.dns64.synthesis import is_lacking, synthesize
from resolver import wire
from resolver.claims import Claim, Claims
from resolver.errors import ResolverError
from resolver.metrics import Metrics
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter, Upstream
from resolver.writer import HeldWriter

DEFAULT_PREFIX = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052, 2.1

_log = logging.getLogger("plugin/dns64")


@dataclass(frozen=True, slots=True)
class Policy:
    """What `dns64` does, as data.

    translate_all: also where there are AAAA records. allow_ipv4: also for clients that ask by IPv4.
    """

    prefix: ipaddress.IPv6Network = DEFAULT_PREFIX
    translate_all: bool = False
    allow_ipv4: bool = False


class Dns64(Plugin):
    """Answers AAAA questions with translated A records where there is nothing else."""

    name = "dns64"

    def __init__(self, policy: Policy, upstream: Upstream, metrics: Metrics) -> None:
        self.policy = policy
        self._upstream = upstream
        self._translated = metrics.counter(
            "coredns_dns64_requests_translated_total",
            "Counter of DNS requests translated by dns64.",
            ("server",),
        )

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Pass the request on; look at what comes back if it is one to translate."""
        if not self._concerns(request):
            return await self.call_next(writer, request)
        held = HeldWriter(writer)
        rcode = await self.call_next(held, request)
        if held.response is None:
            return rcode
        writer.write(await self._translate(request, held.response))
        return rcode

    def _concerns(self, request: Request) -> bool:
        if request.qtype != wire.AAAA or request.qclass != wire.IN:
            return False
        if request.do and request.cd:  # RFC 6147, 5.5: it validates for itself
            return False
        return self.policy.allow_ipv4 or request.client.family == 2

    async def _translate(self, request: Request, response: Response) -> Response:
        policy = self.policy
        if not is_lacking(response, policy.translate_all):
            return response
        try:
            addresses = await self._upstream.lookup(request, request.qname, wire.A)
        except ResolverError as error:
            _log.warning("look-up of %s A failed, answered as it was: %s", request.name, error)
            return response
        made = synthesize(policy.prefix, response, addresses, self.name)
        if made is None:
            return response
        self._translated.labels(request.server).inc()
        return made

    def claims(self) -> Claims:
        """Claim AAAA questions."""
        return (Claim(qtypes=frozenset({wire.AAAA}), qclasses=frozenset({wire.IN})),)
