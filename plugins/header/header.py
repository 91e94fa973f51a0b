# SPDX-License-Identifier: Apache-2.0
"""Header: bits that an operator wants set or cleared, whatever the chain says.

AA is the response's own, and is altered on its way back. RA and RD are put into responses when
they are sent, so that they are settings of the server block; RD of a query is what the plugins
behind see.
"""

from collections.abc import Mapping

from resolver import wire
from resolver.claims import EVERYTHING, NOTHING, Claims
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from resolver.writer import WriterWrapper

BITS = ("aa", "ra", "rd")

Rules = Mapping[str, bool]
"""A bit's name, and whether it is set or cleared."""


class Header(Plugin):
    """Alters RD of queries and AA of responses, as the rules say."""

    name = "header"

    def __init__(self, query: Rules, response: Rules) -> None:
        self._query_rd = query.get("rd")
        self._aa = response.get("aa")

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Pass the request on with the bits that it is to have."""
        if self._query_rd is not None and request.rd != self._query_rd:
            request = request.replace(rd=self._query_rd)
        if self._aa is not None:
            writer = AuthorityWriter(writer, self._aa)
        return await self.call_next(writer, request)

    def claims(self) -> Claims:
        """Claim everything if it alters anything here: the bits of the block cost nothing."""
        return NOTHING if self._query_rd is None and self._aa is None else EVERYTHING


class AuthorityWriter(WriterWrapper):
    """Sets or clears AA of what is written; its records and validation state stay."""

    def __init__(self, writer: ResponseWriter, aa: bool) -> None:
        super().__init__(writer)
        self._aa = aa

    def write(self, response: Response) -> None:
        """Write a response with AA as it is to be."""
        flags = response.flags & ~wire.AA | (wire.AA if self._aa else 0)
        if flags != response.flags:
            octets = response.wire[:2] + wire.WORD.pack(flags) + response.wire[4:]
            response = response.replace(
                wire=octets, rrs=response.rrs, validation=response.validation
            )
        super().write(response)
