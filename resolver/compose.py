# SPDX-License-Identifier: Apache-2.0
"""Writing of DNS messages: records to octets, in the form that responses are kept in.

Names are compressed (RFC 1035, 4.1.4), but no pointer targets an address, MX or RRSIG record, since
these are moved when an answer is shuffled. Names in RDATA are compressed only for the types of RFC
1035 (RFC 3597, 4).
"""

from collections.abc import Iterable, Sequence

from resolver import names, wire
from resolver.errors import WireError
from resolver.wire import RR, Record

MOVABLE = frozenset({wire.A, wire.AAAA, wire.MX, wire.RRSIG})

# Types of RFC 1035 with names in RDATA: octets before the first name, number of names.
_COMPRESSED = {
    wire.NS: (0, 1),
    3: (0, 1),  # MD
    4: (0, 1),  # MF
    wire.CNAME: (0, 1),
    wire.SOA: (0, 2),
    7: (0, 1),  # MB
    8: (0, 1),  # MG
    9: (0, 1),  # MR
    wire.PTR: (0, 1),
    14: (0, 2),  # MINFO
    wire.MX: (2, 1),
}


def compose(
    qname: bytes, qtype: int, qclass: int, flags: int, records: Iterable[Record]
) -> tuple[bytes, tuple[RR, ...]]:
    """Return a message with one question and `records`, and where its records stand.

    `flags` is the header's second word with its RCODE; ID is 0. `qname` is written as it is.
    `records` must come in the order of their sections.

    Raises WireError if the message would be longer than 65,535 octets, or the sections are out of
    order.
    """
    out = bytearray(wire.HEADER_OCTETS)
    table: dict[bytes, int] = {}
    _put_name(out, qname, table, register=True)
    out += wire.QUESTION_FIXED.pack(qtype, qclass)
    counts = [1, 0, 0, 0]
    found: list[RR] = []
    section = wire.ANSWER
    for record in records:
        if record.section < section:
            raise WireError("sections out of order")
        section = record.section
        counts[section] += 1
        found.append(_put_record(out, record, table))
    wire.SIX_WORDS.pack_into(out, 0, 0, flags, *counts)
    return bytes(out), tuple(found)


def _put_record(out: bytearray, record: Record, table: dict[bytes, int]) -> RR:
    register = record.rtype not in MOVABLE
    offset = len(out)
    _put_name(out, record.owner, table, register)
    at = len(out)
    out += wire.RR_FIXED.pack(record.rtype, record.rclass, record.ttl, 0)
    rdata = record.rdata
    skip, number = _COMPRESSED.get(record.rtype, (0, 0))
    if number and rdata:
        out += rdata[:skip]
        for _ in range(number):
            name, skip = wire.read_name(rdata, skip)
            _put_name(out, name, table, register)
        out += rdata[skip:]
    else:
        out += rdata
    if len(out) > wire.MAX_MESSAGE_OCTETS:
        raise WireError("message over 65535 octets")
    wire.WORD.pack_into(out, at + 8, len(out) - at - 10)
    return RR(record.section, record.rtype, offset, at + 4, len(out))


def _put_name(out: bytearray, name: bytes, table: dict[bytes, int], register: bool) -> None:
    """Append `name`, a pointer in place of the longest suffix that stands there already."""
    folded = names.lower(name)
    at = 0
    while name[at]:
        target = table.get(folded[at:])
        if target is not None:
            out += wire.WORD.pack(0xC000 | target)
            return
        if register and len(out) < 0x4000:
            table[folded[at:]] = len(out)
        end = at + 1 + name[at]
        out += name[at:end]
        at = end
    out.append(0)


def equalise_ttls(records: Sequence[Record], wall_s: float) -> list[Record]:
    """Return `records` with one TTL per RRset, its RRSIGs included: the lowest (RFC 2181, 5.2).

    A signature that is still valid at `wall_s` caps it by its original TTL and by the time it has
    left (RFC 4035, 5.3.3); one that has ended caps nothing, since whoever validates refuses it.
    """
    lowest: dict[tuple[int, bytes, int], int] = {}
    now = int(wall_s)
    for record in records:
        if record.rtype == wire.OPT:
            continue
        ttl = record.ttl
        if record.rtype == wire.RRSIG and len(record.rdata) >= 18:
            original, expiration = (
                wire.LONG.unpack_from(record.rdata, 4)[0],
                (wire.LONG.unpack_from(record.rdata, 8)[0]),
            )
            # RFC 4034, 3.1.5: serial number arithmetic
            left = ((expiration - now + 0x80000000) & 0xFFFFFFFF) - 0x80000000
            if left > 0:
                ttl = min(ttl, original, left)
        key = _rrset(record)
        lowest[key] = min(ttl, lowest.get(key, ttl))
    return [
        record if record.rtype == wire.OPT else record._replace(ttl=lowest[_rrset(record)])
        for record in records
    ]


def _rrset(record: Record) -> tuple[int, bytes, int]:
    rtype = record.rtype
    if rtype == wire.RRSIG:
        rtype = wire.covered_type(record.rdata)
    return record.section, names.lower(record.owner), rtype
