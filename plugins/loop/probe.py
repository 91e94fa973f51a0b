# SPDX-License-Identifier: Apache-2.0
"""Probes: queries of nobody's, for names that are made of chance."""

import random

from resolver import compose, wire
from resolver.request import Endpoint, Request, Transport
from resolver.response import Response

HINFO = 13
PATIENCE_MS = 4000
MAX_LABEL_OCTETS = 19  # digits of a number of 62 bits
NOBODY = Endpoint("127.0.0.1", 0)


def random_label(rng: random.Random) -> bytes:
    """Return a label of digits, at most MAX_LABEL_OCTETS."""
    return str(rng.getrandbits(62)).encode()


def probe_request(qname: bytes, server: str, zone: bytes, now_ms: int) -> Request:
    """Return a query for HINFO with RD, as if it had come in by `server` for its `zone`."""
    octets, _ = compose.compose(qname, HINFO, wire.IN, wire.RD, ())
    return Request(
        wire=octets,
        id=0,
        rd=True,
        ad=False,
        cd=False,
        do=False,
        qname=qname,
        qname_sent=qname,
        qtype=HINFO,
        qclass=wire.IN,
        edns=None,
        client=NOBODY,
        local=NOBODY,
        transport=Transport.DO53_UDP,
        received_ms=now_ms,
        deadline_ms=now_ms + PATIENCE_MS,
        server=server,
        zone=zone,
    )


class NoClient:
    """A ResponseWriter that sends nothing; it keeps the response."""

    def __init__(self, request: Request) -> None:
        self.client = request.client
        self.local = request.local
        self.transport = request.transport
        self.response: Response | None = None

    def write(self, response: Response) -> None:
        """Keep a response."""
        self.response = response

    def at_deadline(self, callback: object) -> None:
        """Leave it: nobody waits, so that there is no deadline."""
