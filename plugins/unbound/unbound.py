# SPDX-License-Identifier: Apache-2.0
"""The handler: a question to libunbound, and what it says back as a response.

1. Names that are not ours go to the next plugin.
2. The policy turns down types that cannot be asked for, and RD=0; it answers ANY.
3. A flight is joined; a cap, or a flight that is late already, is an answer at once.
4. Where nothing but what the engine does as well stands between us and the client, the engine
   answers as soon as there is a result, and counts; we only wait for that.
5. What libunbound says is turned into the variant for this client: bogus data is SERVFAIL unless
   CD is set, and DNSSEC records are for those who set DO.
"""

import dns.rcode

from plugins.unbound import ede
from plugins.unbound.metrics import UnboundMetrics
from plugins.unbound.policy import ANY_RDATA, ANY_TTL_S, HINFO, Policy
from plugins.unbound.proof import Proven
from resolver import wire
from resolver.claims import NOTHING, Claims
from resolver.clock import Clock
from resolver.engine.observed import Recursed
from resolver.engine.plan import Step
from resolver.errors import Ede, ResolverError
from resolver.plugin import Plugin
from resolver.recursion.companions import Table, Waiting
from resolver.recursion.settings import RecursionSettings
from resolver.request import Request
from resolver.response import Response, Validation
from resolver.types import Place, Question, Rcode, Refused, ResponseWriter, Result
from resolver.wire import Record
from resolver.writer import place_of

RENEW = "cache/renew"  # label: the context whose cached data is to be renewed

TOO_MANY = Ede(ede.OTHER, "too many queries in flight")
LATE = Ede(ede.NO_REACHABLE_AUTHORITY, "no answer in time")
UNREACHABLE = Ede(ede.NO_REACHABLE_AUTHORITY, "")
RATE_LIMITED = Ede(ede.OTHER, "too many queries to the servers of this zone")

_AA_TC = (wire.AA | wire.TC) >> 8  # where they stand in the header's third octet
_KEPT_VARIANTS = 256


