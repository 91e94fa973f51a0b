# SPDX-License-Identifier: Apache-2.0
"""What clients get for names of the mini internet, by what they ask and how."""

from collections.abc import Iterator

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from tests.internet import Internet
from tests.recursion.recursing import Recursing


@pytest.fixture(scope="module")
def server(internet: Internet) -> Iterator[Recursing]:
    with Recursing(internet.unbound_properties) as running:
        yield running


def seen(response: dns.message.Message) -> str:
    """Return RCODE, AD, and the INFO-CODEs of a response in short: `NOERROR ad`, `SERVFAIL 7`."""
    words = [dns.rcode.to_text(response.rcode())]
    words += ["ad"] if response.flags & dns.flags.AD else []
    words += [str(int(ede.code)) for ede in response.extended_errors()]
    return " ".join(words)


ALL = "rd edns ad"


@pytest.mark.parametrize(
    ("qname", "qtype", "flags", "want"),
    [
        pytest.param("www.example.org.", "A", ALL, "NOERROR ad", id="secure"),
        pytest.param("www.example.com.", "AAAA", ALL, "NOERROR ad", id="secure below NSEC3"),
        pytest.param("www.example.net.", "A", ALL, "NOERROR", id="insecure"),
        pytest.param("www.secure.example.org.", "A", ALL, "NOERROR ad", id="secure delegation"),
        pytest.param("www.insecure.example.org.", "A", ALL, "NOERROR", id="insecure delegation"),
        pytest.param("www.island.example.net.", "A", ALL, "NOERROR", id="island of security"),
        pytest.param("nowhere.example.org.", "A", ALL, "NXDOMAIN ad", id="secure denial"),
        pytest.param("nowhere.example.com.", "A", ALL, "NXDOMAIN ad", id="denial by NSEC3"),
        pytest.param("nowhere.example.net.", "A", ALL, "NXDOMAIN", id="insecure denial"),
        pytest.param("www.example.org.", "TXT", ALL, "NOERROR ad", id="secure NODATA"),
        pytest.param("ent.example.org.", "A", ALL, "NOERROR ad", id="empty non-terminal"),
        pytest.param("any.wild.example.org.", "A", ALL, "NOERROR ad", id="wildcard"),
        pytest.param("tour1.example.org.", "A", ALL, "NOERROR", id="chain through the insecure"),
        pytest.param("to-com.example.org.", "A", ALL, "NOERROR ad", id="chain of secure zones"),
        pytest.param("a.dname.example.org.", "A", ALL, "NOERROR ad", id="DNAME"),
        pytest.param("huge.example.org.", "TXT", ALL, "NOERROR ad", id="over TCP"),
        pytest.param("unknown.example.org.", "TYPE65280", ALL, "NOERROR ad", id="unknown type"),
        pytest.param("www.ed25519.example.", "A", ALL, "NOERROR ad", id="ED25519"),
        pytest.param("www.unknown-algorithm.example.", "A", ALL, "NOERROR", id="no such algorithm"),
        pytest.param("www.unknown-digest.example.", "A", ALL, "NOERROR", id="no such digest"),
        pytest.param("www.expired.example.", "A", ALL, "SERVFAIL 7", id="expired"),
        pytest.param("nowhere.expired.example.", "A", ALL, "SERVFAIL 7", id="denial, expired"),
        pytest.param("www.future.example.", "A", ALL, "SERVFAIL 8", id="not yet valid"),
        pytest.param("www.wrong-ds.example.", "A", ALL, "SERVFAIL 9", id="DS of another key"),
        pytest.param("www.missing-dnskey.example.", "A", ALL, "SERVFAIL 9", id="no DNSKEY"),
        pytest.param("www.missing-rrsig.example.", "A", ALL, "SERVFAIL 10", id="no RRSIG"),
        pytest.param("nowhere.missing-nsec.example.", "A", ALL, "SERVFAIL 12", id="no NSEC"),
        pytest.param("www.broken-signature.example.", "A", ALL, "SERVFAIL 6", id="bad RRSIG"),
        pytest.param("www.wrong-data.example.", "A", ALL, "SERVFAIL 6", id="forged data"),
        pytest.param("www.below.expired.example.", "A", ALL, "SERVFAIL 7", id="below the bogus"),
        pytest.param("to-bogus.example.org.", "A", ALL, "SERVFAIL 6", id="alias to the bogus"),
        pytest.param("www.expired.example.", "A", "rd edns cd", "NOERROR", id="bogus to CD"),
        pytest.param("www.expired.example.", "A", ALL, "SERVFAIL 7", id="and not to others then"),
        pytest.param("nowhere.expired.example.", "A", "rd edns cd", "NXDOMAIN", id="denial to CD"),
        pytest.param("www.example.org.", "A", "rd cd ad", "NOERROR ad", id="secure to CD"),
        pytest.param("www.example.org.", "A", "rd", "NOERROR", id="AD for who asked for it"),
        pytest.param("www.example.org.", "A", "rd do", "NOERROR ad", id="DO asks for it too"),
        pytest.param("www.example.org.", "A", "ad", "REFUSED", id="RD=0"),
        pytest.param("www.expired.example.", "A", "rd", "SERVFAIL", id="EDE only with EDNS"),
        pytest.param("localhost.", "A", ALL, "NOERROR", id="localhost"),
        pytest.param("www.test.", "A", ALL, "NXDOMAIN", id="special-use"),
        pytest.param("3.2.1.10.in-addr.arpa.", "PTR", ALL, "NXDOMAIN", id="private reverse"),
        pytest.param("www.dead.example.", "A", ALL, "SERVFAIL 22", id="nobody there"),
        pytest.param("www.lame.example.", "A", ALL, "SERVFAIL 22", id="lame delegation"),
        pytest.param("www.refused.misbehaving.example.", "A", ALL, "SERVFAIL 22", id="refusing"),
        pytest.param("example.org.", "ANY", ALL, "NOERROR", id="ANY"),
        pytest.param("example.org.", "AXFR", ALL, "NOTIMP", id="AXFR"),
        pytest.param("example.org.", "TYPE128", ALL, "FORMERR 30", id="NXNAME"),
    ],
)
def test_answers(server: Recursing, qname: str, qtype: str, flags: str, want: str) -> None:
    """RFC 4035, RFC 6840, RFC 8914: RCODE, AD, EDE."""
    assert seen(server.ask(qname, qtype, flags)) == want


