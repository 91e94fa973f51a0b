# SPDX-License-Identifier: Apache-2.0
"""Errors: logs each ResolverError that comes back through the chain, once, and passes it on."""

import logging
from collections.abc import Sequence

import dns.rcode
import dns.rdatatype

from plugins.errors.consolidate import Pattern
from resolver.claims import NOTHING, Claims
from resolver.engine.observed import FAILURES, Event, Wanted
from resolver.engine.plan import Step
from resolver.errors import ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import Rcode, ResponseWriter


class Errors(Plugin):
    """Logs `RCODE NAME TYPE: TEXT` at ERROR, or counts it under the first pattern that takes it."""

    name = "errors"
    native_step = Step.OBSERVE
    wanted = Wanted(failures=True)

    def __init__(self, patterns: Sequence[Pattern], logger: logging.Logger) -> None:
        self.patterns = tuple(patterns)
        self._logger = logger

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Pass the request on. Raises the ResolverError that it has logged: the server answers."""
        try:
            return await self.call_next(writer, request)
        except ResolverError as error:
            self._log(request.name, request.qtype, str(error))
            raise

    def observe(self, events: Sequence[Event]) -> None:
        """Log the failures of queries for which the chain was not run."""
        for event in events:
            if event.failure:
                self._log(event.name, event.qtype, FAILURES[event.failure])

    def _log(self, name: str, qtype: int, text: str) -> None:
        shown = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(qtype))
        line = f"{int(dns.rcode.SERVFAIL)} {name} {shown}: {text}"
        for pattern in self.patterns:
            if pattern.takes(text):
                pattern.count(line)
                return
        self._logger.error("%s", line)

    async def flush(self) -> None:
        """Tell what is counted so far."""
        for pattern in self.patterns:
            pattern.flush()

    def claims(self) -> Claims:
        """Claim nothing: it only observes."""
        return NOTHING
