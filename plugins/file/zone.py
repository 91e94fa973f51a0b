# SPDX-License-Identifier: Apache-2.0
"""Zone: the RRsets of a zone by owner name, put together from the records of its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from plugins.file.zone_file import Found
from resolver import names, wire
from resolver.errors import ConfigurationError
from resolver.wire import Record

_BESIDE_CNAME = frozenset({wire.CNAME, wire.NSEC, 25})  # 25: KEY; RFC 2181, 10.1; RFC 4034, 3
_SINGLE = {wire.CNAME: "CNAME", wire.DNAME: "DNAME", wire.SOA: "SOA"}

_SOA_SERIAL_FROM_END = 20  # five numbers of 4 octets end an SOA's RDATA
_SOA_MINIMUM_FROM_END = 4


class RRset(NamedTuple):
    """Records of one owner and type with their signatures; `owner` as the file writes it."""

    owner: bytes
    rtype: int
    ttl_s: int
    rdatas: tuple[bytes, ...]
    signatures: tuple[bytes, ...] = ()

    def records(
        self, section: int, do: bool, *, owner: bytes | None = None, ttl_s: int | None = None
    ) -> list[Record]:
        """Return it as records, signatures behind them if `do`.

        owner: of what a wildcard stands for. ttl_s: in place of its own.
        """
        name = self.owner if owner is None else owner
        ttl = self.ttl_s if ttl_s is None else ttl_s
        found = [Record(section, name, self.rtype, wire.IN, ttl, rdata) for rdata in self.rdatas]
        if do:
            found += (Record(section, name, wire.RRSIG, wire.IN, ttl, s) for s in self.signatures)
        return found


Node = dict[int, RRset]
"""The RRsets of one owner name by type; signatures are with what they cover."""


@dataclass(frozen=True)
class Zone:
    """A zone. Not altered once it is made; any thread.

    nodes: by owner name, lower-case wire form; glue and names below a DNAME among them.
    empty: names that exist only since others stand below them (RFC 4592, 2.2.2).
    nsec3: the nodes of hashed names, which are no names of the zone (RFC 5155, 7.2.8).
    """

    origin: bytes
    nodes: dict[bytes, Node]
    nsec3: dict[bytes, Node] = field(default_factory=dict)
    empty: frozenset[bytes] = frozenset()

    @property
    def soa(self) -> RRset:
        """The zone's SOA."""
        return self.nodes[self.origin][wire.SOA]

    @property
    def serial(self) -> int:
        """The serial number of the SOA."""
        return int(wire.LONG.unpack(self.soa.rdatas[0][-_SOA_SERIAL_FROM_END:][:4])[0])

    @property
    def negative_ttl_s(self) -> int:
        """How long a negative answer may be kept (RFC 2308, 5)."""
        minimum = wire.LONG.unpack(self.soa.rdatas[0][-_SOA_MINIMUM_FROM_END:])[0]
        return min(self.soa.ttl_s, int(minimum))

    def is_cut(self, name: bytes) -> bool:
        """Return whether a name of the zone is delegated."""
        return name != self.origin and wire.NS in self.nodes.get(name, ())


def make_zone(
    origin: bytes, found: Iterable[Found], file: str, complain: Callable[[str], None]
) -> Zone | None:
    """Return the zone that a file's records make up, None if none of them is its SOA.

    `complain` is told of records that are not of the zone; they are left out.

    Raises ConfigurationError for records that cannot stand beside others, and if there is no SOA
    record at all.
    """
    sets: dict[tuple[bytes, int], _Set] = {}
    signatures: dict[tuple[bytes, int], list[bytes]] = {}
    has_soa = False
    for record, where in found:
        name = names.lower(record.owner)
        has_soa |= record.rtype == wire.SOA
        if not names.is_below(name, origin):
            complain(f"{where}: {names.to_text(name)} is not in zone {names.to_text(origin)}")
        elif record.rtype == wire.RRSIG:
            covered = wire.covered_type(record.rdata)
            signatures.setdefault((name, covered), []).append(record.rdata)
        else:
            key = name, record.rtype
            sets.setdefault(key, _Set(record.owner, record.ttl)).add(record, where)
    if not has_soa:
        shown = names.to_text(origin)
        raise ConfigurationError(f'file "{file}" has no SOA record for origin {shown}', file)
    if (origin, wire.SOA) not in sets:
        return None
    nodes: dict[bytes, Node] = {}
    nsec3: dict[bytes, Node] = {}
    for (name, rtype), made in sets.items():
        signed = dict.fromkeys(signatures.get((name, rtype), ()))
        where_to = nsec3 if rtype == wire.NSEC3 else nodes
        where_to.setdefault(name, {})[rtype] = RRset(
            made.owner, rtype, made.ttl_s, tuple(made.rdatas), tuple(signed)
        )
    _check_cnames(nodes, sets)
    return Zone(origin, nodes, nsec3, _empty_names(origin, nodes))


class _Set:
    """An RRset while records are added to it; its TTL is the lowest (RFC 2181, 5.2)."""

    def __init__(self, owner: bytes, ttl_s: int) -> None:
        self.owner = owner
        self.ttl_s = ttl_s
        self.rdatas: dict[bytes, None] = {}
        self.where = ""

    def add(self, record: Record, where: str) -> None:
        self.rdatas[record.rdata] = None
        self.ttl_s = min(self.ttl_s, record.ttl)
        self.where = where
        if len(self.rdatas) > 1 and record.rtype in _SINGLE:
            shown = names.to_text(names.lower(record.owner))
            raise ConfigurationError(f"{where}: more than one {_SINGLE[record.rtype]} at {shown}")


def _check_cnames(nodes: dict[bytes, Node], sets: dict[tuple[bytes, int], _Set]) -> None:
    for name, node in nodes.items():
        if wire.CNAME in node and not _BESIDE_CNAME.issuperset(node):
            where = sets[name, wire.CNAME].where
            raise ConfigurationError(f"{where}: CNAME and other data at {names.to_text(name)}")


def _empty_names(origin: bytes, nodes: Iterable[bytes]) -> frozenset[bytes]:
    named = set(nodes)
    empty: set[bytes] = set()
    for name in named:
        while name != origin:
            name = names.parent(name)
            if name in named or name in empty:
                break  # and so is everything above it
            empty.add(name)
    return frozenset(empty)
