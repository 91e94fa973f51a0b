# SPDX-License-Identifier: Apache-2.0
"""Nsid: a token that tells which server answered, to clients that ask for it (RFC 5001)."""

import dns.rcode

from resolver.claims import Claim, Claims
from resolver.errors import Ede, ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import UNWRITTEN_RCODES, Rcode, ResponseWriter
from resolver.writer import WriterWrapper

NSID = 3  # OPTION-CODE (RFC 5001, 2.3)

_CLAIMS = (Claim(edns_options=frozenset({NSID})),)


class Nsid(Plugin):
    """Adds the option to the response of whoever sent it; all others pass.

    What the chain leaves to the server, an RCODE or a failure, is written here in its place: it is
    then that one wants to know which server it was.
    """

    name = "nsid"

    def __init__(self, token: bytes) -> None:
        self._option = (NSID, token)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Pass the request on, with a writer that adds the option if it is asked for."""
        if request.edns is None or all(code != NSID for code, _ in request.edns.options):
            return await self.call_next(writer, request)
        wrapped = NsidWriter(writer, self._option)
        try:
            rcode = await self.call_next(wrapped, request)
        except ResolverError as error:
            wrapped.write(self._bare(request, dns.rcode.SERVFAIL, error.ede))
            raise  # the server's SERVFAIL comes too late to be sent
        if rcode not in UNWRITTEN_RCODES:
            return rcode
        wrapped.write(self._bare(request, rcode))
        return dns.rcode.NOERROR

    def _bare(self, request: Request, rcode: Rcode, ede: Ede | None = None) -> Response:
        return Response.answering(
            request,
            rcode=rcode,
            ede=() if ede is None else (ede,),
            plugin=self.name,
        )

    def claims(self) -> Claims:
        """Claim queries that carry the option."""
        return _CLAIMS


class NsidWriter(WriterWrapper):
    """Adds an option to what is written, in place of one with the same code."""

    def __init__(self, writer: ResponseWriter, option: tuple[int, bytes]) -> None:
        super().__init__(writer)
        self._option = option

    def write(self, response: Response) -> None:
        """Write a response with the option."""
        others = (each for each in response.options if each[0] != self._option[0])
        super().write(response.replace(options=(*others, self._option)))
