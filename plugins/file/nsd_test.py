# SPDX-License-Identifier: Apache-2.0
"""Look-ups against NSD: the same zone, unsigned and signed in three ways, the same answers."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.zone
import pytest

from plugins.file.denial import denial_of
from plugins.file.lookup import Lookup
from plugins.file.zone import make_zone
from plugins.file.zone_file import read_zone_file
from resolver import names, wire
from resolver.wire import Record
from tests.internet.nsd import Nsd
from tests.internet.plan import Signing, Zone
from tests.internet.sign import Signer

ADDRESS = "127.53.90.1"
TEXT = """
@          3600 IN SOA ns1 host 2026112401 7200 3600 1209600 300
@               IN NS ns1
@               IN NS ns2.example.net.
@               IN MX 10 Mail
ns1             IN A 192.0.2.1
ns1             IN AAAA 2001:db8::1
mail       60   IN A 192.0.2.2
www             IN CNAME host
outside         IN CNAME www.example.net.
chain           IN CNAME www
nowhere         IN CNAME none
looped          IN CNAME looped2
looped2         IN CNAME looped
toempty         IN CNAME b.c
host            IN A 192.0.2.3
host            IN TXT "a" "b"
a.b.c           IN A 192.0.2.4
*.wild          IN A 192.0.2.5
*.wild          IN MX 5 mail
there.wild      IN TXT "it is"
x.y.wild        IN TXT "so y is empty"
*.alias         IN CNAME host
*.aliasout      IN CNAME www.example.net.
sub             IN NS ns.sub
sub             IN NS ns.other
ns.sub          IN A 192.0.2.6
ns.other        IN A 192.0.2.7
safe            IN NS ns.safe
ns.safe         IN A 192.0.2.8
safe            IN DS 12345 13 2 {digest}
old             IN DNAME new
x.new           IN A 192.0.2.9
gone            IN DNAME example.net.
_sip._tcp       IN SRV 1 2 5060 host
""".format(digest="AB" * 32)

OWNERS = """
@ www host ns1 mail chain nowhere looped toempty outside none a.none zzz aaa _sip._tcp _tcp
c b.c a.b.c x.b.c z.a.b.c wild x.wild x.x.wild there.wild x.there.wild y.wild x.y.wild z.y.wild
alias x.alias x.aliasout sub x.sub ns.sub other ns.other safe x.safe
old x.old new x.new gone x.gone
"""
TYPES = ("A", "AAAA", "MX", "NS", "TXT", "CNAME", "SOA", "DS", "SRV", "DNAME")

Signings = dict[Signing, tuple[str, Lookup]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signings]:
    """Serve the zone four times over with NSD, and read what NSD serves."""
    folder = tmp_path_factory.mktemp("file")
    found: Signings = {}
    texts: dict[str, str] = {}
    for number, signing in enumerate(Signing):
        origin = f"z{number}.example."
        texts[origin] = text = zone_text(origin, signing, folder)
        path = folder / origin
        path.write_text(text)
        wire_origin = names.from_text(origin)
        complaints: list[str] = []
        records = read_zone_file(path, wire_origin).records
        zone = make_zone(wire_origin, records, str(path), complaints.append)
        assert zone is not None
        assert complaints == []
        found[signing] = origin, Lookup(zone, denial_of(zone))
    nsd = Nsd(folder / "nsd", [ADDRESS], texts)
    try:
        nsd.wait()
        yield found
    finally:
        nsd.stop()


def zone_text(origin: str, signing: Signing, folder: Path) -> str:
    """Return the zone's text, signed."""
    zone = dns.zone.from_text(TEXT, origin, relativize=False)
    if signing is not Signing.NONE:
        zone = Signer.make(Zone(origin, "", signing=signing), int(time.time())).sign(zone, folder)
    return str(zone.to_text(relativize=False))


def key(record: Record) -> tuple[bytes, int, int, bytes]:
    """Return what must be the same; names without regard to case."""
    return names.lower(record.owner), record.rtype, record.ttl, names.lower(record.rdata)


@pytest.mark.parametrize("do", [False, True], ids=["plain", "DO"])
@pytest.mark.parametrize("signing", Signing, ids=lambda signing: signing.value)
def test_nsd_says_the_same(served: Signings, signing: Signing, do: bool) -> None:
    """RCODE, AA, answer and authority section; NSD's addresses may be more."""
    origin, lookup = served[signing]
    differences: list[str] = []
    for owner, rtype in itertools.product(OWNERS.split(), TYPES):
        name = dns.name.from_text(owner, dns.name.from_text(origin))
        query = dns.message.make_query(name, rtype, want_dnssec=do, payload=4096)
        octets = dns.query.udp(query, ADDRESS, timeout=10).to_wire()
        want = [
            wire.read_record(octets, rr) for rr in wire.scan(octets, wire.read_question(octets).end)
        ]
        rcode, aa = octets[3] & 15, bool(octets[2] & 4)
        result = lookup(names.from_text(name.to_text()), int(dns.rdatatype.from_text(rtype)), do)
        got = result.records
        same = rcode == result.rcode and aa != result.is_referral
        for section in (wire.ANSWER, wire.AUTHORITY):
            same &= sorted(key(r) for r in want if r.section == section) == sorted(
                key(r) for r in got if r.section == section
            )
        extra = {key(r) for r in got if r.section == wire.ADDITIONAL}
        same &= extra <= {key(r) for r in want if r.section == wire.ADDITIONAL}
        if not same:
            differences.append(f"{owner} {rtype}: {rcode} {aa} {want} != {result}")
    assert differences == []
