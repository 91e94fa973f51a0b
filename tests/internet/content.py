# SPDX-License-Identifier: Apache-2.0
"""Zones before signing: zone files, names too many to write down, apex, delegations and glue."""

import ipaddress
from collections.abc import Iterable, Iterator
from pathlib import Path

import dns.name
import dns.zone

from tests.internet.catalogue import SERVERS, ZONES
from tests.internet.plan import Zone

FOLDER = Path(__file__).parent / "zones"
LONGEST_CHAIN = 40
MOST_ADDRESSES = 30


def unsigned(zone: Zone, ipv6: bool, ds: dict[str, list[str]]) -> dns.zone.Zone:
    """Return a zone with its apex, its contents, and the delegations to all zones right below it.

    `ds` has the text of the DS RRs of each zone that is signed and has a secure delegation.
    """
    lines = [f"$TTL {zone.ttl}", f"@ SOA {_ns_names(zone)[0]} hostmaster 1 7200 3600 1209600 300"]
    lines += _nameservers(zone, zone, ipv6)
    for part in zone.contents:
        lines += _contents(part)
    for child in ZONES:
        if child.name != zone.name and parent_of(child) == zone.name:
            lines += _nameservers(child, zone, ipv6)
            lines += (f"{child.name} DS {text}" for text in ds.get(child.name, ()))
    text = "\n".join(lines) + "\n"
    return dns.zone.from_text(text, origin=zone.name, relativize=False, allow_include=False)


def parent_of(zone: Zone) -> str:
    """Return the name of the zone that delegates to this one; the root's own for the root."""
    name = dns.name.from_text(zone.name)
    names = {other.name for other in ZONES}
    while name != dns.name.root:
        name = name.parent()
        if name.to_text() in names:
            break
    return name.to_text()


def addresses_of(zone: Zone) -> tuple[str, ...]:
    """Return where the delegation of a zone points to."""
    if zone.at:
        return zone.at
    # fd53::6:1 is for the one zone that can be reached by IPv6 alone
    return tuple(a for a in SERVERS[zone.server].addresses if a != "fd53::6:1")


def root_hints(ipv6: bool) -> str:
    """Return a root hints file."""
    (root,) = (zone for zone in ZONES if zone.name == ".")
    return "\n".join([*_nameservers(root, root, ipv6), ""])


def _ns_names(zone: Zone) -> tuple[str, ...]:
    if zone.nameservers:
        return zone.nameservers
    apex = "" if zone.name == "." else zone.name
    in_zone = len([a for a in addresses_of(zone) if _rrtype(a) == "A"]) or 1
    return tuple(f"ns{number}.{apex}" for number in range(1, in_zone + 1))


def _nameservers(zone: Zone, holder: Zone, ipv6: bool) -> Iterator[str]:
    """Yield the NS of a zone and their addresses, as far as they belong into the holder."""
    names = _ns_names(zone)
    for name in names:
        yield f"{zone.name} 3600 NS {name}"
    if zone.nameservers and zone.server != "root":
        return
    counts = {"A": 0, "AAAA": 0}
    for address in addresses_of(zone):
        rrtype = _rrtype(address)
        if rrtype == "A" or ipv6:
            yield f"{names[counts[rrtype]]} 3600 {rrtype} {address}"
            counts[rrtype] += 1


def _rrtype(address: str) -> str:
    return "AAAA" if ipaddress.ip_address(address).version == 6 else "A"


def _contents(part: str) -> Iterable[str]:
    match part:
        case "many":
            return _many()
        case "long":
            return _long()
        case _:
            return (FOLDER / part).read_text().splitlines()


def _many() -> Iterator[str]:
    """Yield a1 to a30 with 1 to 30 addresses, aaaaN and mxN likewise, both30 with both kinds."""
    for count in range(1, MOST_ADDRESSES + 1):
        for number in range(1, count + 1):
            yield f"a{count} A 192.0.2.{number}"
            yield f"aaaa{count} AAAA 2001:db8::{number:x}"
            yield f"mx{count} MX {number} mail{number}.many"
    for number in range(1, MOST_ADDRESSES + 1):
        yield f"both30 A 192.0.2.{number}"
        yield f"both30 AAAA 2001:db8::{number:x}"
        yield f"mail{number}.many A 192.0.2.{100 + number}"


def _long() -> Iterator[str]:
    """Yield TXT RRs that need TCP, and aliases in a row: chainN takes N steps to www."""
    for name, strings in (("large", 16), ("huge", 64), ("giant", 200)):
        text = " ".join(f'"{number:03}{"x" * 247}"' for number in range(strings))
        yield f"{name} TXT {text}"
    for steps in range(1, LONGEST_CHAIN + 1):
        yield f"chain{steps} CNAME {f'chain{steps - 1}' if steps > 1 else 'www'}"
