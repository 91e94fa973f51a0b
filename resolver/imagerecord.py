# SPDX-License-Identifier: Apache-2.0
"""Stored responses as records: the form in which they leave a store, and come back.

Both stores have it, so that a file of one can be read by the other (native/dump.c tells it again).
Times are spans, since no clock of one process means anything to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Any, NamedTuple

from resolver import names, wire
from resolver.classify import Class
from resolver.errors import Ede, WireError
from resolver.render import MAX_EDE_TEXT_OCTETS, trim_text
from resolver.response import Response, Validation
from resolver.storage import Key

# In network order: length of all; flags, class, validation, context; RCODE, lengths of wire and of
# EDE, 0; partition, the group's partition; age, left, stale, idle; hits. Then come wire and EDE.
HEAD = Struct("!IBBBBHHHH16s16sqqqqI")
MAX_RECORD_OCTETS = HEAD.size + 2 * wire.MAX_MESSAGE_OCTETS
VALIDATIONS = (Validation.NONE, Validation.SECURE, Validation.INSECURE, Validation.BOGUS)
CLASSES = (Class.SUCCESS, Class.DENIAL, Class.ERROR)

_DO, _CD, _RECURSIVE = 1, 2, 4
_EDE = Struct("!HHH")  # option code, length, INFO-CODE
_EDE_CODE = 15
_LONGEST_MS = 1 << 45
_KEPT_FLAGS = wire.QR | wire.AA | wire.TC | 15


class Record(NamedTuple):
    """An entry without its store.

    partition, kept_as: its group's. age_ms: since it was stored. left_ms: until its deadline, below
    0 if that is past. stale_ms: how long it may be stale behind that. idle_ms: since its last hit.
    """

    key: Key
    partition: bytes
    kept_as: Class
    response: Response
    age_ms: int
    left_ms: int
    stale_ms: int
    idle_ms: int
    hits: int


def pack(record: Record) -> bytes:
    """Return a record's octets."""
    response, key = record.response, record.key
    ede = pack_ede(response.ede)
    head = HEAD.pack(
        HEAD.size + len(response.wire) + len(ede),
        _DO * key.do | _CD * key.cd | _RECURSIVE * response.recursive,
        CLASSES.index(record.kept_as),
        VALIDATIONS.index(response.validation),
        response.context,
        response.rcode,
        len(response.wire),
        len(ede),
        0,
        key.partition,
        record.partition,
        record.age_ms,
        record.left_ms,
        record.stale_ms,
        record.idle_ms,
        record.hits,
    )
    return b"".join((head, response.wire, ede))


def unpack(records: bytes) -> Iterator[Record]:
    """Yield what whole records say. Raises WireError where the octets are none."""
    at = 0
    while at < len(records):
        if len(records) - at < HEAD.size:
            raise WireError("record cut short")
        fields = HEAD.unpack_from(records, at)
        end = at + fields[0]
        if end > len(records) or fields[0] != HEAD.size + fields[6] + fields[7]:
            raise WireError("record cut short")
        yield _record(fields, records[at + HEAD.size : end])
        at = end


def _record(fields: tuple[Any, ...], octets: bytes) -> Record:
    (_, flags, kept_as, validation, context, rcode, wire_length, _, _, *rest) = fields
    partition, group, *spans, hits = rest
    age_ms, left_ms, stale_ms, idle_ms = spans
    if flags > 7 or kept_as >= len(CLASSES) or validation >= len(VALIDATIONS) or context > 1:
        raise WireError("record of another kind")
    if rcode > 0xFFF or min(age_ms, stale_ms, idle_ms) < 0 or max(map(abs, spans)) > _LONGEST_MS:
        raise WireError("record with a number that cannot be")
    response = stored_response(
        octets[:wire_length],
        rcode,
        VALIDATIONS[validation],
        bool(flags & _RECURSIVE),
        unpack_ede(octets[wire_length:]),
        context,
    )
    check_stored(response)
    question = response.question
    key = Key(
        partition,
        question.qname,
        question.qtype,
        question.qclass,
        bool(flags & _DO),
        bool(flags & _CD),
    )
    return Record(
        key,
        group,
        CLASSES[kept_as],
        response,
        age_ms,
        left_ms,
        stale_ms,
        idle_ms,
        hits,
    )


def stored_response(
    octets: bytes,
    rcode: int,
    validation: Validation,
    recursive: bool,
    ede: tuple[Ede, ...],
    context: int,
) -> Response:
    """Return a response that was kept as octets. Raises WireError if they are no message."""
    rrs = wire.scan(octets, wire.read_question(octets).end)
    return Response(octets, rcode, rrs, validation, recursive, ede, (), "cache", context)


def check_stored(response: Response) -> None:
    """Raise WireError unless a response is in normal form, as far as its outline tells."""
    question = response.question
    end = response.rrs[-1].end if response.rrs else question.end
    if (
        response.wire[:2] != b"\0\0"
        or response.flags & ~_KEPT_FLAGS
        or question.qname != names.lower(question.qname)
        or end != len(response.wire)
        or any(rr.rtype == wire.OPT for rr in response.rrs)
    ):
        raise WireError("message not in normal form")


def pack_ede(ede: Sequence[Ede]) -> bytes:
    """Return Extended DNS Errors as the EDNS options that are sent, their texts trimmed."""
    packed = bytearray()
    for code, text in ede:
        trimmed = trim_text(text, MAX_EDE_TEXT_OCTETS) if text else b""
        packed += _EDE.pack(_EDE_CODE, 2 + len(trimmed), code) + trimmed
    return bytes(packed)


def unpack_ede(octets: bytes) -> tuple[Ede, ...]:
    """Return the Extended DNS Errors of such options. Raises WireError if they are others."""
    found: list[Ede] = []
    at = 0
    while at < len(octets):
        if len(octets) - at < _EDE.size:
            raise WireError("EDNS option cut short")
        option, length, code = _EDE.unpack_from(octets, at)
        end = at + 4 + length
        if option != _EDE_CODE or length < 2 or end > len(octets):
            raise WireError("no Extended DNS Error")
        found.append(Ede(code, octets[at + _EDE.size : end].decode(errors="replace")))
        at = end
    return tuple(found)
