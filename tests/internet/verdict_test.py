# SPDX-License-Identifier: Apache-2.0
"""What a validating resolver makes of the mini internet: libunbound is the oracle."""

import pytest

from tests.internet import Internet
from tests.internet.oracle import Verdict, resolve

# qname, qtype, RCODE, validation. Bogus data comes with the RCODE of its message.
VERDICTS = (
    ("www.example.org", "A", "NOERROR", "secure"),
    ("nowhere.example.org", "A", "NXDOMAIN", "secure"),
    ("www.example.org", "TXT", "NOERROR", "secure"),
    ("www.example.com", "A", "NOERROR", "secure"),
    ("nowhere.example.com", "A", "NXDOMAIN", "secure"),
    ("www.example.com", "TXT", "NOERROR", "secure"),
    ("www.example.net", "A", "NOERROR", "insecure"),
    ("nowhere.example.net", "A", "NXDOMAIN", "insecure"),
    ("nowhere", "A", "NXDOMAIN", "secure"),
    ("com", "DS", "NOERROR", "secure"),
    (".", "NS", "NOERROR", "secure"),
    # delegations
    ("www.secure.example.org", "A", "NOERROR", "secure"),
    ("www.insecure.example.org", "A", "NOERROR", "insecure"),
    ("www.same-server.example.org", "A", "NOERROR", "secure"),
    ("www.secure.example.com", "A", "NOERROR", "secure"),
    ("www.insecure.example.com", "A", "NOERROR", "insecure"),
    ("www.island.example.net", "A", "NOERROR", "insecure"),
    ("www.unsigned.com", "A", "NOERROR", "insecure"),
    ("nowhere.unsigned.com", "A", "NXDOMAIN", "insecure"),
    ("www.opt-out.example", "A", "NOERROR", "secure"),
    ("www.secure.opt-out.example", "A", "NOERROR", "secure"),
    ("www.insecure.opt-out.example", "A", "NOERROR", "insecure"),
    ("nowhere.opt-out.example", "A", "NXDOMAIN", "insecure"),  # RFC 5155, 9.2
    # bogus
    ("www.expired.example", "A", "NOERROR", "bogus"),
    ("www.future.example", "A", "NOERROR", "bogus"),
    ("www.wrong-ds.example", "A", "NOERROR", "bogus"),
    ("www.missing-rrsig.example", "A", "NOERROR", "bogus"),
    ("good.missing-rrsig.example", "A", "NOERROR", "secure"),
    ("www.missing-dnskey.example", "A", "NOERROR", "bogus"),
    ("www.broken-signature.example", "A", "NOERROR", "bogus"),
    ("good.broken-signature.example", "A", "NOERROR", "secure"),
    ("www.wrong-data.example", "A", "NOERROR", "bogus"),
    ("good.wrong-data.example", "A", "NOERROR", "secure"),
    ("nowhere.missing-nsec.example", "A", "NXDOMAIN", "bogus"),
    ("www.missing-nsec.example", "A", "NOERROR", "secure"),
    ("www.below.expired.example", "A", "NOERROR", "bogus"),
    ("to-bogus.example.org", "A", "NOERROR", "bogus"),
    # insecure, not bogus (RFC 4035, 5.2; RFC 9276, 3.2)
    ("www.unknown-algorithm.example", "A", "NOERROR", "insecure"),
    ("www.unknown-digest.example", "A", "NOERROR", "insecure"),
    ("nowhere.many-iterations.example", "A", "NXDOMAIN", "insecure"),
    # other signatures, other ways
    ("www.ends-soon.example", "A", "NOERROR", "secure"),
    ("www.ttl-above-original.example", "A", "NOERROR", "secure"),
    ("www.ed25519.example", "A", "NOERROR", "secure"),
    ("www.rsa.example", "A", "NOERROR", "secure"),
    ("www.ipv6-only.example", "A", "NOERROR", "secure"),
    ("www.glueless.example", "A", "NOERROR", "secure"),
    ("www.half-dead.example", "A", "NOERROR", "secure"),
    ("random.flood.example", "A", "NXDOMAIN", "insecure"),
    ("www.lame.example", "A", "SERVFAIL", "insecure"),
    ("www.cyclic-a.example", "A", "SERVFAIL", "insecure"),
    ("www.no-such-server.example", "A", "SERVFAIL", "insecure"),
    # reverse; libunbound answers 192.0.2.0/24 and 10.0.0.0/8 itself
    ("10.0.18.198.in-addr.arpa", "PTR", "NOERROR", "secure"),
    (f"0.1.{'0.' * 22}2.0.0.0.1.0.0.2.ip6.arpa", "PTR", "NOERROR", "secure"),
    ("10.2.0.192.in-addr.arpa", "PTR", "NXDOMAIN", "insecure"),
    ("3.2.1.10.in-addr.arpa", "PTR", "NXDOMAIN", "insecure"),
    ("ipv4only.arpa", "A", "NOERROR", "secure"),
    # what common.zone holds
    ("large.example.org", "TXT", "NOERROR", "secure"),
    ("huge.example.com", "TXT", "NOERROR", "secure"),
    ("giant.example.org", "TXT", "NOERROR", "secure"),
    ("a30.example.org", "A", "NOERROR", "secure"),
    ("aaaa30.example.org", "AAAA", "NOERROR", "secure"),
    ("mx30.example.net", "MX", "NOERROR", "insecure"),
    ("x.wild.example.org", "A", "NOERROR", "secure"),
    ("x.wild.example.com", "A", "NOERROR", "secure"),
    ("x.wild.example.net", "A", "NOERROR", "insecure"),
    ("host.wild.example.org", "A", "NOERROR", "secure"),
    ("x.wild-alias.example.com", "A", "NOERROR", "secure"),
    ("b.ent.example.org", "A", "NOERROR", "secure"),
    ("ent.example.com", "A", "NOERROR", "secure"),
    ("alias2.example.com", "A", "NOERROR", "secure"),
    ("chain8.example.org", "A", "NOERROR", "secure"),
    ("chain40.example.org", "A", "SERVFAIL", "insecure"),
    ("to-com.example.org", "A", "NOERROR", "secure"),
    ("tour1.example.org", "A", "NOERROR", "insecure"),
    ("to-nowhere.example.com", "A", "NXDOMAIN", "secure"),
    ("loop.example.org", "A", "SERVFAIL", "insecure"),
    ("self.example.org", "A", "SERVFAIL", "insecure"),
    ("a.dname.example.org", "A", "NOERROR", "secure"),
    ("a.dname.example.com", "A", "NOERROR", "secure"),
    ("www.moved.example.org", "A", "NOERROR", "insecure"),
    (f"{'b' * 63}.{'c' * 63}.long-dname.example.org", "A", "YXDOMAIN", "insecure"),
    ("https.example.com", "HTTPS", "NOERROR", "secure"),
    ("_dns.example.org", "SVCB", "NOERROR", "secure"),
    ("_sip._udp.example.com", "SRV", "NOERROR", "secure"),
    ("naptr.example.com", "NAPTR", "NOERROR", "secure"),
    ("caa.example.com", "CAA", "NOERROR", "secure"),
    ("unknown.example.com", "TYPE65280", "NOERROR", "secure"),
    (r"sp\032ace.example.com", "A", "NOERROR", "secure"),
    (r"nul\000.example.org", "A", "NOERROR", "secure"),
    (r"do\.ted.example.com", "A", "NOERROR", "secure"),
    # the scripted server
    ("www.signed-switch.example", "A", "NOERROR", "secure"),
    ("nowhere.signed-switch.example", "A", "NXDOMAIN", "secure"),
    ("www.wrong-id.misbehaving.example", "A", "NOERROR", "insecure"),
    ("www.wrong-question.misbehaving.example", "A", "NOERROR", "insecure"),
    ("www.garbage.misbehaving.example", "A", "NOERROR", "insecure"),
    ("www.truncated.misbehaving.example", "A", "NOERROR", "insecure"),
    ("www.truncated-no-tcp.misbehaving.example", "A", "SERVFAIL", "insecure"),
    ("www.no-edns.misbehaving.example", "A", "NOERROR", "insecure"),
    ("www.drops-first.misbehaving.example", "A", "NOERROR", "insecure"),
    ("www.refused.misbehaving.example", "A", "SERVFAIL", "insecure"),
    ("www.servfail.misbehaving.example", "A", "SERVFAIL", "insecure"),
    ("www.upward-referral.misbehaving.example", "A", "SERVFAIL", "insecure"),
    ("www.poison.misbehaving.example", "A", "NOERROR", "insecure"),
    ("www.lower-case.misbehaving.example", "A", "NOERROR", "insecure"),
)
# The same through the resolver, but with the data that it must come to.
DATA = {
    ("www.wrong-id.misbehaving.example", "A"): ("192.0.2.10",),
    ("www.wrong-question.misbehaving.example", "A"): ("192.0.2.10",),
    ("tour1.example.org", "A"): ("192.0.2.10",),
    ("host.wild.example.org", "A"): (),
    ("x.wild.example.org", "A"): ("192.0.2.77",),
    ("a.dname.example.org", "A"): ("192.0.2.90",),
    ("10.0.18.198.in-addr.arpa", "PTR"): ("www.example.org.",),
    ("unknown.example.com", "TYPE65280"): (r"\# 4 0a000001",),
}


