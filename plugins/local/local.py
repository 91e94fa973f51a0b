# SPDX-License-Identifier: Apache-2.0
"""Local: names of the machine itself, answered before anything else is asked."""

import dns.rcode

from plugins.local.zones import LocalZone, localhost_zones, special_zones
from resolver import names, wire
from resolver.claims import Claim, Claims
from resolver.metrics import Metrics
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import Rcode, ResponseWriter

LOCALHOST = b"localhost"

_LOCALHOST_ZONE = names.from_labels([LOCALHOST])
_IN = frozenset({wire.IN})


class Local(Plugin):
    """Answers for `localhost.` and the zones of addresses that are nobody's; all else passes.

    has_prefix: whether names that begin in `localhost.` are answered as well, which a resolver's
    search list makes of `localhost`.
    """

    name = "local"

    def __init__(self, has_prefix: bool, metrics: Metrics) -> None:
        self.has_prefix = has_prefix
        self._zones = localhost_zones()
        self._prefixed = metrics.counter(
            "coredns_local_localhost_requests_total", "Counter of localhost.<domain> requests."
        )
        # What the guard answers further down the chain is claimed here: it is in no list of it.
        claimed = frozenset({*self._zones, *special_zones()})
        self._claims: Claims = (Claim(zones=claimed, qclasses=_IN),)
        if has_prefix:
            self._claims += (Claim(first_labels=frozenset({LOCALHOST}), qclasses=_IN),)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer, or pass the request on."""
        zone = self._zone_of(request)
        if zone is None:
            return await self.call_next(writer, request)
        writer.write(zone.response(request.qname, request.qtype, self.name))
        return dns.rcode.NOERROR

    def _zone_of(self, request: Request) -> LocalZone | None:
        if request.qclass != wire.IN:
            return None
        match = names.longest_match(request.qname, self._zones)
        if match is not None:
            return self._zones[match]
        if self.has_prefix and next(names.labels(request.qname), b"") == LOCALHOST:
            self._prefixed.inc()
            return self._zones[_LOCALHOST_ZONE].at(request.qname)
        return None

    def claims(self) -> Claims:
        """Claim the local names."""
        return self._claims
