# SPDX-License-Identifier: Apache-2.0
"""Stored responses as they are sent: with the TTLs that are left, or as stale data."""

import dns.rcode

from resolver import wire
from resolver.errors import Ede
from resolver.response import Response

STALE_ANSWER, STALE_NXDOMAIN = 3, 19  # RFC 8914, 4.4 and 4.20
MAX_TTL_S = 0x7FFFFFFF  # RFC 2181, 8


def aged(response: Response, age_s: int) -> Response:
    """Return a response with `age_s` seconds taken from each TTL.

    Records of the additional section whose time is up are left out; an entry dies before any of the
    others could be.
    """
    if not age_s:
        return response
    octets = bytearray(response.wire)
    read, write = wire.LONG.unpack_from, wire.LONG.pack_into
    for rr in response.rrs:
        at = rr.ttl_offset
        left_s = read(octets, at)[0] - age_s
        if left_s <= 0 and rr.section == wire.ADDITIONAL:
            return aged(
                response.without(
                    lambda rr: rr.section == wire.ADDITIONAL and response.ttl(rr) <= age_s
                ),
                age_s,
            )
        write(octets, at, max(left_s, 0))
    return response.with_octets(bytes(octets), response.rrs)


def as_stale(response: Response, ttl_s: int) -> Response:
    """Return a response as stale data: all TTLs are `ttl_s`, and an EDE says so (RFC 8767, 4)."""
    ttl_s = min(ttl_s, MAX_TTL_S)
    code = STALE_NXDOMAIN if response.rcode == dns.rcode.NXDOMAIN else STALE_ANSWER
    return response.with_ttls(lambda _rr, _ttl: ttl_s).replace(ede=(*response.ede, Ede(code)))
