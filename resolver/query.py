# SPDX-License-Identifier: Apache-2.0
"""Queries: the octets that a client sent, read into a Query, or a Refusal that says why not.

This is the first thing that anybody's octets meet. Whatever they are, nothing is raised here and
nothing costs more than their length. Only the question and the OPT record are looked into; other
records are stepped over.
"""

from typing import NamedTuple

import dns.rcode

from resolver import names, wire
from resolver.request import Edns

MAX_OPTIONS = 64  # more in one OPT record is FORMERR: they cost, and no client sends so many

_DO = 0x8000
_OPCODE = 0x7800
_OPT_FIXED = wire.RR_FIXED.size  # TYPE to RDLENGTH


class Query(NamedTuple):
    """What a well-formed query asks. Fields as in `resolver.request.Request`."""

    id: int
    rd: bool
    ad: bool
    cd: bool
    do: bool
    qname: bytes
    qname_sent: bytes
    qtype: int
    qclass: int
    edns: Edns | None


class Refusal(NamedTuple):
    """Why a message is answered without asking a chain.

    `flags` is its header's second word. `query` is what could be read of it, else None: then the
    response is a header alone.
    """

    rcode: int
    id: int
    flags: int
    query: Query | None = None


class _MalformedError(Exception):
    """Ends the reading of a message that gets FORMERR."""


def read_query(octets: bytes) -> Query | Refusal | None:
    """Return the query, a refusal, or None for what must not be answered at all.

    None: shorter than a header, or a response (QR): answering could go round for ever. NOTIMP:
    any opcode but QUERY. FORMERR: QDCOUNT other than 1 (RFC 9619); more records than queries have;
    a question or record that leaves the message; a compressed question; an OPT record that is not
    alone, not at the root or not in the additional section, or whose options leave it (RFC 6891,
    6.1). BADVERS: an EDNS version above 0 (RFC 6891, 6.1.3).
    """
    if len(octets) < wire.HEADER_OCTETS:
        return None
    ident, flags, qdcount, ancount, nscount, arcount = wire.SIX_WORDS.unpack_from(octets)
    if flags & wire.QR:
        return None
    if flags & _OPCODE:
        return Refusal(dns.rcode.NOTIMP, ident, flags)
    if qdcount != 1 or ancount > 1 or nscount > 1 or arcount > 2:
        return Refusal(dns.rcode.FORMERR, ident, flags)
    try:
        qname_sent, at = _read_question_name(octets)
        if at + 4 > len(octets):
            raise _MalformedError
        qtype, qclass = wire.QUESTION_FIXED.unpack_from(octets, at)
        edns = None
        if ancount or nscount or arcount:
            edns = _find_edns(octets, at + 4, ancount + nscount, arcount)
    except _MalformedError:
        return Refusal(dns.rcode.FORMERR, ident, flags)
    query = query_of(ident, flags, qname_sent, qtype, qclass, edns)
    if edns is not None and edns.version:
        return Refusal(dns.rcode.BADVERS, ident, flags, query)
    return query


def query_of(
    ident: int, flags: int, qname_sent: bytes, qtype: int, qclass: int, edns: Edns | None
) -> Query:
    """Return the query that was read as this; `flags` is the header's second word."""
    return Query(
        ident,
        flags & wire.RD != 0,
        flags & wire.AD != 0,
        flags & wire.CD != 0,
        edns is not None and edns.flags & _DO != 0,
        names.lower(qname_sent),
        qname_sent,
        qtype,
        qclass,
        edns,
    )


def _read_question_name(octets: bytes) -> tuple[bytes, int]:
    """Return the QNAME and the offset behind it; there is nothing that it could point at."""
    at, size = wire.HEADER_OCTETS, len(octets)
    while at < size:
        octet = octets[at]
        if octet == 0:
            at += 1
            if at - wire.HEADER_OCTETS > names.MAX_NAME_OCTETS:
                break
            return octets[wire.HEADER_OCTETS : at], at
        if octet > names.MAX_LABEL_OCTETS:
            break
        at += 1 + octet
    raise _MalformedError


def _find_edns(octets: bytes, at: int, before: int, additional: int) -> Edns | None:
    """Return what the OPT record says, if there is one among the records that begin at `at`."""
    edns: Edns | None = None
    size = len(octets)
    for index in range(before + additional):
        owner = at
        at = _skip_name(octets, at)
        if at + _OPT_FIXED > size:
            raise _MalformedError
        rtype, rclass, ttl, rdlength = wire.RR_FIXED.unpack_from(octets, at)
        at += _OPT_FIXED
        end = at + rdlength
        if end > size:
            raise _MalformedError
        if rtype == wire.OPT:
            if edns is not None or index < before or octets[owner] != 0:
                raise _MalformedError
            version = ttl >> 16 & 0xFF
            # RFC 6891, 6.1.3: only version 0's form of the options is known.
            options = () if version else read_options(octets, at, end)
            edns = Edns(rclass, version, ttl & 0xFFFF, options)
        at = end
    return edns


def _skip_name(octets: bytes, at: int) -> int:
    """Return the offset behind an owner name; a pointer ends it, and is not followed."""
    size = len(octets)
    while at < size:
        octet = octets[at]
        if octet == 0:
            return at + 1
        if octet >= 0xC0:
            return at + 2
        if octet > names.MAX_LABEL_OCTETS:
            break
        at += 1 + octet
    raise _MalformedError


def read_options(octets: bytes, at: int, end: int) -> tuple[tuple[int, bytes], ...]:
    """Return the EDNS options that stand from `at` to `end`; it is known that they are well-formed.

    `read_query` finds out by trying.
    """
    options: list[tuple[int, bytes]] = []
    while at < end:
        if at + 4 > end or len(options) == MAX_OPTIONS:
            raise _MalformedError
        code, length = wire.QUESTION_FIXED.unpack_from(octets, at)
        at += 4
        if at + length > end:
            raise _MalformedError
        options.append((code, octets[at : at + length]))
        at += length
    return tuple(options)
