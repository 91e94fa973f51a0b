# SPDX-License-Identifier: Apache-2.0
"""How the scripted server misbehaves: from a query and the honest response to the datagrams sent.

A behaviour is named by a word and its argument, as in "slow 500".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.internet.authority import Authority, to_wire, truncated

FORGED = "192.0.2.66"  # the address in any answer that a resolver must not believe


@dataclass(frozen=True, slots=True)
class Exchange:
    """One query to a scripted zone; `count` tells how often this question came before."""

    authority: Authority
    query: dns.message.Message
    is_udp: bool
    count: int

    def honest(self) -> dns.message.QueryMessage:
        """Return what a good server answers."""
        return self.authority.answer(self.query)

    def wire(self, response: dns.message.Message | None = None) -> bytes:
        """Return the octets of a response, by default the honest one."""
        return to_wire(response or self.honest(), self.query, self.is_udp)

    def forged(self) -> dns.message.QueryMessage:
        """Return the honest response with FORGED in place of each A RRset's addresses."""
        return self.pointing_to(FORGED)

    def pointing_to(self, address: str) -> dns.message.QueryMessage:
        """Return the honest response with another address in place of each A RRset's."""
        response = self.honest()
        response.answer = [
            dns.rrset.from_text(rrset.name, rrset.ttl, "IN", "A", address)
            if rrset.rdtype == dns.rdatatype.A
            else rrset
            for rrset in response.answer
        ]
        return response


Replies = Sequence[tuple[float, bytes]]  # seconds from now, octets
Behaviour = Callable[[Exchange], Replies]


def behaviour(words: str) -> Behaviour:
    """Return the behaviour of this name. Raises ValueError if there is none."""
    name, _, argument = words.partition(" ")
    if name in _PLAIN and not argument:
        return _PLAIN[name]
    if name in _WITH_ARGUMENT and argument:
        return _WITH_ARGUMENT[name](argument)
    raise ValueError(f"unknown behaviour {words!r}")


def normal(exchange: Exchange) -> Replies:
    """Answer honestly."""
    return [(0, exchange.wire())]


def silent(_: Exchange) -> Replies:
    """Take the query and say nothing, over TCP too."""
    return []


def wrong_id(exchange: Exchange) -> Replies:
    """Over UDP send a forged answer with another ID first, then the honest one."""
    if not exchange.is_udp:
        return normal(exchange)
    forged = exchange.forged()
    forged.id ^= 0x5555
    return [(0, exchange.wire(forged)), (0, exchange.wire())]


def twice(exchange: Exchange) -> Replies:
    """Answer honestly, two times."""
    return [(0, exchange.wire()), (0, exchange.wire())]


def truncated_on_udp(exchange: Exchange) -> Replies:
    """Answer with TC and nothing else over UDP, honestly over TCP."""
    return [(0, truncated(exchange.honest()) if exchange.is_udp else exchange.wire())]


def truncated_for_ever(exchange: Exchange) -> Replies:
    """Answer with TC over UDP; say nothing over TCP, where there is TCP at all."""
    return [(0, truncated(exchange.honest()))] if exchange.is_udp else []


def no_edns(exchange: Exchange) -> Replies:
    """Answer FORMERR to a query with OPT, without OPT, as servers did before RFC 2671."""
    if exchange.query.edns < 0:
        return normal(exchange)
    response = exchange.honest()
    response.answer, response.authority, response.additional = [], [], []
    response.use_edns(False)
    response.set_rcode(dns.rcode.FORMERR)
    return [(0, exchange.wire(response))]


def drops_edns(exchange: Exchange) -> Replies:
    """Say nothing to a query with OPT."""
    return normal(exchange) if exchange.query.edns < 0 else []


def unequal_ttls(exchange: Exchange) -> Replies:
    """Answer with one RRset whose RRs have TTLs of their own (RFC 2181, 5.2): 60, 300 and 30 s."""
    response = exchange.honest()
    (question,) = exchange.query.question
    if question.rdtype != dns.rdatatype.A:
        return [(0, exchange.wire(response))]
    response.answer = [
        dns.rrset.from_text(question.name, ttl, "IN", "A", address)
        for ttl, address in ((60, "192.0.2.60"), (300, "192.0.2.30"), (30, "192.0.2.3"))
    ]
    return [(0, exchange.wire(response))]


def poison(exchange: Exchange) -> Replies:
    """Answer honestly, and add RRs of zones that are none of the server's business."""
    response = exchange.honest()
    victim = dns.name.from_text("www.example.net.")
    response.answer.append(dns.rrset.from_text(victim, 86400, "IN", "A", FORGED))
    response.authority.append(
        dns.rrset.from_text("example.net.", 86400, "IN", "NS", "ns1.example.net.")
    )
    response.additional.append(
        dns.rrset.from_text("ns1.example.net.", 86400, "IN", "A", "127.53.9.22")
    )
    return [(0, exchange.wire(response))]


