# SPDX-License-Identifier: Apache-2.0
"""Exchange: one query and its response, as a log line speaks of them."""

from dataclasses import dataclass

import dns.rcode
import dns.rdataclass
import dns.rdatatype

from resolver import wire
from resolver.classify import Class, response_class
from resolver.request import MIN_PAYLOAD_SIZE, Request
from resolver.response import Response, Validation

STREAM_SIZE = 65535


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is known once a query is done.

    `response` is None if nothing was written; then `rcode` is what the server answers with, or None
    if it sends nothing. `duration_ns` is since the query came in. `recursion_available` is the
    block's RA bit.
    """

    request: Request
    response: Response | None
    rcode: int | None
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
    def rcode_text(self) -> str:
        """The RCODE's name, `-` if nothing was sent."""
        rcode = self.response.rcode if self.response is not None else self.rcode
        if rcode is None:
            return "-"
        return dns.rcode.to_text(dns.rcode.Rcode.make(rcode))

    @property
    def type_text(self) -> str:
        """The QTYPE's name."""
        return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(self.request.qtype))

    @property
    def class_text(self) -> str:
        """The QCLASS's name."""
        return dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(self.request.qclass))

    @property
    def payload_size(self) -> int:
        """The most octets that the client takes: 65535 on a stream, 512 or more on UDP."""
        request = self.request
        if not request.transport.is_udp:
            return STREAM_SIZE
        return max(MIN_PAYLOAD_SIZE, request.edns.payload_size if request.edns else 0)

    @property
    def response_flags(self) -> list[str]:
        """The flags that the response was sent with, in the header's order; empty if none was."""
        if self.response is None and self.rcode is None:
            return []
        flags = self.response.flags if self.response is not None else wire.QR
        asked = self.request
        secure = self.response is not None and self.response.validation is Validation.SECURE
        bits = (
            ("qr", True),
            ("aa", flags & wire.AA),
            ("tc", flags & wire.TC),
            ("rd", asked.rd),
            ("ra", self.recursion_available),
            ("ad", secure and (asked.ad or asked.do)),
            ("cd", asked.cd),
        )
        return [name for name, is_set in bits if is_set]

    @property
    def response_size(self) -> int:
        """The octets of the response before it is truncated and without OPT; 0 if there is none."""
        if self.response is not None:
            return len(self.response.wire)
        return 0 if self.rcode is None else wire.HEADER_OCTETS + len(self.request.qname) + 4

    @property
    def duration(self) -> str:
        """The seconds that it took, with nine places and a final `s`."""
        seconds, nanoseconds = divmod(max(0, self.duration_ns), 1_000_000_000)
        return f"{seconds}.{nanoseconds:09d}s"
