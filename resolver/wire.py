# SPDX-License-Identifier: Apache-2.0
"""Reading of DNS messages: every access is checked against the message's bounds.

What is read here may be any octets at all. Names are bounded to 255 octets and pointers must go
strictly backwards (RFC 1035, 4.1.4), so that no message costs more than its own length.
"""

from struct import Struct
from typing import NamedTuple

from resolver.errors import WireError
from resolver.names import MAX_NAME_OCTETS

HEADER_OCTETS = 12
MAX_MESSAGE_OCTETS = 65535

# Bits of the header's second 16-bit word (RFC 1035, 4.1.1; RFC 4035, 3.2).
QR, AA, TC, RD, RA, Z, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010

QUESTION, ANSWER, AUTHORITY, ADDITIONAL = 0, 1, 2, 3

# Types whose RDATA the core looks into (IANA: Resource Record types).
A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, DNAME, OPT = 1, 2, 5, 6, 12, 15, 16, 28, 33, 39, 41
DS, RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM, SVCB, HTTPS = 43, 46, 47, 48, 50, 51, 64, 65
IXFR, AXFR, MAILB, MAILA, ANY = 251, 252, 253, 254, 255
IN, CH = 1, 3

SIX_WORDS = Struct("!HHHHHH")
WORD = Struct("!H")
LONG = Struct("!L")
RR_FIXED = Struct("!HHLH")  # TYPE, CLASS, TTL, RDLENGTH
QUESTION_FIXED = Struct("!HH")

# Where names stand in RDATA: a number skips octets, "n" is a name, "s" a character-string; what
# comes behind is taken as it is. Senders may have compressed these types (RFC 3597, 4).
_LAYOUTS: dict[int, tuple[int | str, ...]] = {
    NS: ("n",),
    3: ("n",),  # MD
    4: ("n",),  # MF
    CNAME: ("n",),
    SOA: ("n", "n"),
    7: ("n",),  # MB
    8: ("n",),  # MG
    9: ("n",),  # MR
    PTR: ("n",),
    14: ("n", "n"),  # MINFO
    MX: (2, "n"),
    17: ("n", "n"),  # RP
    18: (2, "n"),  # AFSDB
    21: (2, "n"),  # RT
    24: (18, "n"),  # SIG
    26: (2, "n", "n"),  # PX
    30: ("n",),  # NXT
    SRV: (6, "n"),
    35: (4, "s", "s", "s", "n"),  # NAPTR
    36: (2, "n"),  # KX
    DNAME: ("n",),
}


class RR(NamedTuple):
    """Where a resource record stands in a message's octets.

    `offset` is its owner name's, `ttl_offset` its TTL's (TYPE and CLASS are the four octets before,
    RDLENGTH the two behind the TTL), `end` the octet behind it. `section` is ANSWER, AUTHORITY or
    ADDITIONAL.
    """

    section: int
    rtype: int
    offset: int
    ttl_offset: int
    end: int


class Record(NamedTuple):
    """A resource record taken out of its message: owner and the names in RDATA uncompressed.

    `owner` keeps the case in which it was sent. `ttl` is in seconds.
    """

    section: int
    owner: bytes
    rtype: int
    rclass: int
    ttl: int
    rdata: bytes


class Question(NamedTuple):
    """The entry of the question section; `qname` keeps the case in which it was sent."""

    qname: bytes
    qtype: int
    qclass: int
    end: int


def read_name(wire: bytes, at: int) -> tuple[bytes, int]:
    """Return the uncompressed name that stands at `at`, and the offset of the octet behind it.

    Raises WireError if it leaves the message, is longer than 255 octets, or has a pointer that does
    not go back.
    """
    parts: list[bytes] = []
    length, end, limit = 1, -1, at
    size = len(wire)
    while True:
        if at >= size:
            raise WireError("name runs past the message's end")
        octet = wire[at]
        if octet == 0:
            parts.append(b"\x00")
            return b"".join(parts), (at + 1 if end < 0 else end)
        if octet < 64:
            stop = at + 1 + octet
            length += 1 + octet
            if length > MAX_NAME_OCTETS:
                raise WireError("name over 255 octets")
            if stop > size:
                raise WireError("name runs past the message's end")
            parts.append(wire[at:stop])
            at = stop
        elif octet >= 192:
            if at + 2 > size:
                raise WireError("name runs past the message's end")
            target = ((octet & 63) << 8) | wire[at + 1]
            if end < 0:
                end = at + 2
            if target >= limit:
                raise WireError("compression pointer does not go back")
            at = limit = target
        else:
            raise WireError("unknown label type")


