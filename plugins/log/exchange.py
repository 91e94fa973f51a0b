# SPDX-License-Identifier: Apache-2.0
"""Exchange: one query and its response, as the chain that ran for it knows them."""

from dataclasses import dataclass

from plugins.log.told import payload_size
from resolver import wire
from resolver.classify import Class, response_class
from resolver.request import Request
from resolver.response import Response, Validation


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is known once a query is done; see plugins.log.told.Told.

    `response` is None if nothing was written; then `unwritten` is what the server answers with, or
    None if it sends nothing. `duration_ns` is since the query came in. `recursion_available` is the
    block's RA bit.
    """

    request: Request
    response: Response | None
    unwritten: int | None
    duration_ns: int
    recursion_available: bool
    wall_s: float

    @property
    def response_class(self) -> Class:
        """The class of the response; ERROR if there is none."""
        if self.response is None:
            return Class.ERROR
        return response_class(self.response, do=self.request.do, wall_s=self.wall_s)

    @property
    def name(self) -> str:
        """The QNAME in presentation form."""
        return self.request.name

    @property
    def qtype(self) -> int:
        """The QTYPE."""
        return self.request.qtype

    @property
    def qclass(self) -> int:
        """The QCLASS."""
        return self.request.qclass

    @property
    def id(self) -> int:
        """The message ID."""
        return self.request.id

    @property
    def do(self) -> bool:
        """The DO bit."""
        return self.request.do

    @property
    def size(self) -> int:
        """The octets of the query."""
        return self.request.size

    @property
    def proto(self) -> str:
        """`udp` or `tcp`."""
        return self.request.transport.proto

    @property
    def payload_size(self) -> int:
        """The most octets that the client takes."""
        edns = self.request.edns
        return payload_size(self.request.transport, None if edns is None else edns.payload_size)

    @property
    def client(self) -> tuple[str, int]:
        """The client's host and port."""
        return self.request.client

    @property
    def local(self) -> tuple[str, int]:
        """The host and port that were asked."""
        return self.request.local

    @property
    def is_sent(self) -> bool:
        """Whether a response was sent."""
        return self.response is not None or self.unwritten is not None

    @property
    def rcode(self) -> int:
        """The RCODE."""
        return self.response.rcode if self.response is not None else self.unwritten or 0

    @property
    def flags(self) -> int:
        """The flags that the response was sent with; 0 if none was."""
        if not self.is_sent:
            return 0
        asked, response = self.request, self.response
        flags = wire.QR
        if response is not None:
            flags |= response.flags & (wire.AA | wire.TC)
            if response.validation is Validation.SECURE and (asked.ad or asked.do):
                flags |= wire.AD
        for is_set, bit in (
            (asked.rd, wire.RD),
            (self.recursion_available, wire.RA),
            (asked.cd, wire.CD),
        ):
            flags |= bit if is_set else 0
        return flags

    @property
    def response_size(self) -> int:
        """The octets of the response before it is truncated and without OPT; 0 if there is none."""
        if self.response is not None:
            return len(self.response.wire)
        return wire.HEADER_OCTETS + len(self.request.qname) + 4 if self.is_sent else 0

    @property
    def plugin(self) -> str | None:
        """Who answered."""
        return self.response.plugin if self.response is not None else None

    def label(self, name: str) -> str:
        """Return what plugins say of the query under this name, or an empty text."""
        found = self.request.labels.get(name)
        return found() if found is not None else ""
