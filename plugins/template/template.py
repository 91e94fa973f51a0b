# SPDX-License-Identifier: Apache-2.0
"""Template: the first rule that matches makes the response."""

import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

import dns.rcode

from plugins.template.metrics import TemplateMetrics
from plugins.template.record_text import record_of
from plugins.template.rule import SECTIONS, Miss, Rule
from plugins.template.text_template import TextTemplate
from resolver import compose, names, wire
from resolver.claims import Claims
from resolver.clock import Clock
from resolver.errors import DomainNameError, ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter, Upstream
from resolver.wire import Record

_log = logging.getLogger("plugin/template")


class Template(Plugin):
    """Answers with AA what its rules match; without a match it fails or passes the question on."""

    name = "template"

    def __init__(
        self, rules: Sequence[Rule], upstream: Upstream, clock: Clock, metrics: TemplateMetrics
    ) -> None:
        self.rules = tuple(rules)
        self._upstream = upstream
        self._clock = clock
        self._metrics = metrics

    def serve_dns(self, writer: ResponseWriter, request: Request) -> Coroutine[Any, Any, Rcode]:
        """Write what the first rule that matches makes, or pass the request on."""
        for rule in self.rules:
            data = rule.match(request)
            if data is not Miss.FURTHER:
                return self._answer(writer, request, rule, data)
        return self.call_next(writer, request)

    def claims(self) -> Claims:
        """Claim the zones, types and classes of the rules."""
        return tuple(rule.claim() for rule in self.rules)

    async def _answer(
        self, writer: ResponseWriter, request: Request, rule: Rule, data: Mapping[str, Any] | Miss
    ) -> Rcode:
        if isinstance(data, Miss):
            return dns.rcode.SERVFAIL
        self._metrics.matched(request, data)
        if rule.rcode == dns.rcode.SERVFAIL and not rule.ede:
            return dns.rcode.SERVFAIL
        records: list[Record] = []
        recursive = False
        for section, templates in rule.records.items():
            for template in templates:
                record = self._record(request, data, section, template)
                records.append(record)
                if section == "answer" and record.rtype == wire.CNAME:
                    chased = await self._chase(request, record.rdata)
                    if chased is not None:
                        recursive = recursive or chased.recursive
                        records += (r for r in chased.records() if r.section == wire.ANSWER)
        writer.write(
            Response.answering(
                request,
                compose.equalise_ttls(records, self._clock.wall_s()),
                rcode=rule.rcode,
                flags=wire.AA,
                recursive=recursive,
                ede=rule.ede,
                plugin=self.name,
            )
        )
        return dns.rcode.NOERROR

    def _record(
        self, request: Request, data: Mapping[str, Any], section: str, template: TextTemplate
    ) -> Record:
        """Return the record that a template gives. Raises ResolverError if it gives none."""
        rendered = False
        try:
            text = template.render(data)
            rendered = True
            return record_of(text, SECTIONS[section])
        except (ValueError, DomainNameError) as error:
            self._metrics.failed(request, data, section, template.text, rendered=rendered)
            raise ResolverError(f"plugin/template: {section} '{template.text}': {error}") from None

    async def _chase(self, request: Request, target: bytes) -> Response | None:
        """Return what the server says of an alias's target, None if that is nothing."""
        if request.qtype not in (wire.A, wire.AAAA):
            return None
        try:
            return await self._upstream.lookup(request, names.lower(target), request.qtype)
        except ResolverError as error:
            _log.warning("alias of %s answered without its target: %s", request.name, error)
            return None