def skip_name(wire: bytes, at: int) -> int:
    """Return the offset of the octet behind the name at `at`; pointers are not followed.

    Raises WireError if it leaves the message.
    """
    size = len(wire)
    while at < size:
        octet = wire[at]
        if octet == 0:
            return at + 1
        if octet >= 192:
            if at + 2 > size:
                break
            return at + 2
        if octet >= 64:
            raise WireError("unknown label type")
        at += 1 + octet
    raise WireError("name runs past the message's end")


def read_question(wire: bytes) -> Question:
    """Return the one question of a message.

    Raises WireError if QDCOUNT is not 1 or the question leaves the message.
    """
    if len(wire) < HEADER_OCTETS:
        raise WireError("message shorter than its header")
    if WORD.unpack_from(wire, 4)[0] != 1:
        raise WireError("QDCOUNT is not 1")
    qname, at = read_name(wire, HEADER_OCTETS)
    if at + 4 > len(wire):
        raise WireError("question runs past the message's end")
    qtype, qclass = QUESTION_FIXED.unpack_from(wire, at)
    return Question(qname, qtype, qclass, at + 4)


def scan(wire: bytes, at: int) -> tuple[RR, ...]:
    """Return where each record stands behind the question section, which ends at `at`.

    Octets behind the last record are not looked at.

    Raises WireError if a record leaves the message.
    """
    size = len(wire)
    found: list[RR] = []
    counts = SIX_WORDS.unpack_from(wire)
    for section in (ANSWER, AUTHORITY, ADDITIONAL):
        for _ in range(counts[2 + section]):
            offset = at
            at = skip_name(wire, at)
            if at + 10 > size:
                raise WireError("record runs past the message's end")
            rtype, _, _, rdlength = RR_FIXED.unpack_from(wire, at)
            ttl_offset = at + 4
            at += 10 + rdlength
            if at > size:
                raise WireError("record runs past the message's end")
            found.append(RR(section, rtype, offset, ttl_offset, at))
    return tuple(found)


def read_record(wire: bytes, rr: RR) -> Record:
    """Return the record at `rr` with its names uncompressed; a TTL above 2^31-1 counts as 0.

    (RFC 2181, 8.)

    Raises WireError if a name in it is malformed or its RDATA too short for its type.
    """
    owner, at = read_name(wire, rr.offset)
    rtype, rclass, ttl, _ = RR_FIXED.unpack_from(wire, at)
    if ttl > 0x7FFFFFFF:
        ttl = 0
    return Record(rr.section, owner, rtype, rclass, ttl, read_rdata(wire, rr))


def read_rdata(wire: bytes, rr: RR) -> bytes:
    """Return the RDATA of the record at `rr`, the names in it uncompressed.

    Raises WireError as `read_record` does.
    """
    at, end = rr.ttl_offset + 6, rr.end
    layout = _LAYOUTS.get(rr.rtype)
    if layout is None or at == end:
        return wire[at:end]
    parts: list[bytes] = []
    for part in layout:
        if part == "n":
            name, at = read_name(wire, at)
            parts.append(name)
        else:
            width = part if isinstance(part, int) else 1 + wire[at] if at < end else 1
            parts.append(wire[at : at + width])
            at += width
        if at > end:
            raise WireError("RDATA too short for its type")
    parts.append(wire[at:end])
    return b"".join(parts)


def covered_type(rdata: bytes) -> int:
    """Return the type that an RRSIG's RDATA covers (RFC 4034, 3.1.1); 0 if it is cut short."""
    return WORD.unpack_from(rdata)[0] if len(rdata) >= 2 else 0
