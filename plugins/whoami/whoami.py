# SPDX-License-Identifier: Apache-2.0
"""Whoami: the client's address and port as records of the additional section."""

import dns.rcode

from resolver import names, wire
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from resolver.wire import Record


class Whoami(Plugin):
    """Answers every question: no answer, but the client's A or AAAA and an SRV record beside it."""

    name = "whoami"

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Write the address under the QNAME, and the port as SRV under `_udp.` or `_tcp.` of it."""
        client = writer.client
        rtype = wire.AAAA if client.family == 2 else wire.A
        records = [
            Record(wire.ADDITIONAL, request.qname, rtype, request.qclass, 0, client.ip.packed)
        ]
        label = b"_" + writer.transport.proto.encode()
        service = bytes([len(label)]) + label + request.qname
        if len(service) <= names.MAX_NAME_OCTETS:
            # RFC 2782: priority, weight, port, and the root for a target
            rdata = wire.WORD.pack(0) * 2 + wire.WORD.pack(client.port) + names.ROOT
            records.append(Record(wire.ADDITIONAL, service, wire.SRV, request.qclass, 0, rdata))
        writer.write(
            Response.answering(
                request,
                records,
                flags=wire.AA,
                plugin=self.name,
            )
        )
        return dns.rcode.NOERROR