@pytest.fixture(scope="module")
def verdicts(internet: Internet) -> dict[tuple[str, str], Verdict]:
    """Let libunbound resolve the whole table once."""
    questions = [(qname, qtype) for qname, qtype, _, _ in VERDICTS]
    return dict(zip(questions, resolve(internet, questions), strict=True))


@pytest.mark.parametrize(
    ("qname", "qtype", "rcode", "validation"),
    [pytest.param(*row, id=f"{row[0][-60:]} {row[1]} is {row[3]}") for row in VERDICTS],
)
def test_a_validating_resolver_comes_to_the_verdict(
    internet: Internet,
    verdicts: dict[tuple[str, str], Verdict],
    qname: str,
    qtype: str,
    rcode: str,
    validation: str,
) -> None:
    """Another resolver agrees with what each name is made for (RFC 4035, 4.3)."""
    if "ipv6-only" in qname and not internet.has_ipv6:
        rcode, validation = "SERVFAIL", "insecure"
    verdict = verdicts[qname, qtype]
    assert (verdict.rcode, verdict.validation) == (rcode, validation), verdict
    assert bool(verdict.why_bogus) == (validation == "bogus")


@pytest.mark.parametrize(
    ("question", "data"), DATA.items(), ids=[" ".join(question) for question in DATA]
)
def test_a_resolver_comes_to_the_data(
    verdicts: dict[tuple[str, str], Verdict], question: tuple[str, str], data: tuple[str, ...]
) -> None:
    """What is forged is not believed, and what is told in steps is found."""
    assert verdicts[question].data == data
