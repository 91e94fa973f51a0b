# SPDX-License-Identifier: Apache-2.0
"""Guard: what special-use names meet right before the plugins that would send them out.

Up to there a house may have names of its own in `home.arpa` or `10.in-addr.arpa`, from `hosts`,
`file` or `rewrite`; nobody out there knows anything of them.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import dns.rcode

from plugins.local.zones import LocalZone
from resolver import names, wire
from resolver.chain import Linked
from resolver.claims import NOTHING, Claim, Claims
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import Handler, Rcode, ResponseWriter

SENDERS = frozenset({"forward", "grpc"})  # `unbound` has these zones itself


class Guard(Plugin):
    """Answers for special-use names that none of the senders behind it is meant to get.

    One is meant to get them if it or the server block is for such a zone, or for names in one.
    """

    name = "local"

    def __init__(self, zones: Mapping[bytes, LocalZone], senders: Sequence[Handler]) -> None:
        self.next_handler = senders[0]
        self._zones = zones
        self._senders = senders

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer, or pass the request on."""
        zone = self._zone_of(request)
        if zone is None:
            return await self.call_next(writer, request)
        writer.write(zone.response(request.qname, request.qtype, self.name))
        return dns.rcode.NOERROR

    def _zone_of(self, request: Request) -> LocalZone | None:
        qname = request.qname
        match = names.longest_match(qname, self._zones)
        if match is None or request.qclass != wire.IN:
            return None
        if qname == match and request.qtype == wire.DS:
            return None  # RFC 4035, 3.1.4.1: the parent's, which proves that there is none
        if names.is_below(request.zone, match) or not self._would_leak(request):
            return None
        return self._zones[match]

    def _would_leak(self, request: Request) -> bool:
        """Return whether the first sender that claims the question claims just all names."""
        for sender in self._senders:
            claims = [claim for claim in sender.claims() if claim.matches(request)]
            if claims:
                return not any(_is_particular(claim, request.qname) for claim in claims)
        return False

    def claims(self) -> Claims:
        """Claim nothing: Local does, which is in the list."""
        return NOTHING


def post_guard(handlers: Sequence[Handler], zones: Mapping[bytes, LocalZone]) -> None:
    """Put a guard before the first handler of a linked chain that sends questions out, if any."""
    senders = [handler for handler in handlers if handler.name in SENDERS]
    for before, handler in pairwise(handlers):
        if handler in senders[:1] and isinstance(before, Linked):
            before.next_handler = Guard(zones, senders)


def _is_particular(claim: Claim, qname: bytes) -> bool:
    if claim.names is not None:
        return True
    return claim.zones is not None and names.longest_match(qname, claim.zones) != names.ROOT
