# SPDX-License-Identifier: Apache-2.0
"""Responses of the shapes that libunbound gives, made by dnspython."""

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from tests.native.messages import WALL_S

_SIGNED = (
    "{ttl} IN RRSIG {covered} 13 2 {original} {ends} 20230101000000 1 example.org. " + "QUJD" * 21
)
VALID, ENDED, ENDING = 2_000_000_000, WALL_S - 1, WALL_S + 20

A = "www.example.org. 300 IN A 192.0.2.1"
SOA = "example.org. 3600 IN SOA ns.example.org. host.example.org. 1 7200 3600 1209600 60"


def signed(owner: str, covered: str, ttl: int = 300, ends: int = VALID, original: int = 300) -> str:
    """Return an RRSIG record."""
    return f"{owner} " + _SIGNED.format(ttl=ttl, covered=covered, ends=ends, original=original)


def made(
    question: str,
    answer: tuple[str, ...] = (),
    authority: tuple[str, ...] = (),
    additional: tuple[str, ...] = (),
    rcode: str = "NOERROR",
) -> bytes:
    """Return a message as libunbound gives it: ID 0, an OPT with DO, names compressed its way."""
    qname, qtype = question.split()
    query = dns.message.make_query(qname, qtype, id=0, use_edns=True, want_dnssec=True)
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(dns.rcode.from_text(rcode))
    sections = (
        (response.answer, answer),
        (response.authority, authority),
        (response.additional, additional),
    )
    for section, lines in sections:
        for line in lines:
            owner, ttl, rclass, rtype, rdata = line.split(None, 4)
            section.append(dns.rrset.from_text(owner, int(ttl), rclass, rtype, rdata))
    response.flags |= dns.flags.AD
    return response.to_wire(max_size=65535)


NSEC3 = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example.org."
DELEGATION = tuple(f"example.org. 300 IN NS ns{n}.example.org." for n in range(4))
GLUE = tuple(f"ns{n}.example.org. {30 * n} IN A 192.0.2.{n}" for n in range(4))

SHAPES = {
    "an address": made("www.example.org. A", (A,)),
    "signed": made("www.example.org. A", (A, signed("www.example.org.", "A"))),
    "TTLs that differ": made(
        "www.example.org. A",
        ("WWW.example.org. 60 IN A 192.0.2.2", A, signed("wwW.example.org.", "A", 20)),
    ),
    "capped by its original TTL": made(
        "www.example.org. A", (A, signed("www.example.org.", "A", original=9))
    ),
    "its signature ends": made(
        "www.example.org. A", (A, signed("www.example.org.", "A", ends=ENDING))
    ),
    "its signature has ended": made(
        "www.example.org. A", (A, signed("www.example.org.", "A", ends=ENDED, original=9))
    ),
    "signatures asked for": made(
        "www.example.org. RRSIG",
        (signed("www.example.org.", "A"),),
        (SOA, signed("example.org.", "SOA")),
    ),
    "ANY": made("www.example.org. ANY", (A, signed("www.example.org.", "A"))),
    "a TTL of 2^31 and one below": made(
        "www.example.org. A",
        (A.replace("300", "2147483647"), signed("www.example.org.", "A", ttl=2**31 - 1)),
    ),
    "CNAMEs": made(
        "a.example.org. A",
        (
            "a.example.org. 300 IN CNAME b.example.net.",
            signed("a.example.org.", "CNAME"),
            "b.example.net. 20 IN CNAME www.example.org.",
            A,
            signed("www.example.org.", "A"),
        ),
    ),
    "CNAME to nothing": made(
        "a.example.org. A",
        ("a.example.org. 300 IN CNAME b.example.org.",),
        (SOA, signed("example.org.", "SOA")),
        rcode="NXDOMAIN",
    ),
    "DNAME": made(
        "www.old.example.org. A",
        (
            "old.example.org. 300 IN DNAME new.example.org.",
            signed("old.example.org.", "DNAME"),
            "www.old.example.org. 300 IN CNAME www.new.example.org.",
            "www.new.example.org. 300 IN A 192.0.2.1",
        ),
    ),
    "NXDOMAIN": made("no.example.org. A", (), (SOA,), rcode="NXDOMAIN"),
    "NSEC denial": made(
        "no.example.org. A",
        (),
        (
            SOA,
            signed("example.org.", "SOA"),
            "m.example.org. 60 IN NSEC o.example.org. A RRSIG NSEC",
            signed("m.example.org.", "NSEC", 60),
        ),
        rcode="NXDOMAIN",
    ),
    "NSEC3 denial": made(
        "no.example.org. A",
        (),
        (
            SOA,
            signed("example.org.", "SOA"),
            f"{NSEC3} 60 IN NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG",
            signed(NSEC3, "NSEC3", 60),
        ),
        rcode="NXDOMAIN",
    ),
    "no data": made("www.example.org. AAAA", (), (SOA, signed("example.org.", "SOA"))),
    "a wildcard": made(
        "x.example.org. A",
        ("x.example.org. 300 IN A 192.0.2.1", signed("x.example.org.", "A")),
        ("*.example.org. 60 IN NSEC z.example.org. A", signed("*.example.org.", "NSEC", 60)),
    ),
    "a referral": made("www.example.org. A", (), DELEGATION, GLUE),
    "MX with addresses": made(
        "example.org. MX",
        tuple(f"example.org. 300 IN MX {n} ns{n}.EXAMPLE.org." for n in range(4)),
        DELEGATION,
        GLUE,
    ),
    "SVCB": made(
        "_dns.example.org. SVCB",
        (
            "_dns.example.org. 300 IN SVCB 1 www.example.org. alpn=dot port=853",
            signed("_dns.example.org.", "SVCB"),
        ),
        (),
        (A,),
    ),
    "SRV and NAPTR": made(
        "_sip._udp.example.org. SRV",
        (
            "_sip._udp.example.org. 300 IN SRV 1 2 5060 www.example.org.",
            'example.org. 300 IN NAPTR 1 1 "u" "sip" "!^.*$!sip:a!" _sip._udp.example.org.',
        ),
    ),
    "TXT": made("example.org. TXT", ('example.org. 300 IN TXT "v=spf1" "-all"',)),
    "the root's servers": made(
        ". NS", (". 518400 IN NS a.root-servers.net.", ". 9 IN NS b.root-servers.net.")
    ),
    "refused": made("example.org. A", rcode="REFUSED"),
    "not implemented": made("example.org. A", rcode="NOTIMP"),
    "empty": made("example.org. A"),
    "a thousand names": made(
        "example.org. A",
        tuple(f"n{n}.z{n % 7}.example.org. {n} IN NS m{n}.example.net." for n in range(1000)),
    ),
}