def lower_case(exchange: Exchange) -> Replies:
    """Answer with the question in lower case, whatever the client sent."""
    response = exchange.honest()
    for rrset in (*response.question, *response.answer):
        rrset.name = rrset.name.canonicalize()
    return [(0, exchange.wire(response))]


def changing(exchange: Exchange) -> Replies:
    """Answer with 192.0.2.1 the first time a question is asked, 192.0.2.2 the second, and so on."""
    address = f"192.0.2.{exchange.count % 254 + 1}"
    return [(0, exchange.wire(exchange.pointing_to(address)))]


def upward_referral(exchange: Exchange) -> Replies:
    """Answer with a referral to the root, as lame servers once did."""
    response = exchange.honest()
    response.flags &= ~dns.flags.AA
    response.answer, response.additional = [], []
    response.authority = [dns.rrset.from_text(".", 86400, "IN", "NS", "a.root-servers.net.")]
    response.set_rcode(dns.rcode.NOERROR)
    return [(0, exchange.wire(response))]


def unsigned(exchange: Exchange) -> Replies:
    """Answer without RRSIG and NSEC, which makes a signed zone bogus."""
    response = exchange.honest()
    gone = (dns.rdatatype.RRSIG, dns.rdatatype.NSEC)
    response.answer = [rrset for rrset in response.answer if rrset.rdtype not in gone]
    response.authority = [rrset for rrset in response.authority if rrset.rdtype not in gone]
    return [(0, exchange.wire(response))]


def forged(exchange: Exchange) -> Replies:
    """Answer A queries with FORGED under the signature of the true address: bogus if signed."""
    return [(0, exchange.wire(exchange.forged()))]


def _wrong_question(times: str) -> Behaviour:
    """Answer another question with a forged address, the first N times it is asked over UDP."""

    def behave(exchange: Exchange) -> Replies:
        if not exchange.is_udp or exchange.count >= int(times):
            return normal(exchange)
        response = exchange.forged()
        other = dns.name.from_text("other", exchange.authority.origin)
        for rrset in (*response.question, *response.answer):
            rrset.name = other
        return [(0, exchange.wire(response))]

    return behave


def _garbage(times: str) -> Behaviour:
    """Answer with the right ID and nonsense after it, the first N times it is asked over UDP."""

    def behave(exchange: Exchange) -> Replies:
        if not exchange.is_udp or exchange.count >= int(times):
            return normal(exchange)
        # QR, and counts that promise what is not there; the name is a compression loop
        return [
            (
                0,
                exchange.query.id.to_bytes(2, "big")
                + b"\x84\x00\x00\x01\x00\xff\xff\x00" * 2
                + b"\xc0\x0c" * 9,
            )
        ]

    return behave


def _drops_first(times: str) -> Behaviour:
    """Say nothing the first N times a question is asked."""
    return lambda exchange: normal(exchange) if exchange.count >= int(times) else []


def _then_silent(times: str) -> Behaviour:
    """Answer a question honestly N times, and never again."""
    return lambda exchange: normal(exchange) if exchange.count < int(times) else []


def _then_servfail(times: str) -> Behaviour:
    """Answer a question honestly N times, then SERVFAIL."""
    failing = _rcode("SERVFAIL")
    return lambda exchange: (normal if exchange.count < int(times) else failing)(exchange)


def _slow(delay_ms: str) -> Behaviour:
    """Answer honestly after so many milliseconds."""
    return lambda exchange: [(int(delay_ms) / 1000, exchange.wire())]


def _rcode(name: str) -> Behaviour:
    """Answer everything with this RCODE and no RR."""

    def behave(exchange: Exchange) -> Replies:
        response = exchange.honest()
        response.answer, response.authority, response.additional = [], [], []
        response.flags &= ~dns.flags.AA
        response.set_rcode(dns.rcode.from_text(name))
        return [(0, exchange.wire(response))]

    return behave


_PLAIN: dict[str, Behaviour] = {
    "normal": normal,
    "silent": silent,
    "wrong-id": wrong_id,
    "twice": twice,
    "truncated": truncated_on_udp,
    "truncated-no-tcp": truncated_for_ever,
    "truncated-silent-tcp": truncated_for_ever,
    "no-edns": no_edns,
    "drops-edns": drops_edns,
    "unequal-ttls": unequal_ttls,
    "poison": poison,
    "lower-case": lower_case,
    "changing": changing,
    "upward-referral": upward_referral,
    "unsigned": unsigned,
    "forged": forged,
}
_WITH_ARGUMENT: dict[str, Callable[[str], Behaviour]] = {
    "wrong-question": _wrong_question,
    "garbage": _garbage,
    "drops-first": _drops_first,
    "then-silent": _then_silent,
    "then-servfail": _then_servfail,
    "slow": _slow,
    "rcode": _rcode,
}
