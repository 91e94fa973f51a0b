# SPDX-License-Identifier: Apache-2.0
"""What a good authoritative server answers from one zone: the scripted server's honest half."""

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.node
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.rrset
import dns.zone

_PAYLOAD_SIZE = 1232


class Authority:
    """Answers from a zone without delegations below it; its wildcards must be unsigned."""

    def __init__(self, origin: str, text: str) -> None:
        self.zone = dns.zone.from_text(text, origin=origin, relativize=False)
        self.origin = dns.name.from_text(origin)
        self._is_signed = self._rdataset(self.origin, dns.rdatatype.DNSKEY) is not None

    def answer(self, query: dns.message.Message) -> dns.message.QueryMessage:
        """Return the response to a query, with RRSIG and NSEC if it has DO."""
        response = dns.message.make_response(query, our_payload=_PAYLOAD_SIZE)
        if not isinstance(response, dns.message.QueryMessage):
            raise TypeError("not a query")
        response.flags |= dns.flags.AA
        if query.ednsflags & dns.flags.DO:
            response.want_dnssec()
        (question,) = query.question
        if not question.name.is_subdomain(self.origin):
            response.set_rcode(dns.rcode.REFUSED)
            response.flags &= ~dns.flags.AA
            return response
        self._fill(response, question.name, question.rdtype)
        return response

    def _fill(
        self, response: dns.message.Message, qname: dns.name.Name, qtype: dns.rdatatype.RdataType
    ) -> None:
        source = self._source(qname)
        if source is None:
            response.set_rcode(dns.rcode.NXDOMAIN)
            self._deny(response, (qname, dns.name.Name([b"*", *self.origin.labels])))
            return
        if self._put(response.answer, response, source, qtype, qname):
            return
        alias = self._rdataset(source, dns.rdatatype.CNAME)
        if alias is None:
            self._deny(response, (source,))
            return
        self._put(response.answer, response, source, dns.rdatatype.CNAME, qname)
        target = alias[0].target
        if target.is_subdomain(self.origin) and target != qname:
            self._fill(response, target, qtype)

    def _source(self, qname: dns.name.Name) -> dns.name.Name | None:
        """Return the name whose RRs answer: its own, or the closest wildcard's (RFC 4592)."""
        if any(name.is_subdomain(qname) for name in self.zone.nodes):
            return qname
        encloser = qname.parent()
        while not any(name.is_subdomain(encloser) for name in self.zone.nodes):
            encloser = encloser.parent()
        wildcard = dns.name.Name([b"*", *encloser.labels])
        return wildcard if wildcard in self.zone.nodes else None

    def _deny(self, response: dns.message.Message, names: tuple[dns.name.Name, ...]) -> None:
        self._put(response.authority, response, self.origin, dns.rdatatype.SOA, self.origin)
        if not self._is_signed or not response.ednsflags & dns.flags.DO:
            return
        owners = sorted(
            name for name in self.zone.nodes if self._rdataset(name, dns.rdatatype.NSEC)
        )
        for owner in {max(owner for owner in owners if owner <= name) for name in names}:
            self._put(response.authority, response, owner, dns.rdatatype.NSEC, owner)

    def _put(
        self,
        section: list[dns.rrset.RRset],
        response: dns.message.Message,
        source: dns.name.Name,
        rdtype: dns.rdatatype.RdataType,
        owner: dns.name.Name,
    ) -> bool:
        """Add an RRset, and its RRSIG when due; tell whether there is one."""
        rdataset = self._rdataset(source, rdtype)
        if rdataset is None:
            return False
        section.append(dns.rrset.from_rdata_list(owner, rdataset.ttl, list(rdataset)))
        signature = self._rdataset(source, dns.rdatatype.RRSIG, rdtype)
        if signature is not None and response.ednsflags & dns.flags.DO:
            section.append(dns.rrset.from_rdata_list(owner, signature.ttl, list(signature)))
        return True

    def _rdataset(
        self,
        name: dns.name.Name,
        rdtype: dns.rdatatype.RdataType,
        covers: dns.rdatatype.RdataType = dns.rdatatype.NONE,
    ) -> dns.rdataset.Rdataset | None:
        node = self.zone.nodes.get(name)
        return None if node is None else node.get_rdataset(self.zone.rdclass, rdtype, covers)


def to_wire(response: dns.message.Message, query: dns.message.Message, is_udp: bool) -> bytes:
    """Return the octets of a response; over UDP truncated to what the query allows."""
    if not is_udp:
        return response.to_wire(max_size=65535)
    size = min(max(query.payload, 512), _PAYLOAD_SIZE) if query.edns >= 0 else 512
    try:
        return response.to_wire(max_size=size)
    except dns.exception.TooBig:
        return truncated(response)


def truncated(response: dns.message.Message) -> bytes:
    """Return the octets of a response with TC and without RRs."""
    response.answer, response.authority, response.additional = [], [], []
    response.flags |= dns.flags.TC
    return response.to_wire()
