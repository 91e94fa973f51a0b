# SPDX-License-Identifier: Apache-2.0
"""Any: one small HINFO record for whoever asks for all records of a name (RFC 8482, 4.2)."""

import dns.rcode

from resolver import wire
from resolver.claims import Claim, Claims
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from resolver.wire import Record

HINFO = 13
TTL_S = 8482
RDATA = b"\x0dANY obsoleted\x0cSee RFC 8482"  # CPU and OS

_CLAIMS = (Claim(qtypes=frozenset({wire.ANY})),)


class Any(Plugin):
    """Answers queries for ANY, whatever the name; all others pass."""

    name = "any"

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Write the HINFO record, or pass the request on."""
        if request.qtype != wire.ANY:
            return await self.call_next(writer, request)
        record = Record(wire.ANSWER, request.qname, HINFO, request.qclass, TTL_S, RDATA)
        writer.write(Response.answering(request, [record], plugin=self.name))
        return dns.rcode.NOERROR

    def claims(self) -> Claims:
        """Claim the type ANY."""
        return _CLAIMS
