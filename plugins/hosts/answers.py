# SPDX-License-Identifier: Apache-2.0
"""Responses of `hosts`: records from addresses and names, and negative answers with their SOA."""

from collections.abc import Iterable, Sequence

import dns.rcode

from resolver import names, wire
from resolver.request import Request
from resolver.response import Response
from resolver.wire import Record

# There is no zone file; a negative answer needs an SOA to be kept (RFC 2308, 5).
_SOA_NAMES = names.from_text("localhost.") + names.from_text("nobody.invalid.")
_SERIAL, _REFRESH_S, _RETRY_S, _EXPIRE_S = 1, 3600, 1200, 604800


def soa(owner: bytes, ttl_s: int, section: int = wire.AUTHORITY) -> Record:
    """Return the SOA of the zone that the names of hosts make up; `ttl_s` is its MINIMUM too."""
    numbers = (_SERIAL, _REFRESH_S, _RETRY_S, _EXPIRE_S, ttl_s)
    rdata = _SOA_NAMES + b"".join(map(wire.LONG.pack, numbers))
    return Record(section, owner, wire.SOA, wire.IN, ttl_s, rdata)


def address_records(request: Request, addresses: Sequence[bytes], ttl_s: int) -> list[Record]:
    """Return the addresses that a question asks for, as records of the QNAME."""
    wanted = {wire.A: {4}, wire.AAAA: {16}, wire.ANY: {4, 16}}.get(request.qtype, set())
    return [
        Record(
            wire.ANSWER,
            request.qname,
            wire.A if len(address) == 4 else wire.AAAA,
            wire.IN,
            ttl_s,
            address,
        )
        for address in dict.fromkeys(addresses)
        if len(address) in wanted
    ]


def pointer_records(request: Request, found: Iterable[bytes], ttl_s: int) -> list[Record]:
    """Return PTR records of the QNAME, if the question asks for them."""
    if request.qtype not in (wire.PTR, wire.ANY):
        return []
    return [
        Record(wire.ANSWER, request.qname, wire.PTR, wire.IN, ttl_s, name)
        for name in dict.fromkeys(found)
    ]


def respond(
    request: Request, records: Iterable[Record], rcode: int = dns.rcode.NOERROR
) -> Response:
    """Return an authoritative response."""
    return Response.answering(
        request,
        records,
        rcode=rcode,
        flags=wire.AA,
        plugin="hosts",
    )
