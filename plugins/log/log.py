# SPDX-License-Identifier: Apache-2.0
"""Log: tells of every query once it is done, by the first rule that its name falls under."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from plugins.log.exchange import Exchange
from plugins.log.lines import Formatter
from plugins.log.objects import as_json
from plugins.log.served import Served
from plugins.log.told import Told
from resolver import names
from resolver.block import Block
from resolver.claims import NOTHING, Claim, Claims
from resolver.classify import Class
from resolver.clock import Clock
from resolver.engine.lines import LineRule, Program
from resolver.engine.observed import Event, Wanted
from resolver.engine.plan import Step
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import UNWRITTEN_RCODES, Rcode, ResponseWriter
from resolver.writer import ObserverRecorder, ResponseRecorder

SERVFAIL = 2

# The process's log prints such a record alone: JSON has nothing in front of it.
_WHOLE_LINE = {"is_line": True}


@dataclass(frozen=True, slots=True)
class Rule:
    """Queries at or below `zone` whose response is of one of `classes` (None: any) are logged.

    needs_labels: the line tells labels that other plugins give a query. program: the line as data;
    None: only Python can write it.
    """

    zone: bytes
    line: Formatter
    classes: frozenset[Class] | None = None
    needs_labels: bool = False
    program: Program | None = None

    @property
    def as_data(self) -> LineRule:
        """The same for an engine that writes lines without Python."""
        wanted = self.classes if self.classes is not None else frozenset(Class)
        return LineRule(self.zone, wanted, self.program, self.line is as_json)


class Log(Plugin):
    """Passes every query on, and writes a line at INFO when it is done."""

    name = "log"
    native_step = Step.OBSERVE

    def __init__(
        self, rules: Sequence[Rule], block: Block, clock: Clock, logger: logging.Logger
    ) -> None:
        self.rules = tuple(rules)
        self._block = block
        self._clock = clock
        self._logger = logger
        every = frozenset(Class)
        self.wanted = Wanted(
            frozenset(kind for rule in rules for kind in rule.classes or every),
            frozenset(rule.zone for rule in rules),
        )
        self.line_rules = tuple(rule.as_data for rule in rules)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Pass the request on; count it once, whatever becomes of it."""
        rule = self._rule(request.qname)
        if rule is None:
            return await self.call_next(writer, request)
        started_ns = self._clock.now_ns()
        # Labels of a query are known to nobody but its chain
        record = ResponseRecorder if rule.needs_labels else ObserverRecorder
        recorder = record(writer, self._clock)
        rcode: Rcode = SERVFAIL  # what an exception becomes
        try:
            rcode = await self.call_next(recorder, request)
            return rcode
        finally:
            if not recorder.is_told:
                exchange = self._exchange(request, recorder, rcode, started_ns)
                self._tell(rule, exchange, exchange.response_class)

    def _exchange(
        self, request: Request, recorder: ResponseRecorder, rcode: Rcode, started_ns: int
    ) -> Exchange:
        """Return what is known of a query that is done."""
        response, ended_ns = recorder.response, recorder.answered_ns
        if response is None and ended_ns:
            rcode = SERVFAIL
        return Exchange(
            request,
            response,
            rcode if rcode in UNWRITTEN_RCODES else None,
            (ended_ns or self._clock.now_ns()) - started_ns,
            self._block.recursion_available,
            self._clock.wall_s(),
        )

    def observe(self, events: Sequence[Event]) -> None:
        """Write the lines of queries for which the chain was not run, and that the engine left."""
        for event in events:
            rule = self._rule(event.qname)
            if rule is not None:
                self._tell(rule, Served(event), event.response_class)

    def _rule(self, qname: bytes) -> Rule | None:
        return next((r for r in self.rules if names.is_below(qname, r.zone)), None)

    def _tell(self, rule: Rule, told: Told, kind: Class) -> None:
        if rule.classes is None or kind in rule.classes:
            extra = _WHOLE_LINE if rule.line is as_json else None
            self._logger.info("%s", rule.line(told), extra=extra)

    def claims(self) -> Claims:
        """Claim the names whose lines tell labels: only the chain gives a query labels."""
        zones = frozenset(rule.zone for rule in self.rules if rule.needs_labels)
        return (Claim(zones=zones),) if zones else NOTHING
