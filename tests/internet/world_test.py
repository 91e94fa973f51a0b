# SPDX-License-Identifier: Apache-2.0
"""The mini internet says what it is meant to say to who asks its servers directly."""

import time
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from tests.internet import Internet
from tests.internet.catalogue import DEAD_ADDRESS, SCRIPTED, SERVERS, ZONES
from tests.internet.oracle import resolve

LIMIT_S = 10.0


@pytest.mark.parametrize(
    ("zone", "address"),
    [
        pytest.param(zone.name, address, id=f"{zone.name} at {address}")
        for zone in ZONES
        if SERVERS[zone.server].is_nsd
        for address in SERVERS[zone.server].addresses
    ],
)
def test_nsd_is_authoritative_for_each_zone(internet: Internet, zone: str, address: str) -> None:
    """Each zone has its SOA on each address of its server, with AA."""
    if ":" in address and not internet.has_ipv6:
        pytest.skip("no IPv6 here")
    response = ask(zone, "SOA", address)
    assert response.rcode() == dns.rcode.NOERROR
    assert response.flags & dns.flags.AA
    soa = response.answer[0]
    assert (soa.name.to_text(), soa.rdtype) == (zone, dns.rdatatype.SOA)


def test_a_large_rrset_needs_tcp(internet: Internet) -> None:
    """UDP gives TC, TCP the whole RRset (RFC 7766, 5)."""
    (address, *_) = internet.addresses["example.org."]
    query = dns.message.make_query("large.example.org", "TXT", payload=1232)
    assert dns.query.udp(query, address, timeout=LIMIT_S).flags & dns.flags.TC
    (rrset,) = dns.query.tcp(query, address, timeout=LIMIT_S).answer
    assert len(rrset[0].to_wire()) == 16 * 251


@pytest.mark.parametrize("count", [1, 2, 17, 30])
@pytest.mark.parametrize(("prefix", "qtype"), [("a", "A"), ("aaaa", "AAAA"), ("mx", "MX")])
def test_an_rrset_has_as_many_rrs_as_its_name_says(
    internet: Internet, prefix: str, qtype: str, count: int
) -> None:
    """a1 to a30, aaaa1 to aaaa30, mx1 to mx30."""
    response = ask(f"{prefix}{count}.example.net", qtype, internet.addresses["example.net."][0])
    assert [len(rrset) for rrset in response.answer] == [count]


def test_nothing_listens_at_a_dead_server(internet: Internet) -> None:
    """The kernel refuses at once; a silent server would let the client wait."""
    assert internet.addresses["dead.example."] == (DEAD_ADDRESS,)
    with pytest.raises(ConnectionRefusedError):
        dns.query.tcp(dns.message.make_query("www.dead.example", "A"), DEAD_ADDRESS, LIMIT_S)


def test_a_lame_server_refuses(internet: Internet) -> None:
    """The delegation points to a server that does not have the zone."""
    response = ask("www.lame.example", "A", internet.addresses["lame.example."][0])
    assert response.rcode() == dns.rcode.REFUSED


def test_signatures_that_end_soon_have_a_longer_ttl(internet: Internet) -> None:
    """A resolver must cap the TTL by the RRSIG's expiration (RFC 4035, 5.3.3)."""
    response = ask("www.ends-soon.example", "A", internet.addresses["ends-soon.example."][0])
    rrset, signature = response.answer
    assert signature[0].expiration - time.time() <= 3600 < rrset.ttl


def test_a_ttl_is_above_the_original_one(internet: Internet) -> None:
    """A resolver must cap the TTL by the RRSIG's original TTL (RFC 4035, 5.3.3)."""
    zone = "ttl-above-original.example."
    rrset, signature = ask(f"www.{zone}", "A", internet.addresses[zone][0]).answer
    assert signature[0].original_ttl == 300 < rrset.ttl


def test_private_reverse_zones_are_there_to_be_left_alone(internet: Internet) -> None:
    """10.in-addr.arpa exists, so that a resolver that asks for it is seen to."""
    internet.reset_queries()
    resolve(internet, [("3.2.1.10.in-addr.arpa", "PTR")])
    assert internet.queries() == 0
    address = internet.addresses["10.in-addr.arpa."][0]
    assert ask("3.2.1.10.in-addr.arpa", "PTR", address).answer
    assert internet.queries("3.2.1.10.in-addr.arpa", "PTR") == 1


def test_hints_and_anchor_are_files_to_configure(internet: Internet) -> None:
    """The properties name files that exist."""
    properties = dict(
        line.rsplit(" ", 1) for line in internet.unbound_properties.splitlines() if line
    )
    assert "NS" in Path(properties["root_hints"]).read_text()
    assert "IN DS" in Path(properties["trust_anchor"]).read_text()
    assert properties["option do-not-query-localhost"] == "no"


def test_each_address_of_the_scripted_server_has_one_zone() -> None:
    """Zones do not share an address, so that what a resolver learns of a server is of one zone."""
    addresses = [zone.at[0] for zone in ZONES if zone.server == SCRIPTED]
    assert len(addresses) == len(set(addresses))


def ask(qname: str, qtype: str, address: str) -> dns.message.Message:
    """Return an authoritative server's response, by UDP with DO."""
    query = dns.message.make_query(qname, qtype, want_dnssec=True, payload=1232)
    query.flags &= ~dns.flags.RD
    return dns.query.udp(query, address, timeout=LIMIT_S)
