# SPDX-License-Identifier: Apache-2.0
"""The handler of `unbound` on a stand-in for libunbound, for tests of either."""

import asyncio
from collections.abc import Callable
from typing import Any

import dns.rcode

from plugins.unbound.metrics import UnboundMetrics
from plugins.unbound.policy import Policy
from plugins.unbound.proof import Proven
from plugins.unbound.unbound import Unbound
from resolver.metrics import Metrics
from resolver.recursion.caps import Limits
from resolver.recursion.flight import FlightTable
from resolver.recursion.settings import RecursionSettings, Where
from resolver.request import Request
from resolver.response import Response
from resolver.testing import FixedClock, RecordingWriter, request, response
from resolver.types import Rcode, Result, Submission
from tests.recursion.stand_in import UP, Recursions, settle

SERVER = {"server": "dns://:53"}
ADDRESS = "www.example.org. 300 IN A 192.0.2.1"
SIGNATURE = (
    "www.example.org. 300 IN RRSIG A 13 3 300 20380101000000 20200101000000 1 example.org. AAAA"
)
SIGNED = response("www.example.org. A", [ADDRESS, SIGNATURE]).wire
WHY = "validation failure <www.example.org. A IN>: signature expired from 192.0.2.53"

Say = Callable[[Submission], Result]


def said(octets: bytes | None, *, rcode: int = 0, **fields: Any) -> Say:
    """Return what makes a result of a submission."""
    defaults: dict[str, Any] = {"secure": False, "why_bogus": None, "context": 0}
    return lambda submission: Result(
        ticket=submission.ticket, rcode=rcode, wire=octets, **{**defaults, **fields}
    )


class World:
    """A handler whose flights end in a stand-in; `metrics` is what it counted."""

    def __init__(self, policy: Policy | None = None, limits: Limits | None = None) -> None:
        self.clock = FixedClock()
        self.metrics = Metrics()
        self.recursions = Recursions()
        self.flights = FlightTable(self.recursions, limits)
        settings = RecursionSettings(Where("Corefile", 1))
        self.handler = Unbound(
            policy or Policy(), settings, self.clock, UnboundMetrics(self.metrics)
        )
        self.handler.proven = Proven(UP, b"", (), ())
        self.handler.flights = self.flights

    def serve(self, asked: Request, say: Say, writer: RecordingWriter) -> Rcode:
        """Return what the handler returns to one query."""

        async def main() -> Rcode:
            self.open()
            task = asyncio.get_running_loop().create_task(self.handler.serve_dns(writer, asked))
            await settle()
            self.answer(say)
            try:
                return await task
            finally:
                self.close()

        return asyncio.run(main())

    def open(self) -> None:
        self.flights.attach()
        self.flights.open(UP, 0, 100)

    def answer(self, say: Say) -> None:
        if self.recursions.asked:
            self.recursions.say(*(say(submission) for submission in self.recursions.asked))

    def close(self) -> None:
        self.flights.detach()
        self.recursions.close()

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.value(name, **{**SERVER, **labels})


def ask(question: str, say: Say, world: World | None = None, **fields: Any) -> Response:
    """Return the response that is written to a query; the handler says that it wrote it."""
    writer = RecordingWriter()
    world = world or World()
    assert world.serve(request(question, **fields), say, writer) == dns.rcode.NOERROR
    assert len(writer.responses) == 1
    return writer.response
