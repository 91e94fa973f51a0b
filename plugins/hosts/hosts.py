# SPDX-License-Identifier: Apache-2.0
"""Hosts: names and addresses of a hosts file and of the Corefile itself.

Which way a question goes:

1. A name that is known here is answered for every type; NODATA, if it has nothing of the type.
2. So is the name of a known address in the reverse zones.
3. An unknown name of the reverse zones goes to the next plugin: who has a hosts file has not all
   addresses.
4. So does an unknown name that is not below the origins, or falls through.
5. A name that only has known ones below it is NODATA, every other NXDOMAIN.
"""

from __future__ import annotations

import asyncio

import dns.rcode

from plugins.hosts import answers
from plugins.hosts.changes import Changes
from plugins.hosts.host_table import Addresses, HostTable
from plugins.hosts.metrics import HostsMetrics
from plugins.hosts.policy import HostsPolicy
from plugins.hosts.reverse import is_reverse
from plugins.hosts.source import HostsSource
from resolver import names, wire
from resolver.claims import Claim, Claims
from resolver.corefile.controller import Server
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import Rcode, ResponseWriter
from resolver.wire import Record

_OWN_TYPES = frozenset({wire.A, wire.AAAA, wire.PTR})
_IN = frozenset({wire.IN})


class Hosts(Plugin):
    """Answers from a file's table and from `inline`, the addresses of the file first."""

    name = "hosts"

    def __init__(
        self,
        policy: HostsPolicy,
        source: HostsSource,
        inline: HostTable,
        server: Server,
        metrics: HostsMetrics,
    ) -> None:
        self.policy = policy
        self._source = source
        self._inline = inline
        self._server = server
        self._metrics = metrics
        self._origins = frozenset(policy.origins)
        before = source.last()
        self._loaded = source.read()
        self._replaced = before if before is not self._loaded else None
        self._count()

    async def start(self) -> None:
        """Forget what is stored of names that were others in the configuration before."""
        if self._replaced is not None:
            self._server.names_changed(Changes(self._replaced.table, self._loaded.table))
            self._replaced = None

    async def read_again(self) -> None:
        """Read the file, if it is another one than before; queries are answered meanwhile."""
        loaded = await asyncio.to_thread(self._source.read)
        before, self._loaded = self._loaded, loaded
        if loaded is not before:
            self._count()
            self._server.names_changed(Changes(before.table, loaded.table))
            self._server.claims_changed()

    def _count(self) -> None:
        entries = self._inline.entries + self._loaded.table.entries
        self._metrics.tell(entries, self._loaded.signature)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer what is known here; see the module's cases."""
        qname, policy = request.qname, self.policy
        if request.qclass != wire.IN:
            return await self.call_next(writer, request)
        origin = names.longest_match(qname, self._origins)
        addresses = self._addresses(qname) if origin is not None else ()
        found = () if addresses else self._names_of(qname)
        if addresses or found:
            if policy.passes_types and request.qtype not in _OWN_TYPES:
                return await self.call_next(writer, request)
            records = answers.address_records(request, addresses, policy.ttl_s)
            records += answers.pointer_records(request, found, policy.ttl_s)
            writer.write(answers.respond(request, records or self._denial(request, origin)))
        elif origin is None or is_reverse(qname) or policy.falls_through(qname):
            return await self.call_next(writer, request)
        else:
            exists = qname == origin or any(qname in table.parents for table in self._tables())
            rcode = dns.rcode.NOERROR if exists else dns.rcode.NXDOMAIN
            writer.write(answers.respond(request, self._denial(request, origin), rcode))
        return dns.rcode.NOERROR

    def _tables(self) -> tuple[HostTable, HostTable]:
        return self._loaded.table, self._inline

    def _addresses(self, name: bytes) -> Addresses:
        """Return the addresses of a name; one that is known is not the wildcard's."""
        file, inline = self._tables()
        return file.addresses(name) + inline.addresses(name) or file.wildcard_addresses(
            name
        ) + inline.wildcard_addresses(name)

    def _names_of(self, name: bytes) -> tuple[bytes, ...]:
        if not is_reverse(name):
            return ()
        file, inline = self._tables()
        return file.names_of(name) + inline.names_of(name)

    def _denial(self, request: Request, origin: bytes | None) -> list[Record]:
        """Return the SOA of a negative answer, or of the answer to a question for just that.

        Where unknown names are denied the origin is a zone of ours; elsewhere each name is its own.
        """
        owner = request.qname
        if origin is not None and not self.policy.falls_through(owner) and not is_reverse(owner):
            owner = origin
        is_asked = request.qtype in (wire.SOA, wire.ANY) and owner == request.qname
        section = wire.ANSWER if is_asked else wire.AUTHORITY
        return [answers.soa(owner, self.policy.ttl_s, section)]

    def claims(self) -> Claims:
        """Claim the origins if unknown names are denied there, else what is known, as it is now."""
        claims: list[Claim] = []
        if not self.policy.all_fall_through:
            claims.append(Claim(zones=self._origins, qclasses=_IN))
        for table in self._tables():
            known = [table.reverse_names]
            if self.policy.all_fall_through:
                known.append(table.names)
                if table.wildcards:
                    claims.append(Claim(zones=frozenset(table.wildcards), qclasses=_IN))
            claims += [Claim(names=listed, qclasses=_IN) for listed in known if listed]
        return tuple(claims)
