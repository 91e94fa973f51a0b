# SPDX-License-Identifier: Apache-2.0
"""Rendering: what depends on the client is put into a response's octets just before they are sent.

That is ID, RD, RA, AD, CD, the QNAME as the client wrote it, the OPT record, and truncation. All
else is in the Response already, so that one Response serves many clients.
"""

from collections.abc import Sequence
from struct import Struct

import dns.rcode

from resolver import wire
from resolver.errors import Ede
from resolver.query import Query, Refusal
from resolver.request import DEFAULT_PAYLOAD_SIZE, MIN_PAYLOAD_SIZE, Request
from resolver.response import Response, Validation

MAX_EDE_TEXT_OCTETS = 256

_EDE = 15  # OPTION-CODE of an Extended DNS Error (RFC 8914)
_DO = 0x8000
_OPT = Struct("!BHHBBHH")  # root, TYPE, size, extended RCODE, version, flags, RDLENGTH
_OPTION = Struct("!HH")
_ONLY_QUESTION = (1, 0, 0)  # QDCOUNT, ANCOUNT, NSCOUNT

Asked = Query | Request
Options = Sequence[tuple[int, bytes]]


def limit_of(asked: Asked, is_udp: bool, payload_size: int = DEFAULT_PAYLOAD_SIZE) -> int:
    """Return how long the response may be, in octets.

    Over UDP that is the smaller of the client's size (at least 512; 512 without EDNS) and ours.
    """
    if not is_udp:
        return wire.MAX_MESSAGE_OCTETS
    if asked.edns is None:
        return MIN_PAYLOAD_SIZE
    return min(max(asked.edns.payload_size, MIN_PAYLOAD_SIZE), payload_size)


def render(
    asked: Asked,
    response: Response,
    limit: int,
    *,
    recursion_available: bool = False,
    payload_size: int = DEFAULT_PAYLOAD_SIZE,
    options: Options = (),
) -> bytes:
    """Return the octets to send for `response`, whose question must be the one that was asked.

    `limit` is `limit_of`. `options` are sent beside the response's own. What does not fit loses
    first the EDE's texts, then its EDE and options, then all records (TC). An RCODE above 15 needs
    EDNS: without, it is SERVFAIL.
    """
    rcode = response.rcode
    if rcode > 15 and asked.edns is None:
        return render_bare(asked, dns.rcode.SERVFAIL, recursion_available=recursion_available)
    flags = _flags(asked, recursion_available)
    if response.validation is Validation.SECURE and (asked.ad or asked.do):
        flags |= wire.AD
    flags |= response.flags & (wire.AA | wire.TC) | rcode & 15
    octets = response.wire
    _, _, qdcount, ancount, nscount, arcount = wire.SIX_WORDS.unpack_from(octets)
    out = bytearray(octets)
    sent = asked.qname_sent
    out[wire.HEADER_OCTETS : wire.HEADER_OCTETS + len(sent)] = sent
    opt = b""
    if asked.edns is not None:
        ours = (*response.options, *options)
        opt = _fit_opt(asked, rcode, payload_size, ours, response.ede, limit - len(out))
    if len(out) + len(opt) > limit:
        flags |= wire.TC
        qdcount, ancount, nscount, arcount = 1, 0, 0, 0
        del out[wire.HEADER_OCTETS + len(sent) + 4 :]
        if asked.edns is not None:
            opt = _fit_opt(asked, rcode, payload_size, ours, response.ede, limit - len(out))
    wire.SIX_WORDS.pack_into(
        out, 0, asked.id, flags, qdcount, ancount, nscount, arcount + (opt != b"")
    )
    out += opt
    return bytes(out)


def render_bare(
    asked: Asked,
    rcode: int,
    ede: Sequence[Ede] = (),
    *,
    recursion_available: bool = False,
    payload_size: int = DEFAULT_PAYLOAD_SIZE,
    options: Options = (),
) -> bytes:
    """Return a response that is an RCODE and the question, with an OPT if the client sent one."""
    flags = _flags(asked, recursion_available) | rcode & 15
    question = asked.qname_sent + wire.QUESTION_FIXED.pack(asked.qtype, asked.qclass)
    opt = b""
    if asked.edns is not None:
        room = MIN_PAYLOAD_SIZE - wire.HEADER_OCTETS - len(question)
        opt = _fit_opt(asked, rcode, payload_size, options, ede, room)
    header = wire.SIX_WORDS.pack(asked.id, flags, *_ONLY_QUESTION, opt != b"")
    return header + question + opt


def render_refusal(
    refusal: Refusal,
    *,
    recursion_available: bool = False,
    payload_size: int = DEFAULT_PAYLOAD_SIZE,
) -> bytes:
    """Return the response to a message that no chain is asked about.

    A header alone where the question could not be read; RD and CD are copied, other bits are not
    (RFC 8906, 3.1.3: opcodes are answered even if they are unknown).
    """
    if refusal.query is not None:
        return render_bare(
            refusal.query,
            refusal.rcode,
            recursion_available=recursion_available,
            payload_size=payload_size,
        )
    flags = wire.QR | refusal.flags & (0x7800 | wire.RD | wire.CD) | refusal.rcode & 15
    if recursion_available:
        flags |= wire.RA
    return wire.SIX_WORDS.pack(refusal.id, flags, 0, 0, 0, 0)


def trim_text(text: str, octets: int = MAX_EDE_TEXT_OCTETS) -> bytes:
    """Return `text` in UTF-8, cut between characters to at most so many octets."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= octets:
        return encoded
    return encoded[:octets].decode(errors="ignore").encode()


def _flags(asked: Asked, recursion_available: bool) -> int:
    flags = wire.QR
    if asked.rd:
        flags |= wire.RD
    if asked.cd:
        flags |= wire.CD
    if recursion_available:
        flags |= wire.RA
    return flags


def _fit_opt(
    asked: Asked, rcode: int, payload_size: int, options: Options, ede: Sequence[Ede], room: int
) -> bytes:
    """Return the fullest OPT record that fits into `room`; the barest one if none does."""
    if not ede and not options:
        return _opt(asked, rcode, payload_size, b"")
    ours = _pack_options(options)
    opt = _opt(asked, rcode, payload_size, ours + _pack_ede(ede, MAX_EDE_TEXT_OCTETS))
    if len(opt) > room:
        opt = _opt(asked, rcode, payload_size, ours + _pack_ede(ede, 0))
    return opt if len(opt) <= room else _opt(asked, rcode, payload_size, b"")


def _opt(asked: Asked, rcode: int, payload_size: int, rdata: bytes) -> bytes:
    # RFC 6891, 6.1.4: of the flags only DO is known, and copied (RFC 3225, 3); the others are 0.
    flags = _DO if asked.do else 0
    return _OPT.pack(0, wire.OPT, payload_size, rcode >> 4, 0, flags, len(rdata)) + rdata


def _pack_options(options: Options) -> bytes:
    return b"".join(_OPTION.pack(code, len(data)) + data for code, data in options)


def _pack_ede(ede: Sequence[Ede], text_octets: int) -> bytes:
    packed: list[tuple[int, bytes]] = []
    for code, text in ede:
        packed.append(
            (_EDE, wire.WORD.pack(code) + (trim_text(text, text_octets) if text else b""))
        )
    return _pack_options(packed)
