# SPDX-License-Identifier: Apache-2.0
"""Local zones: small zones that are answered from what stands here.

Two sets: those of CoreDNS's `local`, with its data, and the special-use names and private reverse
zones that `unbound` answers itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import groupby

import dns.rcode
import dns.rdata
import dns.rdataclass

from resolver import names, wire
from resolver.recursion.special import TTL_S, special_names
from resolver.response import Response
from resolver.types import Rcode
from resolver.wire import Record

LOCALHOST_TTL_S = 604800
_LOCALHOST_SOA = f"SOA localhost. root.localhost. 1 0 0 0 {LOCALHOST_TTL_S}"
_ADDRESSES = ("A 127.0.0.1", "AAAA ::1")

Types = Mapping[int, Sequence[bytes]]
"""RDATA by type."""


@dataclass(frozen=True, slots=True)
class LocalZone:
    """A zone with its data by owner name; the one of its apex has a SOA record.

    existing: all names in it, those without data as well (RFC 8020). below: what names that are not
    in it have; None if they do not exist.
    """

    name: bytes
    ttl_s: int
    data: Mapping[bytes, Types]
    existing: Set[bytes]
    below: Types | None = None

    def response(self, qname: bytes, qtype: int, plugin: str) -> Response:
        """Return the response to a question of class IN for a name in the zone."""
        rcode: Rcode = dns.rcode.NOERROR
        types = self.data.get(qname)
        if types is None:
            types = self.below or {}
            if self.below is None and qname not in self.existing:
                rcode = dns.rcode.NXDOMAIN
        wanted = types.items() if qtype == wire.ANY else [(qtype, types.get(qtype, ()))]
        records = [
            Record(wire.ANSWER, qname, rtype, wire.IN, self.ttl_s, rdata)
            for rtype, found in wanted
            for rdata in found
        ]
        if not records:  # RFC 2308, 3
            (soa,) = self.data[self.name][wire.SOA]
            records = [Record(wire.AUTHORITY, self.name, wire.SOA, wire.IN, self.ttl_s, soa)]
        return Response.from_records(qname, qtype, records, rcode=rcode, plugin=plugin)

    def at(self, name: bytes) -> LocalZone:
        """Return a zone that has nothing but one name, with what names below this zone have."""
        types = {**(self.below or {}), wire.SOA: self.data[self.name][wire.SOA]}
        return LocalZone(name, self.ttl_s, {name: types}, frozenset({name}))


def localhost_zones() -> dict[bytes, LocalZone]:
    """Return the zones of CoreDNS's `local` by name: localhost, and three of IPv4 addresses."""
    zones = [
        _zone("localhost", LOCALHOST_TTL_S, ["NS localhost.", *_ADDRESSES], below=_ADDRESSES),
        _zone("0.in-addr.arpa", LOCALHOST_TTL_S, ["NS localhost."]),
        _zone(
            "127.in-addr.arpa",
            LOCALHOST_TTL_S,
            ["NS localhost."],
            more={"1.0.0.127.in-addr.arpa": ["PTR localhost."]},
        ),
        _zone("255.in-addr.arpa", LOCALHOST_TTL_S, ["NS localhost."]),
    ]
    return {zone.name: zone for zone in zones}


def special_zones() -> dict[bytes, LocalZone]:
    """Return the special-use names and private reverse zones that are not in the other set."""
    others = localhost_zones()
    return {
        special.name: _zone(special.text, TTL_S, special.apex())
        for special in special_names()
        if names.longest_match(special.name, others) is None
    }


def _zone(
    name: str,
    ttl_s: int,
    apex: Iterable[str],
    *,
    more: Mapping[str, Iterable[str]] | None = None,
    below: Iterable[str] | None = None,
) -> LocalZone:
    """Return a zone; data is written as `TYPE RDATA`, with a SOA record unless `apex` has one."""
    at_apex = list(apex)
    if not any(line.startswith("SOA ") for line in at_apex):
        at_apex.insert(0, _LOCALHOST_SOA)
    zone = names.from_text(name)
    data = {zone: _types(at_apex)}
    data.update((names.from_text(owner), _types(lines)) for owner, lines in (more or {}).items())
    existing = {
        suffix for owner in data for suffix in names.suffixes(owner) if names.is_below(suffix, zone)
    }
    return LocalZone(zone, ttl_s, data, existing, None if below is None else _types(below))


def _types(lines: Iterable[str]) -> Types:
    rdatas = [
        dns.rdata.from_text(dns.rdataclass.IN, rtype, text)
        for rtype, text in (line.split(None, 1) for line in lines)
    ]
    in_order = sorted(rdatas, key=lambda rdata: int(rdata.rdtype))
    return {
        int(rtype): tuple(rdata.to_wire() or b"" for rdata in found)
        for rtype, found in groupby(in_order, key=lambda rdata: rdata.rdtype)
    }
