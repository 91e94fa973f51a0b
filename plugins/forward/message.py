# SPDX-License-Identifier: Apache-2.0
"""The query that goes to an upstream, and the reply that is believed.

A reply counts only if it has our ID and our question and can be read to its end. Whatever else
comes in is as if it had not come (RFC 5452, 9.1): who waits goes on waiting.
"""

from typing import NamedTuple

import dns.rcode

from resolver import names, wire
from resolver.errors import Ede, WireError
from resolver.request import DEFAULT_PAYLOAD_SIZE
from resolver.wire import Record

_OPCODE = 0x7800
_DO = 0x8000
_EDE, _PADDING = 15, 12  # OPTION-CODEs (RFC 8914, RFC 7830)
_BLOCK = 128  # octets; RFC 8467, 4.1: queries are padded to a multiple of this
_MAX_EDES = 4

# What a server may send that understood nothing but the header.
_HEADER_ONLY = frozenset({dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, 5})


class Asked(NamedTuple):
    """What is asked of an upstream; those who ask the same may share the reply.

    over_stream: the client came over TCP, so that its question goes out over TCP too.
    """

    qname: bytes
    qtype: int
    qclass: int = wire.IN
    rd: bool = True
    cd: bool = False
    do: bool = False
    over_stream: bool = False


class Reply(NamedTuple):
    """What an upstream said. `flags` is its header's second word; `records` leave OPT out."""

    rcode: int
    flags: int
    records: tuple[Record, ...] = ()
    has_edns: bool = False
    edes: tuple[Ede, ...] = ()

    @property
    def is_truncated(self) -> bool:
        """Whether the whole of it is to be had over TCP (RFC 2181, 9)."""
        return self.flags & wire.TC != 0


def encode(asked: Asked, ident: int, *, edns: bool = True, padded: bool = False) -> bytes:
    """Return a query's octets; `padded` hides its length, for those who see only ciphertext."""
    flags = (wire.RD if asked.rd else 0) | (wire.CD if asked.cd else 0)
    header = wire.SIX_WORDS.pack(ident, flags, 1, 0, 0, int(edns))
    octets = header + asked.qname + wire.QUESTION_FIXED.pack(asked.qtype, asked.qclass)
    if not edns:
        return octets
    options = b""
    if padded:
        length = -(len(octets) + 1 + wire.RR_FIXED.size + 4) % _BLOCK
        options = wire.QUESTION_FIXED.pack(_PADDING, length) + bytes(length)
    opt = wire.RR_FIXED.pack(wire.OPT, DEFAULT_PAYLOAD_SIZE, _DO if asked.do else 0, len(options))
    return octets + names.ROOT + opt + options


def decode(octets: bytes, ident: int, asked: Asked) -> Reply | None:
    """Return the reply to a query, None for octets that are none."""
    if len(octets) < wire.HEADER_OCTETS:
        return None
    got, flags, qdcount, *counts = wire.SIX_WORDS.unpack_from(octets)
    if got != ident or not flags & wire.QR or flags & _OPCODE:
        return None
    if not qdcount:
        if any(counts) or flags & 15 not in _HEADER_ONLY:
            return None
        return Reply(flags & 15, flags)
    try:
        question = wire.read_question(octets)
        if names.lower(question.qname) != asked.qname or (
            (question.qtype, question.qclass) != (asked.qtype, asked.qclass)
        ):
            return None
        if flags & wire.TC:
            return Reply(flags & 15, flags)
        return _read(octets, flags, question.end)
    except WireError:
        return None


def _read(octets: bytes, flags: int, at: int) -> Reply:
    records: list[Record] = []
    rcode, has_edns, edes = flags & 15, False, list[Ede]()
    for rr in wire.scan(octets, at):
        record = wire.read_record(octets, rr)
        if rr.rtype != wire.OPT:
            records.append(record)
        elif not has_edns:
            has_edns = True
            ttl = wire.LONG.unpack_from(octets, rr.ttl_offset)[0]
            rcode |= ttl >> 24 << 4  # RFC 6891, 6.1.3: the upper eight bits of the RCODE
            edes = _edes(record.rdata)
    return Reply(rcode, flags, tuple(records), has_edns, tuple(edes))


def _edes(options: bytes) -> list[Ede]:
    """Return the Extended DNS Errors among the options; those that leave the RDATA end it."""
    found: list[Ede] = []
    at = 0
    while at + 4 <= len(options) and len(found) < _MAX_EDES:
        code, length = wire.QUESTION_FIXED.unpack_from(options, at)
        data = options[at + 4 : at + 4 + length]
        at += 4 + length
        if code == _EDE and len(data) == length >= 2:
            text = data[2:].rstrip(b"\x00").decode("utf-8", "replace")
            found.append(Ede(wire.WORD.unpack_from(data)[0], text))
    return found
