# SPDX-License-Identifier: Apache-2.0
"""Prometheus: counts every query once it is done."""

from collections.abc import Callable

from plugins.prometheus.counts import Counts
from resolver import wire
from resolver.claims import NOTHING, Claims
from resolver.clock import Clock
from resolver.engine.observed import Counted
from resolver.engine.plan import Step
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import UNWRITTEN_RCODES, Rcode, ResponseWriter
from resolver.writer import ObserverRecorder, ResponseRecorder

SERVFAIL = 2


class Prometheus(Plugin):
    """Passes every query on, and counts it when it is done, whatever became of it."""

    name = "prometheus"
    native_step = Step.OBSERVE

    def __init__(self, counts: Counts, clock: Clock) -> None:
        self._counts = counts
        self._clock = clock

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Pass the request on; count it once."""
        clock = self._clock
        started_ns = clock.now_ns()
        recorder = ObserverRecorder(writer, clock)
        rcode: Rcode = SERVFAIL  # what an exception becomes
        try:
            rcode = await self.call_next(recorder, request)
            return rcode
        finally:
            if not recorder.is_told:
                self._count(request, recorder, rcode, started_ns)

    def _count(
        self, request: Request, recorder: ResponseRecorder, rcode: Rcode, started_ns: int
    ) -> None:
        response, ended_ns = recorder.response, recorder.answered_ns
        plugin, octets = "", wire.HEADER_OCTETS + len(request.qname) + 4
        sent: Rcode | None = None
        if response is not None:
            sent, plugin, octets = response.rcode, response.plugin, len(response.wire)
        elif ended_ns:
            sent = SERVFAIL
        elif rcode in UNWRITTEN_RCODES:
            sent = rcode
        duration_s = ((ended_ns or self._clock.now_ns()) - started_ns) / 1_000_000_000
        self._counts.answered(request, sent, plugin, octets, duration_s)

    def observe_counts(self, counted: Counted) -> None:
        """Add queries that were served without the chain."""
        self._counts.observe(counted)

    @property
    def observe_rejected(self) -> Callable[[Counted], None]:
        """What is told of queries that no chain was asked about."""
        return self._counts.observe

    def claims(self) -> Claims:
        """Claim nothing: it only observes."""
        return NOTHING
