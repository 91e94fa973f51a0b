# SPDX-License-Identifier: Apache-2.0
"""Look-ups in a zone (RFC 1034, 4.3.2; RFC 4592; RFC 6672): question to records.

For the QNAME, and then for each name that an alias leads to, the labels are gone down from the
zone's origin:

1. A delegation on the way: the answer is the referral, with glue. DS is asked of this side.
2. A DNAME on the way: a CNAME is made, and what it leads to is looked up.
3. The name is there: its records of the type, or its CNAME's, or none (NODATA).
4. It is not, but others stand below it: NODATA.
5. A wildcard stands beside it: its records, as if they were the name's.
6. Else there is no such name.

A name outside of the zone, or in a delegated part of it, is left in `Result.target`: others know.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

import dns.rcode

from plugins.file.denial import Denial
from plugins.file.zone import Node, RRset, Zone
from resolver import names, wire
from resolver.wire import Record

MAX_ALIASES = 8

_STAR = b"\x01*"
_NOT_ALIASED = frozenset({wire.CNAME, wire.ANY, wire.RRSIG, wire.NSEC})
_TARGET_AT = {wire.NS: 0, wire.MX: 2, wire.SRV: 6}  # octets before the name in RDATA


@dataclass
class Result:
    """What a zone says. `target` is the name that is still to be asked of others, if there is one.

    is_referral: the name is delegated; the answer is not authoritative.
    """

    rcode: int = dns.rcode.NOERROR
    answer: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)
    target: bytes | None = None
    is_referral: bool = False

    @property
    def records(self) -> list[Record]:
        """All records, in the order of the sections."""
        return self.answer + self.authority + self.additional


class _Kind(enum.Enum):
    CUT = 1
    DNAME = 2
    NODE = 3
    EMPTY = 4
    NOTHING = 5


@dataclass(frozen=True, slots=True)
class _Place:
    """Where going down the labels ends: at `name`, with `node`.

    With a wildcard, and where nothing is, `encloser` is the closest name above that exists, and
    `nearer` the one with one label more.
    """

    kind: _Kind
    name: bytes
    node: Node
    encloser: bytes = b""
    nearer: bytes = b""


def _find(zone: Zone, name: bytes, qtype: int) -> _Place:
    above = b""
    for part in reversed(list(names.suffixes(name))):
        if len(part) < len(zone.origin):
            continue
        node = zone.nodes.get(part, {})
        if not node and part not in zone.empty:
            return _beside(zone, name, above, part)
        if zone.is_cut(part) and not (part == name and qtype == wire.DS):
            return _Place(_Kind.CUT, part, node)
        if wire.DNAME in node and part != name:
            return _Place(_Kind.DNAME, part, node)
        above = part
    return _Place(_Kind.NODE if node else _Kind.EMPTY, name, node)


def _beside(zone: Zone, name: bytes, encloser: bytes, nearer: bytes) -> _Place:
    wildcard = _STAR + encloser
    if wildcard in zone.nodes:
        return _Place(_Kind.NODE, name, zone.nodes[wildcard], encloser, nearer)
    kind = _Kind.EMPTY if wildcard in zone.empty else _Kind.NOTHING
    return _Place(kind, name, {}, encloser, nearer)


def _of_type(node: Node, qtype: int) -> Iterable[RRset]:
    """Yield the RRsets that a question for a type asks for; for RRSIG the signatures of all."""
    if qtype == wire.ANY:
        yield from node.values()
    elif qtype == wire.RRSIG:
        for rrset in node.values():
            if rrset.signatures:
                yield rrset._replace(rtype=wire.RRSIG, rdatas=rrset.signatures)
    elif qtype in node:
        yield node[qtype]


class Lookup:
    """Look-ups in one zone, whose proofs `denial` picks; `denial` is None if it is not signed."""

    def __init__(self, zone: Zone, denial: Denial | None) -> None:
        self._zone = zone
        self._denial = denial

    def __call__(self, qname: bytes, qtype: int, do: bool) -> Result:
        """Return what the zone says of a name that is at or below its origin."""
        result = Result()
        seen: set[bytes] = set()
        name = qname
        while True:
            seen.add(name)
            place = _find(self._zone, name, qtype)
            target: bytes | None = None
            match place.kind:
                case _Kind.CUT if name == qname:
                    self._refer(result, place, do)
                case _Kind.CUT:
                    result.target = name
                case _Kind.DNAME:
                    target = self._rename(result, place, name, do)
                    if qtype in (wire.CNAME, wire.ANY):
                        break  # what was made is the answer
                case _Kind.NODE:
                    target = self._take(result, place, qtype, do)
                case _:
                    self._deny(result, place, do)
            if target is None:
                break
            if not names.is_below(target, self._zone.origin):
                result.target = target
                break
            if target in seen or len(seen) > MAX_ALIASES:
                break  # an alias of itself, in the end: what there is of the chain is the answer
            name = target
        return result

    def _refer(self, result: Result, place: _Place, do: bool) -> None:
        result.is_referral = True
        servers = place.node[wire.NS]
        result.authority += servers.records(wire.AUTHORITY, False)  # RFC 4035, 3.1.4: not signed
        if do and self._denial is not None:
            signers = place.node.get(wire.DS)
            proof = [signers] if signers is not None else self._denial.no_data(place.name)
            self._prove(result, proof)
        self._add_addresses(result, servers, do)

    def _rename(self, result: Result, place: _Place, name: bytes, do: bool) -> bytes | None:
        """Add a DNAME and the CNAME that it makes of `name`; return where that leads."""
        dname = place.node[wire.DNAME]
        result.answer += dname.records(wire.ANSWER, do)
        target = name[: len(name) - len(place.name)] + dname.rdatas[0]
        if len(target) > names.MAX_NAME_OCTETS:
            result.rcode = dns.rcode.YXDOMAIN  # RFC 6672, 2.2
            return None
        result.answer.append(Record(wire.ANSWER, name, wire.CNAME, wire.IN, dname.ttl_s, target))
        return names.lower(target)

    def _take(self, result: Result, place: _Place, qtype: int, do: bool) -> bytes | None:
        """Add what a node has of the type, or its CNAME: then return where that leads."""
        node = place.node
        alias = node.get(wire.CNAME)
        if alias is not None and qtype not in _NOT_ALIASED:
            self._add(result, place, [alias], do)
            return names.lower(alias.rdatas[0])
        found = list(_of_type(node, qtype))
        if not found:
            self._deny(result, place, do)
            return None
        self._add(result, place, found, do and qtype != wire.RRSIG)
        servers = self._zone.nodes[self._zone.origin].get(wire.NS)
        if servers is not None and servers not in found and qtype != wire.DS:
            result.authority += servers.records(wire.AUTHORITY, do)
        return None

    def _add(self, result: Result, place: _Place, rrsets: Iterable[RRset], do: bool) -> None:
        owner = place.name if place.encloser else None
        for rrset in rrsets:
            result.answer += rrset.records(wire.ANSWER, do, owner=owner)
            self._add_addresses(result, rrset, do)
        if owner is not None and do and self._denial is not None:
            self._prove(result, self._denial.expanded(place.name, place.nearer))

    def _add_addresses(self, result: Result, rrset: RRset, do: bool) -> None:
        """Add what is known of the addresses of names that an RRset leads to (RFC 1034, 4.3.2)."""
        at = _TARGET_AT.get(rrset.rtype)
        if at is None:
            return
        for rdata in rrset.rdatas:
            node = self._zone.nodes.get(names.lower(rdata[at:]), {})
            for rtype in (wire.A, wire.AAAA):
                if rtype in node:
                    found = node[rtype].records(wire.ADDITIONAL, do)
                    result.additional += (r for r in found if r not in result.additional)

    def _deny(self, result: Result, place: _Place, do: bool) -> None:
        """Add the SOA of a negative answer, and proofs."""
        if place.kind is _Kind.NOTHING:
            result.rcode = dns.rcode.NXDOMAIN
        zone, denial = self._zone, self._denial
        result.authority += zone.soa.records(wire.AUTHORITY, do, ttl_s=zone.negative_ttl_s)
        if not do or denial is None:
            return
        if place.kind is _Kind.NOTHING:
            proof = denial.no_name(place.name, place.encloser, place.nearer)
        elif place.encloser:
            proof = denial.expanded_no_data(place.name, place.encloser, place.nearer)
        else:
            proof = denial.no_data(place.name)
        self._prove(result, proof)

    @staticmethod
    def _prove(result: Result, proof: Iterable[RRset]) -> None:
        for rrset in proof:
            records = rrset.records(wire.AUTHORITY, True)
            if records[0] not in result.authority:
                result.authority += records
