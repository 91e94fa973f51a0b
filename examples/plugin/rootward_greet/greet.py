# SPDX-License-Identifier: Apache-2.0
"""Greet: answers TXT questions with a text."""

import functools

import dns.rcode

from resolver.claims import Claim, Claims
from resolver.metrics import Metrics
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from resolver.wire import ANSWER, TXT, Record

MAX_TEXT_OCTETS = 255  # RFC 1035, 3.3: a character-string


class Greet(Plugin):
    """Answers TXT questions; all others are the next plugin's."""

    name = "greet"

    def __init__(self, text: bytes, ttl_s: int, metrics: Metrics) -> None:
        self._rdata = bytes([len(text)]) + text
        self._ttl_s = ttl_s
        counter = metrics.counter(
            "coredns_greet_greetings_total", "Counter of greetings.", ["server"]
        )
        self._greetings = functools.cache(counter.labels)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Write the text, or call the next plugin."""
        if request.qtype != TXT:
            return await self.call_next(writer, request)
        record = Record(ANSWER, request.qname, TXT, request.qclass, self._ttl_s, self._rdata)
        writer.write(
            Response.from_records(
                request.qname, TXT, [record], qclass=request.qclass, plugin=self.name
            )
        )
        self._greetings(request.server).inc()
        return dns.rcode.NOERROR

    def claims(self) -> Claims:
        """Claim TXT."""
        return (Claim(qtypes={TXT}),)
