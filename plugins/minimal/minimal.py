# SPDX-License-Identifier: Apache-2.0
"""Minimal: answers without the authority and additional sections, where a client can do without."""

from collections.abc import Coroutine
from typing import Any

from resolver import wire
from resolver.claims import NOTHING, Claims
from resolver.classify import Kind, kind_of
from resolver.engine.plan import Step
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Place, Rcode, ResponseWriter
from resolver.wire import RR
from resolver.writer import WriterWrapper, place_of

_PROOFS = frozenset({wire.NSEC, wire.NSEC3})


class Minimal(Plugin):
    """Makes positive answers smaller on their way back; all other responses pass."""

    name = "minimal"
    native_step = Step.SHORTEN

    def claims(self) -> Claims:
        """Claim nothing: there is a native form of all of it."""
        return NOTHING

    def serve_dns(self, writer: ResponseWriter, request: Request) -> Coroutine[Any, Any, Rcode]:
        """Pass the request on, with a writer that leaves out what need not be there."""
        return self.call_next(MinimalWriter(writer), request)


class MinimalWriter(WriterWrapper):
    """Writes less of a positive answer."""

    def place(self, request: Request) -> Place | None:
        """Return the place below: the engine leaves out what we do."""
        return place_of(self._writer, request)

    def write(self, response: Response) -> None:
        """Write a response; a positive answer without what `_is_spare` picks.

        Denials need their SOA record (RFC 2308, 3) and delegations their NS records.
        """
        if kind_of(response) is Kind.NO_ERROR:
            response = response.without(lambda rr: _is_spare(response, rr))
        super().write(response)


def _is_spare(response: Response, rr: RR) -> bool:
    """Return whether a record of a positive answer can be left out.

    All of the authority and additional sections, but for the NSEC and NSEC3 records that prove an
    answer made from a wildcard, and their signatures (RFC 4035, 3.1.3.3): who validates needs them.
    """
    if rr.section == wire.ANSWER:
        return False
    rtype = rr.rtype
    if rtype == wire.RRSIG:
        rtype = wire.covered_type(wire.read_rdata(response.wire, rr))
    return rr.section != wire.AUTHORITY or rtype not in _PROOFS
