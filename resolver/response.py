# SPDX-License-Identifier: Apache-2.0
"""Response: an answer on its way back through a chain, as octets in normal form.

Normal form: ID 0; of the flags only QR, AA and TC (with the RCODE's low four bits); the question's
name in lower case; no OPT; one TTL per RRset; no compression pointer to an address, MX or RRSIG
record.
What depends on the client (ID, RD, RA, AD, CD, OPT, the QNAME's case, truncation) is added by the
server's own writer, so that one Response can be stored and sent to many.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from resolver import compose, names, wire
from resolver.errors import Ede, WireError
from resolver.wire import IN, RR, Question, Record

if TYPE_CHECKING:
    import dns.message

    from resolver.request import Request

# Types that answer nobody who did not set DO (RFC 4035, 3.1), unless the QTYPE asks for them.
DNSSEC_TYPES = frozenset({wire.RRSIG, wire.NSEC, wire.NSEC3})


class Validation(enum.Enum):
    """The validation state (RFC 4035, 4.3); NONE for what our validator has not seen."""

    NONE = "none"
    SECURE = "secure"
    INSECURE = "insecure"
    BOGUS = "bogus"


class Response(NamedTuple):
    """A response in normal form. Frozen and shared: stores and writers hold the same one.

    A tuple, as `Request` is, because some are made for every query.

    wire: the octets. rcode: the full RCODE (above 15 it needs EDNS to be sent).
    rrs: where each record stands. validation: set by `unbound` only.
    recursive: whether it is recursive data, kept from queries with RD=0.
    ede: Extended DNS Errors to send to clients with EDNS. options: other EDNS options to send.
    plugin: the name of the plugin that answered. context: which libunbound context it came from.
    """

    wire: bytes
    rcode: int
    rrs: tuple[RR, ...]
    validation: Validation = Validation.NONE
    recursive: bool = False
    ede: tuple[Ede, ...] = ()
    options: tuple[tuple[int, bytes], ...] = ()
    plugin: str = ""
    context: int = 0

    @classmethod
    def from_wire(
        cls, octets: bytes, *, wall_s: float, dnssec: bool = True, **fields: Any
    ) -> Response:
        """Return a message's octets in normal form; `fields` set the others (`validation`, ...).

        `wall_s` is the time for signatures' expiration, seconds since 1970. OPT records are left
        out; their extended RCODE, EDE and options are not read. Without `dnssec` the response is
        what a client without DO gets, its TTLs capped by the signatures all the same.

        Raises WireError if the message is malformed.
        """
        question = wire.read_question(octets)
        records = [
            wire.read_record(octets, rr)
            for rr in wire.scan(octets, question.end)
            if rr.rtype != wire.OPT
        ]
        records = compose.equalise_ttls(records, wall_s)
        if not dnssec:
            records = [each for each in records if not _is_for_do(each, question.qtype)]
        flags = wire.WORD.unpack_from(octets, 2)[0]
        fields.setdefault("rcode", flags & 15)
        return cls.from_records(
            question.qname,
            question.qtype,
            records,
            qclass=question.qclass,
            flags=flags & (wire.AA | wire.TC),
            **fields,
        )

    @classmethod
    def from_records(
        cls,
        qname: bytes,
        qtype: int,
        records: Iterable[Record] = (),
        *,
        qclass: int = IN,
        rcode: int = 0,
        flags: int = 0,
        **fields: Any,
    ) -> Response:
        """Return a response made of `records`, which stand in the order of their sections.

        `flags` may hold wire.AA and wire.TC. Raises WireError if it does not fit into a message.
        """
        kept = flags & (wire.AA | wire.TC) | wire.QR | (rcode & 15)
        octets, rrs = compose.compose(names.lower(qname), qtype, qclass, kept, records)
        return cls(octets, rcode, rrs, **fields)

    @classmethod
    def answering(cls, request: Request, records: Iterable[Record] = (), **fields: Any) -> Response:
        """Return a response to a request, made of `records`; see `from_records`."""
        return cls.from_records(
            request.qname, request.qtype, records, qclass=request.qclass, **fields
        )

    @classmethod
    def from_message(
        cls, message: dns.message.Message, *, wall_s: float, **fields: Any
    ) -> Response:
        """Return a dnspython message in normal form, validation NONE, its EDE and options kept.

        Raises WireError if it has not one question or does not fit into 65,535 octets.
        """
        import dns.edns
        import dns.exception

        edes = [Ede(int(o.code), o.text or "") for o in message.extended_errors()]
        options = [
            (int(o.otype), o.to_wire() or b"")
            for o in message.options
            if not isinstance(o, dns.edns.EDEOption)
        ]
        fields.setdefault("ede", tuple(edes))
        fields.setdefault("options", tuple(options))
        fields.setdefault("rcode", int(message.rcode()))
        try:
            octets = message.to_wire(max_size=wire.MAX_MESSAGE_OCTETS)
        except dns.exception.TooBig as error:
            raise WireError("message over 65535 octets") from error
        return cls.from_wire(octets, wall_s=wall_s, **fields)

    def message(self) -> dns.message.Message:
        """Return the response as a dnspython message of one's own, without OPT and options."""
        import dns.message  # slow to load, and seldom asked for

        return dns.message.from_wire(self.wire)

    @property
    def question(self) -> Question:
        """The question, its name in lower case."""
        return wire.read_question(self.wire)

    @property
    def flags(self) -> int:
        """The header's second word: QR, AA, TC and the RCODE's low four bits."""
        return int(wire.WORD.unpack_from(self.wire, 2)[0])

    def records(self) -> list[Record]:
        """Return all records, the names in them uncompressed."""
        return [wire.read_record(self.wire, rr) for rr in self.rrs]

    def ttl(self, rr: RR) -> int:
        """Return the TTL of the record at `rr`, in seconds."""
        return int(wire.LONG.unpack_from(self.wire, rr.ttl_offset)[0])

    def has(self, section: int, rtype: int | None = None) -> bool:
        """Return whether `section` has a record (of `rtype`, if given)."""
        return any(
            rr.section == section and (rtype is None or rr.rtype == rtype) for rr in self.rrs
        )

    def replace(self, **changes: Any) -> Response:
        """Return a Response that differs in `changes`.

        With another `wire` the records are found anew and the validation state becomes NONE, unless
        `validation` is among the changes. Raises WireError if that wire is malformed.
        """
        if "wire" in changes and changes["wire"] != self.wire:
            octets = changes["wire"]
            changes.setdefault("rrs", wire.scan(octets, wire.read_question(octets).end))
            changes.setdefault("validation", Validation.NONE)
        return self._replace(**changes)

    def with_records(self, records: Iterable[Record], **changes: Any) -> Response:
        """Return a Response with other records: its validation state is NONE.

        `changes` are as for `replace`, or `qname` for another question name.
        Raises WireError if it does not fit into a message.
        """
        changes.setdefault("validation", Validation.NONE)
        return self._composed(records, **changes)

    def without(self, unwanted: Callable[[RR], bool]) -> Response:
        """Return a Response without the records that `unwanted` picks; self if it picks none.

        What is left is unchanged, so the validation state stays.
        """
        kept = [rr for rr in self.rrs if not unwanted(rr)]
        if len(kept) == len(self.rrs):
            return self
        return self._composed(wire.read_record(self.wire, rr) for rr in kept)

    def without_dnssec(self) -> Response:
        """Return what a client without DO gets: no RRSIG, NSEC, NSEC3 but of the QTYPE."""
        if not any(rr.rtype in DNSSEC_TYPES for rr in self.rrs):
            return self
        qtype = self.question.qtype
        return self.without(lambda rr: _is_for_do(rr, qtype))

    def with_order(self, order: Sequence[int]) -> Response:
        """Return a Response whose records stand in another order: `order` indexes `rrs`.

        Every index once, sections in their order. The validation state stays. Where only address,
        MX and RRSIG records trade places inside a run of such records, octets are moved, not
        encoded.
        """
        order, old = list(order), self.rrs
        if order == list(range(len(old))):
            return self
        runs = _runs(old)
        if [runs[index] for index in order] != runs:
            records = self.records()
            return self._composed(records[index] for index in order)
        at = old[0].offset
        parts = [self.wire[:at]]
        rrs: list[RR] = []
        for index in order:
            rr = old[index]
            shift = at - rr.offset
            rrs.append(RR(rr.section, rr.rtype, at, rr.ttl_offset + shift, rr.end + shift))
            parts.append(self.wire[rr.offset : rr.end])
            at = rr.end + shift
        parts.append(self.wire[old[-1].end :])
        return self.with_octets(b"".join(parts), tuple(rrs))

    def with_ttls(self, ttl_of: Callable[[RR, int], int]) -> Response:
        """Return a Response with the TTLs of `ttl_of(rr, ttl)`; the validation state stays."""
        octets = bytearray(self.wire)
        for rr in self.rrs:
            at = rr.ttl_offset
            ttl = wire.LONG.unpack_from(octets, at)[0]
            wire.LONG.pack_into(octets, at, ttl_of(rr, ttl))
        return self.with_octets(bytes(octets), self.rrs)

    def with_octets(self, octets: bytes, rrs: tuple[RR, ...]) -> Response:
        """Return a Response with the same records in other octets: aged, or in another order.

        All else stays, the validation state too. For those who patch octets on the way of every
        answer: `replace` costs several times as much.
        """
        return Response(
            octets,
            self.rcode,
            rrs,
            self.validation,
            self.recursive,
            self.ede,
            self.options,
            self.plugin,
            self.context,
        )

    def _composed(self, records: Iterable[Record], **changes: Any) -> Response:
        question = self.question
        qname = changes.pop("qname", question.qname)
        rcode = changes.get("rcode", self.rcode)
        flags = self.flags & ~15 | (rcode & 15)
        octets, rrs = compose.compose(qname, question.qtype, question.qclass, flags, records)
        return self._replace(wire=octets, rrs=rrs, **changes)


def _is_for_do(record: Record | RR, qtype: int) -> bool:
    """Return whether a record answers nobody who did not set DO."""
    return (
        record.rtype in DNSSEC_TYPES
        and qtype != wire.ANY
        and not (record.section == wire.ANSWER and record.rtype == qtype)
    )


def _runs(rrs: Sequence[RR]) -> list[int]:
    """Return a number for each record: equal ones may trade places without being encoded anew."""
    numbers: list[int] = []
    for place, rr in enumerate(rrs):
        follows = (
            place > 0
            and rr.rtype in compose.MOVABLE
            and rrs[place - 1].rtype in compose.MOVABLE
            and rrs[place - 1].section == rr.section
        )
        numbers.append(numbers[-1] if follows else place)
    return numbers
