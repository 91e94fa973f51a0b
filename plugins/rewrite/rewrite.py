# SPDX-License-Identifier: Apache-2.0
"""Rewrite: runs a query through the rules, and its responses back through what they noted."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import dns.rcode

from plugins.rewrite.matching import Rewriter
from plugins.rewrite.rule import Change, Draft, Rule
from plugins.rewrite.values import rewritten
from resolver import compose, names, wire
from resolver.claims import Claims
from resolver.clock import Clock
from resolver.errors import DomainNameError, Ede, ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import UNWRITTEN_RCODES, Rcode, ResponseWriter, Upstream
from resolver.wire import Record
from resolver.writer import HeldWriter, WriterWrapper

_log = logging.getLogger("plugin/rewrite")

_IMPOSSIBLE = Ede(0, "invalid name after rewrite")


class Step(NamedTuple):
    """A rule, and whether the rules behind it are tried where it applies."""

    rule: Rule
    continues: bool


class Rewrite(Plugin):
    """Rewrites by its rules, in their order; responses are changed in the reverse order."""

    name = "rewrite"

    def __init__(self, steps: Sequence[Step], upstream: Upstream, clock: Clock) -> None:
        self.steps = tuple(steps)
        self._upstream = upstream
        self._clock = clock

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Pass on what the rules make of the request; put responses right."""
        asked = request
        changes: list[Change] = []
        aliases: list[Rewriter] = []
        may_answer = False
        for rule, continues in self.steps:
            outcome = rule.apply(asked)
            if outcome is None:
                continue
            asked = outcome.request
            changes[:0] = outcome.changes
            may_answer = may_answer or outcome.may_answer
            if outcome.alias is not None:
                aliases.append(outcome.alias)
            if not continues:
                break
        if asked is request and not changes and not aliases:
            return await self.call_next(writer, request)
        back = _Changing(writer, request, changes, self._clock)
        held = HeldWriter(back) if aliases else None
        try:
            rcode = await self.call_next(held or back, asked)
        except ResolverError as error:
            if may_answer:  # the error goes on to be logged; the server's own answer is too late
                ede = () if error.ede is None else (error.ede,)
                back.write(_bare(asked, dns.rcode.SERVFAIL, ede))
            raise
        if held is not None and held.response is not None:
            back.write(await self._follow(asked, held.response, aliases))
        elif may_answer and rcode in UNWRITTEN_RCODES:
            back.write(_bare(asked, rcode))
            return dns.rcode.NOERROR
        return rcode

    def claims(self) -> Claims:
        """Claim what the rules are for."""
        return tuple(step.rule.claim() for step in self.steps)

    async def _follow(
        self, request: Request, response: Response, aliases: Sequence[Rewriter]
    ) -> Response:
        """Return a response whose first alias that is rewritten leads to its new target."""
        records = response.records()
        for at, record in enumerate(records):
            if record.section != wire.ANSWER or record.rtype != wire.CNAME:
                continue
            target = _target(record.rdata, aliases)
            if target is None:
                continue
            chain = [*records[:at], record._replace(rdata=target)]
            recursive, rcode = response.recursive, dns.rcode.NOERROR
            if request.qtype != wire.CNAME:
                try:
                    found = await self._upstream.lookup(request, target, request.qtype)
                except ResolverError as error:
                    _log.warning("alias of %s leads nowhere: %s", request.name, error)
                    return _bare(request, dns.rcode.SERVFAIL)
                chain += (r for r in found.records() if r.section == wire.ANSWER)
                recursive, rcode = recursive or found.recursive, dns.rcode.Rcode(found.rcode)
            return _like(response, request, chain, rcode=rcode, recursive=recursive)
        return response


class _Changing(WriterWrapper):
    """Gives responses the question that the client asked, and changes them."""

    def __init__(
        self, writer: ResponseWriter, request: Request, changes: Sequence[Change], clock: Clock
    ) -> None:
        super().__init__(writer)
        self._request = request
        self._changes = changes
        self._clock = clock

    def write(self, response: Response) -> None:
        """Pass another response on; the same, if nothing of it changes."""
        request, question = self._request, response.question
        before = response.records()
        draft = Draft(response.rcode, list(before), list(response.options))
        try:
            for change in self._changes:
                change(draft)
        except DomainNameError:
            super().write(_bare(request, dns.rcode.SERVFAIL, (_IMPOSSIBLE,)))
            return
        options = tuple(draft.options)
        asked = (request.qname, request.qtype, request.qclass)
        if (question[:3], draft.rcode, draft.records) == (asked, response.rcode, before):
            kept = response if options == response.options else response.replace(options=options)
            super().write(kept)
            return
        records = compose.equalise_ttls(draft.records, self._clock.wall_s())
        made = _like(response, request, records, rcode=draft.rcode, recursive=response.recursive)
        super().write(made.replace(options=options))


def _target(rdata: bytes, aliases: Sequence[Rewriter]) -> bytes | None:
    """Return what a target becomes by the first rule for it. Raises DomainNameError."""
    name = names.lower(rdata)
    for alias in aliases:
        target = rewritten(name, alias)
        if target != name:
            return target
    return None


def _like(
    response: Response, request: Request, records: Sequence[Record], *, rcode: int, recursive: bool
) -> Response:
    """Return a response to `request` with other records: nothing that was validated."""
    return Response.answering(
        request,
        records,
        rcode=rcode,
        flags=response.flags,
        recursive=recursive,
        ede=response.ede,
        options=response.options,
        plugin=response.plugin,
    )


def _bare(request: Request, rcode: Rcode, ede: tuple[Ede, ...] = ()) -> Response:
    return Response.answering(
        request,
        rcode=rcode,
        ede=ede,
        plugin="rewrite",
    )
