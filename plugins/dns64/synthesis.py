# SPDX-License-Identifier: Apache-2.0
"""Synthesis: when an AAAA response gives way to one made of A records, and to which (RFC 6147)."""

import ipaddress

import dns.rcode

from resolver import wire
from resolver.errors import Ede
from resolver.response import DNSSEC_TYPES, Response, Validation
from resolver.wire import Record

SYNTHESIZED = 29  # RFC 8914, 4.30
TTL_WITHOUT_SOA_S = 600  # RFC 6147, 5.1.7
_IPV4_MAPPED = b"\x00" * 10 + b"\xff\xff"  # RFC 6147, 5.1.4: never to be given to a client


def embed(prefix: ipaddress.IPv6Network, ipv4: bytes) -> bytes:
    """Return the IPv6 address for an IPv4 address under a prefix (RFC 6052, 2.2).

    The prefix ends at an octet, 32 to 96 bits long; octet 8 stays 0.
    """
    octets = bytearray(prefix.network_address.packed)
    at = prefix.prefixlen // 8
    for octet in ipv4:
        at += at == 8
        octets[at] = octet
        at += 1
    return bytes(octets)


def is_lacking(response: Response, translate_all: bool) -> bool:
    """Return whether a response to AAAA has no address for the client.

    1. NXDOMAIN stands: the name has no A record either (5.1.2). 2. So does what the validator found
    bogus. 3. Any other error counts as an empty answer. 4. IPv4-mapped addresses count for nothing.
    """
    if response.rcode == dns.rcode.NXDOMAIN or response.validation is Validation.BOGUS:
        return False
    if translate_all:
        return True
    return not any(
        rr.section == wire.ANSWER
        and rr.rtype == wire.AAAA
        and response.wire[rr.ttl_offset + 6 : rr.end][:12] != _IPV4_MAPPED
        for rr in response.rrs
    )


def synthesize(
    prefix: ipaddress.IPv6Network, lacking: Response, addresses: Response, plugin: str
) -> Response | None:
    """Return a response to AAAA with the addresses of a response to A; None if it has none.

    CNAME and DNAME records stay, signatures do not. TTLs are at most that of the SOA in `lacking`.
    """
    most_s = next(
        (lacking.ttl(rr) for rr in lacking.rrs if rr.rtype == wire.SOA), TTL_WITHOUT_SOA_S
    )
    records: list[Record] = []
    found = False
    for record in addresses.records():
        if record.section != wire.ANSWER or record.rtype in DNSSEC_TYPES:
            continue
        if record.rtype == wire.A and len(record.rdata) == 4:
            found = True
            record = record._replace(
                rtype=wire.AAAA,
                rdata=embed(prefix, record.rdata),
                ttl=min(record.ttl, most_s),
            )
        records.append(record)
    if not found:
        return None
    question = addresses.question
    return Response.from_records(
        question.qname,
        wire.AAAA,
        records,
        recursive=addresses.recursive,
        ede=(Ede(SYNTHESIZED),),
        plugin=plugin,
    )