@pytest.mark.parametrize(
    ("qname", "qtype", "flags", "types"),
    [
        pytest.param("www.example.org.", "A", "rd", {"A"}, id="no RRSIG without DO"),
        pytest.param("www.example.org.", "A", "rd do", {"A", "RRSIG"}, id="RRSIG with DO"),
        pytest.param("example.org.", "DNSKEY", "rd", {"DNSKEY"}, id="DNSKEY is data"),
        pytest.param("example.org.", "NSEC", "rd", {"NSEC"}, id="the type that was asked for"),
        pytest.param("nowhere.example.org.", "A", "rd", {"SOA"}, id="a denial without proof"),
        pytest.param(
            "nowhere.example.org.", "A", "rd do", {"SOA", "NSEC", "RRSIG"}, id="and with proof"
        ),
        pytest.param("www.test.", "A", "rd do", {"SOA"}, id="a special name has its SOA"),
    ],
)
def test_records(server: Recursing, qname: str, qtype: str, flags: str, types: set[str]) -> None:
    """RFC 4035, 3.1: DNSSEC records are for those who set DO, and for those who ask for them."""
    response = server.ask(qname, qtype, flags)
    found = {dns.rdatatype.to_text(rrset.rdtype) for rrset in response.answer + response.authority}
    assert found == types


def test_nothing_is_authoritative(server: Recursing) -> None:
    """AA is never set: not on data of others, not on the special names that are answered here."""
    for qname in ("www.example.org.", "localhost.", "www.test.", "3.2.1.10.in-addr.arpa."):
        assert not server.ask(qname).flags & dns.flags.AA


@pytest.mark.parametrize(
    ("qname", "zone"),
    [
        pytest.param("localhost.", "localhost.", id="localhost"),
        pytest.param("a.localhost.", "localhost.", id="below localhost"),
        pytest.param("www.test.", "test.", id="test"),
        pytest.param("www.invalid.", "invalid.", id="invalid"),
        pytest.param("printer.local.", "local.", id="local"),
        pytest.param("abc.onion.", "onion.", id="onion"),
        pytest.param("www.alt.", "alt.", id="alt"),
        pytest.param("router.home.arpa.", "home.arpa.", id="home.arpa"),
        pytest.param("resolver.arpa.", "resolver.arpa.", id="resolver.arpa"),
        pytest.param("_dns.resolver.arpa.", "resolver.arpa.", id="discovery of resolvers"),
        pytest.param("ipv4only.arpa.", "ipv4only.arpa.", id="ipv4only.arpa"),
        pytest.param("3.2.1.10.in-addr.arpa.", "10.in-addr.arpa.", id="10/8"),
        pytest.param("1.1.168.192.in-addr.arpa.", "168.192.in-addr.arpa.", id="192.168/16"),
        pytest.param("1.0.0.127.in-addr.arpa.", "127.in-addr.arpa.", id="loopback"),
        pytest.param("1.1.64.100.in-addr.arpa.", "64.100.in-addr.arpa.", id="100.64/10"),
        pytest.param("1.2.0.192.in-addr.arpa.", "2.0.192.in-addr.arpa.", id="documentation"),
    ],
)
def test_special_names_are_never_asked(
    server: Recursing, internet: Internet, qname: str, zone: str
) -> None:
    """RFC 6761, 6303 and kin: they are answered here, and nobody out there hears of them."""
    internet.reset_queries()
    for qtype in ("A", "AAAA", "PTR", "TXT", "NS", "SOA"):
        assert server.ask(qname, qtype).rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
    assert [query for query in internet.seen() if query.qname.lower().endswith(zone)] == []


def test_ds_of_a_special_zone_is_the_parents(server: Recursing, internet: Internet) -> None:
    """RFC 4035, 3.1.4.1: DS is the parent's data; below the zone nothing is asked."""
    internet.reset_queries()
    assert seen(server.ask("ipv4only.arpa.", "DS", ALL)) in ("NOERROR ad", "NXDOMAIN ad")
    assert internet.queries("ipv4only.arpa.", "DS") == 1
    assert server.ask("a.ipv4only.arpa.", "DS").rcode() == dns.rcode.NXDOMAIN
    assert internet.queries("a.ipv4only.arpa.") == 0


def test_ede_tells_why(server: Recursing) -> None:
    """The text of an EDE is libunbound's own, so that an operator knows whom to write to."""
    (ede,) = server.ask("www.expired.example.", "A", ALL).extended_errors()
    assert isinstance(ede, dns.edns.EDEOption)
    assert ede.text is not None
    assert "signature expired" in ede.text
    assert "expired.example." in ede.text


def test_it_counts(server: Recursing) -> None:
    """Secure and bogus answers are counted, and RCODEs under CoreDNS's name."""
    names = ("rootward_unbound_secure_total", "rootward_unbound_bogus_total")
    before = [server.counted(name) for name in names]
    server.ask("www.example.org.")
    server.ask("www.expired.example.")
    assert [server.counted(name) for name in names] == [count + 1 for count in before]
    assert server.counted("coredns_unbound_response_rcode_count_total", rcode="NXDOMAIN") > 0
