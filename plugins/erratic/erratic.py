# SPDX-License-Identifier: Apache-2.0
"""Erratic: static answers, some of them dropped, late or truncated, to try clients on."""

import asyncio
from dataclasses import dataclass

import dns.rcode

from resolver import names, wire
from resolver.clock import Clock
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from resolver.wire import Record

LARGE_RECORDS = 30

_A = bytes((192, 0, 2, 53))
_AAAA = bytes.fromhex("20010db8000000000000000000000053")
_SOA = (
    names.from_text("ns1.example.org")
    + names.from_text("hostmaster.example.org")
    + b"".join(wire.LONG.pack(number) for number in (1, 3600, 3600, 3600, 3600))
)


@dataclass(frozen=True, slots=True)
class Every:
    """Which queries are treated badly: the first, and every Nth after it; 0 for none.

    delay_ms: how late those answers are. large: whether answers have 30 records.
    """

    drop: int = 0
    truncate: int = 0
    delay: int = 0
    delay_ms: int = 100
    large: bool = False


class Erratic(Plugin):
    """Answers A, AAAA and AXFR queries with fixed data, all others with SERVFAIL."""

    name = "erratic"

    def __init__(self, every: Every, clock: Clock) -> None:
        self.every = every
        self._clock = clock
        self._queries = 0

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer, unless it is this query's turn to be dropped."""
        number, every = self._queries, self.every
        self._queries += 1
        if _is_turn(number, every.drop):
            return dns.rcode.NOERROR
        if _is_turn(number, every.delay):
            await self._wait()
        records = self._records(request)
        if records is None:
            return dns.rcode.SERVFAIL
        flags = wire.AA | (wire.TC if _is_turn(number, every.truncate) else 0)
        writer.write(
            Response.answering(
                request,
                records,
                flags=flags,
                plugin=self.name,
            )
        )
        return dns.rcode.NOERROR

    def ready(self) -> bool:
        """Return whether it says that it is ready: after three queries, until there are five."""
        return 3 <= self._queries < 5

    def _records(self, request: Request) -> list[Record] | None:
        """Return the answer; a zone transfer is SOA, A and SOA in one message (RFC 5936, 2.2)."""
        owner, number = request.qname, LARGE_RECORDS if self.every.large else 1
        match request.qtype:
            case wire.A:
                rdata = [_A[:3] + bytes((_A[3] + index,)) for index in range(number)]
            case wire.AAAA:
                rdata = [_AAAA[:15] + bytes((_AAAA[15] + index,)) for index in range(number)]
            case wire.AXFR:
                kinds = ((wire.SOA, _SOA), (wire.A, _A), (wire.SOA, _SOA))
                return [
                    Record(wire.ANSWER, owner, rtype, request.qclass, 0, octets)
                    for rtype, octets in kinds
                ]
            case _:
                return None
        return [
            Record(wire.ANSWER, owner, request.qtype, request.qclass, 0, octets) for octets in rdata
        ]

    async def _wait(self) -> None:
        over = asyncio.get_running_loop().create_future()
        timer = self._clock.call_later(
            self.every.delay_ms, lambda: None if over.done() else over.set_result(None)
        )
        try:
            await over
        finally:
            timer.cancel()


def _is_turn(number: int, every: int) -> bool:
    return every > 0 and number % every == 0
