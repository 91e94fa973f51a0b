# SPDX-License-Identifier: Apache-2.0
"""Records, requests and responses, written as a person writes them."""

from collections.abc import Iterable
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from resolver import names, wire
from resolver.request import Edns, Endpoint, Request, Transport
from resolver.response import Response
from resolver.testing.fixed_clock import NOW_MS
from resolver.wire import Record

CLIENT = Endpoint("10.240.0.1", 40212)
LOCAL = Endpoint("127.0.0.1", 53)
PATIENCE_MS = 4000


def rr(text: str, section: int = wire.ANSWER) -> list[Record]:
    """Return the records that a line of master-file text stands for: `OWNER TTL CLASS TYPE RDATA`.

    One for each RDATA; several lines make several records.
    """
    found: list[Record] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        owner, ttl, rclass, rtype, *rdata = line.split(None, 4)
        rrset = dns.rrset.from_text(owner, int(ttl), rclass, rtype, *rdata)
        for item in rrset:
            octets = item.to_wire()
            assert octets is not None
            found.append(
                Record(
                    section,
                    names.from_text_as_is(owner),
                    int(rrset.rdtype),
                    int(rrset.rdclass),
                    int(ttl),
                    octets,
                )
            )
    return found


def request(
    question: str,
    *,
    rd: bool = True,
    ad: bool = False,
    cd: bool = False,
    do: bool = False,
    edns: Edns | None = None,
    client: str | Endpoint = CLIENT,
    local: Endpoint = LOCAL,
    transport: Transport = Transport.DO53_UDP,
    now_ms: int = NOW_MS,
    patience_ms: int = PATIENCE_MS,
    **fields: Any,
) -> Request:
    """Return a Request for `NAME TYPE` or `NAME CLASS TYPE` as a client would send it.

    `do` alone brings an OPT record with the default size. `client` may be an address in text.
    """
    words = question.split()
    qclass = words[1] if len(words) == 3 else "IN"
    query = dns.message.make_query(words[0], words[-1], qclass)
    query.id = fields.pop("id", 0x1234)
    bits = ((rd, dns.flags.RD), (ad, dns.flags.AD), (cd, dns.flags.CD))
    query.flags = dns.flags.Flag(sum(int(bit) for on, bit in bits if on))
    if do and edns is None:
        edns = Edns()
    if edns is not None:
        flags = edns.flags | (dns.flags.DO if do else 0)
        edns = edns._replace(flags=int(flags))
        query.use_edns(edns.version, int(flags), edns.payload_size)
    sent = names.from_text_as_is(words[0])
    return Request(
        wire=query.to_wire(),
        id=query.id,
        rd=rd,
        ad=ad,
        cd=cd,
        do=do,
        qname=names.lower(sent),
        qname_sent=sent,
        qtype=int(dns.rdatatype.from_text(words[-1])),
        qclass=int(query.question[0].rdclass),
        edns=edns,
        client=Endpoint(client, CLIENT.port) if isinstance(client, str) else client,
        local=local,
        transport=transport,
        received_ms=now_ms,
        deadline_ms=now_ms + patience_ms,
        **{"server": "dns://:53", **fields},
    )


def response(
    question: str,
    answer: Iterable[str] = (),
    authority: Iterable[str] = (),
    additional: Iterable[str] = (),
    *,
    rcode: str = "NOERROR",
    flags: int = 0,
    **fields: Any,
) -> Response:
    """Return a Response to `NAME TYPE` with records written as master-file lines (see `rr`)."""
    qname, qtype = question.split()
    sections = enumerate((answer, authority, additional), wire.ANSWER)
    records = [
        record for number, lines in sections for line in lines for record in rr(line, number)
    ]
    return Response.from_records(
        names.from_text(qname),
        int(dns.rdatatype.from_text(qtype)),
        records,
        rcode=int(dns.rcode.from_text(rcode)),
        flags=flags,
        **fields,
    )
