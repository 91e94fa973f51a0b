# SPDX-License-Identifier: Apache-2.0
"""The same names asked of Rootward and of pyunbound: same RCODE, RRsets and validation state."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from tests.internet import Internet
from tests.recursion.recursing import Recursing

PYTHON = "/usr/bin/python3"  # the one that python3-unbound is installed for
CHILD = Path(__file__).with_name("pyunbound_child.py")

QUESTIONS = [
    ("www.example.org.", "A"),
    ("www.example.org.", "AAAA"),
    ("www.example.org.", "TXT"),
    ("mail.example.org.", "A"),
    ("example.org.", "SOA"),
    ("example.org.", "DNSKEY"),
    ("example.org.", "DS"),
    ("example.org.", "NS"),
    ("nowhere.example.org.", "A"),
    ("b.ent.example.org.", "A"),
    ("any.wild.example.org.", "A"),
    ("a.dname.example.org.", "A"),
    ("alias2.example.org.", "A"),
    ("to-com.example.org.", "A"),
    ("tour1.example.org.", "A"),
    ("to-bogus.example.org.", "A"),
    ("large.example.org.", "TXT"),
    ("huge.example.org.", "TXT"),
    ("both30.example.org.", "A"),
    ("unknown.example.org.", "TYPE65280"),
    ("www.example.com.", "A"),
    ("nowhere.example.com.", "A"),
    ("www.secure.example.com.", "A"),
    ("www.insecure.example.com.", "A"),
    ("www.unsigned.com.", "A"),
    ("www.example.net.", "A"),
    ("nowhere.example.net.", "A"),
    ("www.island.example.net.", "A"),
    ("nowhere.opt-out.example.", "A"),
    ("www.secure.opt-out.example.", "A"),
    ("www.insecure.opt-out.example.", "A"),
    ("nowhere.many-iterations.example.", "A"),
    ("www.unknown-algorithm.example.", "A"),
    ("www.unknown-digest.example.", "A"),
    ("www.ed25519.example.", "A"),
    ("www.rsa.example.", "A"),
    ("www.glueless.example.", "A"),
    ("www.expired.example.", "A"),
    ("nowhere.expired.example.", "A"),
    ("www.future.example.", "A"),
    ("www.wrong-ds.example.", "A"),
    ("www.missing-rrsig.example.", "A"),
    ("good.missing-rrsig.example.", "A"),
    ("www.missing-dnskey.example.", "A"),
    ("www.broken-signature.example.", "A"),
    ("good.broken-signature.example.", "A"),
    ("www.wrong-data.example.", "A"),
    ("nowhere.missing-nsec.example.", "A"),
    ("www.below.expired.example.", "A"),
    ("www.lame.example.", "A"),
    ("www.no-such-server.example.", "A"),
    ("www.normal.misbehaving.example.", "A"),
    ("www.refused.misbehaving.example.", "A"),
    ("www.truncated.misbehaving.example.", "A"),
    ("no-such-tld.", "A"),
    (".", "NS"),
]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a validating resolver makes of a question."""

    state: str
    rcode: str
    answer: frozenset[str]
    authority: frozenset[str]


FAILURE = Verdict("INSECURE", "SERVFAIL", frozenset(), frozenset())


def verdict(state: str, message: dns.message.Message) -> Verdict:
    """Return a verdict; a failure has no data, since what is beside it is nobody's business."""
    if message.rcode() == dns.rcode.SERVFAIL:
        return FAILURE
    answer, authority = (
        frozenset(text(rrset) for rrset in section)
        for section in (message.answer, message.authority)
    )
    return Verdict(state, dns.rcode.to_text(message.rcode()), answer, authority)


def text(rrset: dns.rrset.RRset) -> str:
    """Return an RRset in canonical form, without the TTL, which runs; its order says nothing."""
    owner = rrset.name.to_text().lower()
    kind = dns.rdatatype.to_text(rrset.rdtype)
    records = sorted(rdata.to_digestable(dns.name.root).hex() for rdata in rrset)
    return f"{owner} {kind} {' '.join(records)}"


@pytest.fixture(scope="module")
def oracle(internet: Internet) -> Mapping[tuple[str, str], Verdict]:
    """Every question's verdict, by pyunbound."""
    asked = [(qname, int(dns.rdatatype.from_text(qtype))) for qname, qtype in QUESTIONS]
    options = {
        "root-hints:": str(internet.root_hints),
        "do-not-query-localhost:": "no",
        "do-ip6:": "yes" if internet.has_ipv6 else "no",
    }
    job = {"options": options, "anchor": str(internet.trust_anchor), "questions": asked}
    done = subprocess.run(
        [PYTHON, "-I", str(CHILD)],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{done.stderr}\npython3-unbound is needed: ./script/setup --tests"
    verdicts = {}
    for question, row in zip(QUESTIONS, json.loads(done.stdout), strict=True):
        if row["rcode"] == dns.rcode.SERVFAIL:
            verdicts[question] = FAILURE
        else:
            message = dns.message.from_wire(bytes.fromhex(row["wire"]))
            assert row["rcode"] == message.rcode()
            verdicts[question] = verdict(row["state"], message)
    return verdicts


@pytest.fixture(scope="module")
def server(internet: Internet) -> Iterator[Recursing]:
    with Recursing(internet.unbound_properties) as running:
        yield running


def ours(server: Recursing, qname: str, qtype: str) -> Verdict:
    """Return our server's verdict: bogus is what CD=1 gets and CD=0 does not."""
    checked = server.ask(qname, qtype, "rd do ad")
    if checked.rcode() != dns.rcode.SERVFAIL:
        return verdict("SECURE" if checked.flags & dns.flags.AD else "INSECURE", checked)
    return verdict("BOGUS", server.ask(qname, qtype, "rd do cd"))


@pytest.mark.parametrize(("qname", "qtype"), QUESTIONS)
def test_both_say_the_same(
    server: Recursing, oracle: Mapping[tuple[str, str], Verdict], qname: str, qtype: str
) -> None:
    """Neither data nor a verdict of the validator is lost or made on the way to the client."""
    assert ours(server, qname, qtype) == oracle[qname, qtype]


def test_the_questions_tell_states_apart(oracle: Mapping[tuple[str, str], Verdict]) -> None:
    """The comparison has all outcomes in it."""
    outcomes = {(each.state, each.rcode) for each in oracle.values()}
    assert outcomes >= {
        *((state, "NOERROR") for state in ("SECURE", "INSECURE", "BOGUS")),
        *((state, "NXDOMAIN") for state in ("SECURE", "INSECURE", "BOGUS")),
        ("INSECURE", "SERVFAIL"),
    }
