# SPDX-License-Identifier: Apache-2.0
"""Types and classes of responses, after CoreDNS's pkg/response.

`cache` keeps by them, `log` writes by them. A Response has no opcode (NOTIFY and UPDATE are
answered before any chain), so that CoreDNS's type for an update is missing here.
"""

import enum

from resolver import names, wire
from resolver.response import Response

NOERROR, SERVFAIL, NXDOMAIN, NOTIMP = 0, 2, 3, 4
MAX_ALIASES = 32  # a longer chain of CNAMEs answers nothing: libunbound follows eleven


class Kind(enum.Enum):
    """What a response says. The values are CoreDNS's names."""

    NO_ERROR = "NOERROR"
    NO_DATA = "NODATA"
    NAME_ERROR = "NXDOMAIN"
    DELEGATION = "DELEGATION"
    SERVER_ERROR = "SERVERERROR"
    META = "META"
    OTHER_ERROR = "OTHERERROR"


class Class(enum.Enum):
    """Three classes of kinds; the values are words of a Corefile and of metrics."""

    SUCCESS = "success"
    DENIAL = "denial"
    ERROR = "error"


_CLASSES = {
    Kind.NO_ERROR: Class.SUCCESS,
    Kind.DELEGATION: Class.SUCCESS,
    Kind.NAME_ERROR: Class.DENIAL,
    Kind.NO_DATA: Class.DENIAL,
}


def kind_of(response: Response, *, do: bool = False, wall_s: float = 0.0) -> Kind:
    """Return what a response says.

    With `do`, one whose signatures have ended at `wall_s` (seconds since 1970) is OTHER_ERROR.
    """
    if response.question.qtype in (wire.AXFR, wire.IXFR):
        return Kind.META
    if do:
        left_s = signatures_left_s(response, wall_s)
        if left_s is not None and left_s <= 0:
            return Kind.OTHER_ERROR
    rcode = response.rcode
    if response.has(wire.ANSWER):
        if rcode == NOERROR:
            return Kind.NO_ERROR
        if rcode == NXDOMAIN:
            return Kind.OTHER_ERROR
    if rcode == NOERROR and response.has(wire.AUTHORITY, wire.SOA):
        return Kind.NO_DATA
    if rcode == NXDOMAIN:
        return Kind.NAME_ERROR
    if rcode in (SERVFAIL, NOTIMP):
        return Kind.SERVER_ERROR
    if rcode == NOERROR:
        return Kind.DELEGATION if response.has(wire.AUTHORITY, wire.NS) else Kind.NO_ERROR
    return Kind.OTHER_ERROR


def class_of(kind: Kind) -> Class:
    """Return the class of a kind: ERROR for all that is neither success nor denial."""
    return _CLASSES.get(kind, Class.ERROR)


def response_class(response: Response, *, do: bool = False, wall_s: float = 0.0) -> Class:
    """Return the class of a response; see `kind_of`."""
    return class_of(kind_of(response, do=do, wall_s=wall_s))


def signatures_left_s(response: Response, wall_s: float) -> int | None:
    """Return how many seconds the first of a response's signatures to end has left.

    Negative if it has ended, None if there is no RRSIG. Times are serial numbers of 32 bits
    (RFC 4034, 3.1.5).
    """
    now = int(wall_s)
    least: int | None = None
    for rr in response.rrs:
        at = rr.ttl_offset + 6 + 8  # behind TYPE COVERED, ALGORITHM, LABELS and ORIGINAL TTL
        if rr.rtype != wire.RRSIG or at + 4 > rr.end:
            continue
        expiration = wire.LONG.unpack_from(response.wire, at)[0]
        left = ((expiration - now + 0x80000000) & 0xFFFFFFFF) - 0x80000000
        least = left if least is None else min(least, left)
    return least


def is_answered(response: Response) -> bool:
    """Return whether the answer section leads from the QNAME to a record of the QTYPE.

    CNAMEs are followed in any order, at most MAX_ALIASES of them. A question for ANY is answered by
    any record.
    """
    question = response.question
    if question.qtype == wire.ANY:
        return response.has(wire.ANSWER)
    owners: set[bytes] = set()
    aliases: dict[bytes, bytes] = {}
    for rr in response.rrs:
        if rr.section != wire.ANSWER:
            break
        owner = names.lower(wire.read_name(response.wire, rr.offset)[0])
        if rr.rtype == question.qtype:
            owners.add(owner)
        elif rr.rtype == wire.CNAME and rr.end > rr.ttl_offset + 6:
            aliases[owner] = names.lower(wire.read_name(response.wire, rr.ttl_offset + 6)[0])
    name: bytes | None = question.qname
    for _ in range(MAX_ALIASES + 1):
        if name is None or name in owners:
            return name is not None
        name = aliases.get(name)
    return False