class Unbound(Plugin):
    """Answers by recursion; the last plugin for the names that it covers.

    `upstream` and `flights` are there from start-up to shutdown.
    """

    name = "unbound"
    native_step = Step.RECURSE

    def __init__(
        self,
        policy: Policy,
        settings: RecursionSettings,
        clock: Clock,
        metrics: UnboundMetrics,
    ) -> None:
        self.policy = policy
        self.settings = settings
        self.proven: Proven | None = None
        self.flights: Table | None = None
        self._clock = clock
        self._metrics = metrics
        # One result serves all waiters of a flight; what they are written is made once a variant.
        self._variants: dict[tuple[int, bool, bool], Response] = {}

    @property
    def snoop(self) -> bool:
        """Whether RD=0 sees recursive data; `cache` asks."""
        return self.policy.snoop

    @property
    def native_upstream(self) -> int | None:
        """What native flights know our upstream by, None if there are none (yet)."""
        if self.flights is None or self.proven is None:
            return None
        return self.flights.native_number(self.proven.upstream)

    def ready(self) -> bool:
        """Return whether libunbound runs; see `resolver.readiness`."""
        return self.flights is not None

    def claims(self) -> Claims:
        """Claim nothing: all that it does follows from its policy, which is data."""
        return NOTHING

    def observe_recursions(self, recursed: Recursed) -> None:
        """Add recursions for queries that were served without the chain."""
        self._metrics.add(recursed)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer by recursion; see the module."""
        policy = self.policy
        if not policy.covers(request.qname):
            if self.next_handler is None:
                return dns.rcode.REFUSED
            return await self.call_next(writer, request)
        if request.qclass != wire.IN:
            return dns.rcode.REFUSED
        refusal = policy.refused_types.get(request.qtype)
        if refusal is not None:
            if refusal.ede is None:
                return refusal.rcode
            self._write_empty(writer, request, refusal.rcode, refusal.ede)
            return dns.rcode.NOERROR
        if not request.rd and not policy.snoop:
            return dns.rcode.REFUSED
        if request.qtype == wire.ANY:
            record = Record(wire.ANSWER, request.qname, HINFO, wire.IN, ANY_TTL_S, ANY_RDATA)
            writer.write(Response.answering(request, [record], plugin=self.name))
            return dns.rcode.NOERROR
        place = place_of(writer, request)
        start_ns = self._clock.now_ns()
        flight = self._join(request, place, start_ns)
        result: Result | None = None
        try:
            result = await flight.result()
        finally:
            if result is None or not result.is_answered:
                self._count_recursion(request, start_ns, flight.is_coalesced)
        if place is not None and result.is_answered:
            place.leave()
            return dns.rcode.NOERROR
        response = self._response(request, result)
        self._metrics.answered(request.server, response.rcode)
        writer.write(response)
        return dns.rcode.NOERROR

    def _write_empty(self, writer: ResponseWriter, request: Request, rcode: int, why: Ede) -> None:
        writer.write(
            Response.answering(
                request,
                rcode=rcode,
                ede=(why,),
                plugin=self.name,
            )
        )

    def _join(self, request: Request, place: Place | None, now_ns: int) -> Waiting:
        """Return the flight that a request waits for.

        Raises ResolverError if a cap was reached, or if there is no answer in time.
        """
        if self.flights is None or self.proven is None:
            raise ResolverError("plugin/unbound: not started")
        label = request.labels.get(RENEW)
        question = Question(
            self.proven.upstream,
            request.qname,
            request.qtype,
            request.qclass,
            int(label()) if label is not None else None,
        )
        flight = self.flights.join(question, request.client, now_ns // 1_000_000, place)
        if isinstance(flight, Refused):
            self._metrics.refused(request.server, flight.reason)
            raise ResolverError(f"plugin/unbound: {TOO_MANY.text}", ede=TOO_MANY)
        if flight.is_late:
            if flight.is_coalesced:
                self._metrics.count("coalesced", request.server)
            self._metrics.count("deadline_missed", request.server)
            raise ResolverError(f"plugin/unbound: {LATE.text}", ede=LATE)
        return flight

    def _count_recursion(self, request: Request, start_ns: int, is_coalesced: bool) -> None:
        """Count one that is over, or that is waited for no more."""
        metrics, server, now_ns = self._metrics, request.server, self._clock.now_ns()
        if is_coalesced:
            metrics.count("coalesced", server)
        metrics.took(server, (now_ns - start_ns) / 1_000_000_000)
        if now_ns // 1_000_000 >= request.deadline_ms:
            metrics.count("deadline_missed", server)

    def _count(self, request: Request, result: Result) -> None:
        if result.wire is not None:
            if result.secure:
                self._metrics.count("secure", request.server)
            elif result.why_bogus is not None:
                self._metrics.count("bogus", request.server)

    def _response(self, request: Request, result: Result) -> Response:
        self._count(request, result)
        key = (result.ticket, request.do, request.cd)
        response = self._variants.get(key)
        if response is None:
            if len(self._variants) >= _KEPT_VARIANTS:
                del self._variants[next(iter(self._variants))]  # the oldest: its waiters have it
            response = self._variants[key] = self._variant(request, result)
        return response

    def _variant(self, request: Request, result: Result) -> Response:
        """Return the response for clients with this DO and CD.

        1. No message: SERVFAIL, with why as far as libunbound tells. 2. Bogus without CD: SERVFAIL
        (RFC 4035, 5.5). 3. Data, with DNSSEC records for DO only (RFC 4035, 3.1).
        """
        if result.wire is None or (result.why_bogus is not None and not request.cd):
            validation = Validation.NONE
            if result.was_ratelimited:
                why = RATE_LIMITED
            elif result.why_bogus is not None:
                why = ede.of_bogus(result.why_bogus, self.policy.bogus)
                validation = Validation.BOGUS
            else:
                why = UNREACHABLE
            return Response.answering(
                request,
                rcode=dns.rcode.SERVFAIL,
                ede=(why,),
                validation=validation,
                recursive=True,
                plugin=self.name,
                context=result.context,
            )
        if result.why_bogus is not None:
            validation = Validation.BOGUS
        else:
            validation = Validation.SECURE if result.secure else Validation.INSECURE
        octets, wall_s = result.wire, self._clock.wall_s()
        form = None if self.flights is None else self.flights.form
        if form is not None:
            made, rrs = form(octets, wall_s, dnssec=request.do)
            rcode, context = octets[3] & 15, result.context
            return Response(made, rcode, rrs, validation, True, (), (), self.name, context)
        if octets[2] & _AA_TC:  # libunbound sets AA on its local zones; we are no authority
            octets = octets[:2] + bytes((octets[2] & ~_AA_TC,)) + octets[3:]
        return Response.from_wire(
            octets,
            wall_s=wall_s,
            dnssec=request.do,
            validation=validation,
            recursive=True,
            plugin=self.name,
            context=result.context,
        )
