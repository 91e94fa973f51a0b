# SPDX-License-Identifier: Apache-2.0
"""An authority on loopback for the bridge's tests, and how they ask."""

import select
import socket
import threading

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec

from resolver import names
from resolver.recursion.bridge import Bridge
from resolver.types import Result, Submission

PATIENCE_S = 30
ZONE = dns.name.from_text("example.org")
RRsets = list[dns.rrset.RRset]


class Authority(threading.Thread):
    """Serves example.org on loopback; `rrsets` says what is not a plain address."""

    def __init__(self) -> None:
        super().__init__()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.rrsets: dict[tuple[dns.name.Name, int], RRsets] = {}
        self.asked: list[str] = []
        self.start()

    def run(self) -> None:
        while True:
            wire, client = self.socket.recvfrom(4096)
            if not wire:
                return
            if response := self.response(dns.message.from_wire(wire)):
                self.socket.sendto(response.to_wire(), client)

    def response(self, query: dns.message.Message) -> dns.message.Message | None:
        """Return the response, None for silence; the first label says which."""
        question = query.question[0]
        first = question.name.labels[0]
        if question.name.is_subdomain(ZONE) and question.name != ZONE:
            self.asked.append(str(question.name))
        if first == b"silent":
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if first == b"failing":
            response.set_rcode(dns.rcode.SERVFAIL)
        elif first == b"nobody":
            response.set_rcode(dns.rcode.NXDOMAIN)
            response.authority = [rrset("example.org. 60 IN SOA . . 1 1 1 1 60")]
        elif stored := self.rrsets.get((question.name, question.rdtype)):
            response.answer = list(stored)
        elif question.rdtype == dns.rdatatype.A:
            response.answer = [dns.rrset.from_text(question.name, 300, "IN", "A", "192.0.2.1")]
        return response

    def stop(self) -> None:
        """End the thread."""
        self.socket.sendto(b"", ("127.0.0.1", self.port))
        self.join()
        self.socket.close()

    def configuration(self, extra: str = "") -> bytes:
        """Return the unbound.conf text that has example.org served here."""
        return (
            "server:\n do-not-query-localhost: no\n do-ip6: no\n qname-minimisation: no\n"
            f" outgoing-range: 256\n{extra}"
            f"stub-zone:\n name: example.org\n stub-addr: 127.0.0.1@{self.port}\n"
        ).encode()

    def sign(self) -> str:
        """Sign www.example.org; returns the zone's DS record."""
        key = ec.generate_private_key(ec.SECP256R1())
        dnskey = dns.dnssec.make_dnskey(key.public_key(), "ECDSAP256SHA256", flags=257)
        keys = dns.rrset.from_rdata(ZONE, 300, dnskey)
        www = rrset("www.example.org. 300 IN A 192.0.2.1")
        for signed in (keys, www):
            rrsig = dns.dnssec.sign(signed, key, ZONE, dnskey, lifetime=3600)
            covering = dns.rrset.from_rdata(signed.name, 300, rrsig)
            self.rrsets[signed.name, signed.rdtype] = [signed, covering]
        return dns.dnssec.make_ds(ZONE, dnskey, "SHA256").to_text()


def rrset(line: str) -> dns.rrset.RRset:
    """Return an RRset of one record in presentation form."""
    owner, ttl, rdclass, rdtype, rdata = line.split(None, 4)
    return dns.rrset.from_text(owner, int(ttl), rdclass, rdtype, rdata)


def question(name: str, ticket: int = 1, renew: int | None = None) -> Submission:
    return Submission(ticket, names.from_text(name), 1, 1, renew)


def drain(bridge: Bridge, count: int) -> list[Result]:
    """Wait for so many results."""
    results: list[Result] = []
    while len(results) < count:
        assert select.select([bridge.fileno()], [], [], PATIENCE_S)[0], "nothing came"
        results += bridge.drain()
    return results


def ask(bridge: Bridge, asked: Submission, group: int = 0) -> Result:
    assert bridge.submit([asked], group) == 1
    (result,) = drain(bridge, 1)
    return result
