# SPDX-License-Identifier: Apache-2.0
"""Chaos: what the server is, as TXT records in class CH (RFC 4892)."""

import random
from collections.abc import Mapping, Sequence

import dns.rcode

from resolver import names, wire
from resolver.claims import Claim, Claims
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from resolver.wire import Record

MAX_STRING_OCTETS = 255  # RFC 1035, 3.3

AUTHORS = names.from_text("authors.bind")
VERSION_NAMES = (names.from_text("version.bind"), names.from_text("version.server"))
HOST_NAMES = (names.from_text("hostname.bind"), names.from_text("id.server"))

_CLAIMS = (Claim(qclasses=frozenset({wire.CH})),)


class Chaos(Plugin):
    """Answers TXT queries in class CH for five names; all others pass.

    Texts are cut to 255 octets. The authors stand in another order every time.
    """

    name = "chaos"

    def __init__(self, version: str, authors: Sequence[str], host: str, rng: random.Random) -> None:
        self._strings: Mapping[bytes, Sequence[bytes]] = {
            **dict.fromkeys(VERSION_NAMES, (_string(version),)),
            **dict.fromkeys(HOST_NAMES, (_string(host),)),
            AUTHORS: tuple(_string(author) for author in authors),
        }
        self._rng = rng

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Write the texts of a name, a record each, or pass the request on."""
        strings = self._strings.get(request.qname)
        if request.qclass != wire.CH or request.qtype != wire.TXT or strings is None:
            return await self.call_next(writer, request)
        records = [
            Record(wire.ANSWER, request.qname, wire.TXT, wire.CH, 0, string)
            for string in self._rng.sample(strings, len(strings))
        ]
        writer.write(
            Response.from_records(
                request.qname, request.qtype, records, qclass=wire.CH, plugin=self.name
            )
        )
        return dns.rcode.NOERROR

    def claims(self) -> Claims:
        """Claim class CH."""
        return _CLAIMS


def _string(text: str) -> bytes:
    """Return a character-string; what is too long is cut between characters."""
    octets = text.encode()[:MAX_STRING_OCTETS].decode(errors="ignore").encode()
    return bytes((len(octets),)) + octets
