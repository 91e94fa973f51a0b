# SPDX-License-Identifier: Apache-2.0
"""File: zones from zone files, served as an authoritative server does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

import dns.rcode

from plugins.file.lookup import Result
from plugins.file.source import Loaded, ZoneSource
from resolver import names, wire
from resolver.claims import Claim, Claims
from resolver.corefile.controller import Server
from resolver.errors import Ede, ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter, Upstream

_TRANSFERS = frozenset({wire.AXFR, wire.IXFR})
_NOBODY_KNOWS = frozenset({dns.rcode.REFUSED, dns.rcode.NOTIMP})
_NOT_READY = 14  # RFC 8914, 4.15


@dataclass
class ServedZone:
    """A zone and where it comes from. `fallthrough`: zones whose unknown names others may know."""

    source: ZoneSource
    loaded: Loaded
    fallthrough: tuple[bytes, ...] = ()
    replaced: Loaded | None = None


class File(Plugin):
    """Answers for all names at or below its zones; `zones` are by origin."""

    name = "file"

    def __init__(
        self, zones: Mapping[bytes, ServedZone], upstream: Upstream, server: Server
    ) -> None:
        self.zones = dict(zones)
        self._upstream = upstream
        self._server = server

    async def start(self) -> None:
        """Forget what is stored of zones that were others in the configuration before."""
        for origin, zone in self.zones.items():
            if zone.replaced is not None:
                self._server.names_changed(ZoneNames(origin, zone.replaced, zone.loaded))
                zone.replaced = None

    async def read_again(self, origins: Iterable[bytes]) -> None:
        """Read the files of some zones, if they have changed; queries are answered meanwhile."""
        for origin in origins:
            zone = self.zones[origin]
            before = zone.loaded
            zone.loaded = await asyncio.to_thread(zone.source.read_again, before)
            if zone.loaded.zone is not before.zone:
                self._server.names_changed(ZoneNames(origin, before, zone.loaded))

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer for the zones. Raises ResolverError for one that is not loaded."""
        origin = self._origin(request) if request.qclass == wire.IN else None
        if origin is None:
            return await self.call_next(writer, request)
        if request.qtype in _TRANSFERS:
            return dns.rcode.REFUSED
        zone = self.zones[origin]
        if zone.loaded.lookup is None:
            text = f"zone {names.to_text(origin)} is not loaded"
            raise ResolverError(f"plugin/file: {text}", ede=Ede(_NOT_READY, text))
        result = zone.loaded.lookup(request.qname, request.qtype, request.do)
        is_unknown = result.rcode == dns.rcode.NXDOMAIN and not result.answer
        if is_unknown and names.longest_match(request.qname, zone.fallthrough) is not None:
            return await self.call_next(writer, request)
        if result.target is None:
            writer.write(self._response(request, result))
        else:
            writer.write(await self._complete(request, result, result.target))
        return dns.rcode.NOERROR

    def _origin(self, request: Request) -> bytes | None:
        """Return the zone that a question is for; DS is the parent's, if that is here."""
        origin = names.longest_match(request.qname, self.zones)
        if origin == request.qname and request.qtype == wire.DS and origin != names.ROOT:
            return names.longest_match(names.parent(origin), self.zones) or origin
        return origin

    async def _complete(self, request: Request, result: Result, target: bytes) -> Response:
        """Return the response with what others say of the name that an alias leads to.

        If nobody here may tell, the alias is the answer: who asked can ask on.
        """
        found = await self._upstream.lookup(request, target, request.qtype)
        if found.rcode in _NOBODY_KNOWS:
            return self._response(request, result)
        records = found.records()
        result.answer += (r for r in records if r.section == wire.ANSWER)
        result.authority = [r for r in records if r.section == wire.AUTHORITY]
        result.additional = []
        result.rcode = found.rcode
        return self._response(request, result, recursive=found.recursive, ede=found.ede)

    def _response(self, request: Request, result: Result, **fields: Any) -> Response:
        return Response.answering(
            request,
            result.records,
            rcode=result.rcode,
            flags=0 if result.is_referral else wire.AA,
            plugin=self.name,
            **fields,
        )

    def claims(self) -> Claims:
        """Claim the zones."""
        return (Claim(zones=frozenset(self.zones), qclasses=frozenset({wire.IN})),)


class ZoneNames(Set[bytes]):
    """All names at or below a zone's origin, those of its negative answers too.

    Iteration yields the names that two versions of it have.
    """

    def __init__(self, origin: bytes, *versions: Loaded) -> None:
        self._origin = origin
        zones = [loaded.zone for loaded in versions if loaded.zone is not None]
        self._listed = {origin}.union(*(zone.nodes for zone in zones))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, bytes) and names.is_below(name, self._origin)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)

    @classmethod
    def _from_iterable(cls, listed: Iterable[Any]) -> frozenset[Any]:
        """Return what set operations make: an ordinary set."""
        return frozenset(listed)
