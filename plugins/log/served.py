# SPDX-License-Identifier: Apache-2.0
"""Served: a query that was served without the chain, as its event tells of it."""

from dataclasses import dataclass

from plugins.log.told import payload_size
from resolver import wire
from resolver.engine.observed import Event


@dataclass(frozen=True, slots=True)
class Served:
    """What is known of it; see plugins.log.told.Told."""

    event: Event

    @property
    def name(self) -> str:
        """The QNAME in presentation form."""
        return self.event.name

    @property
    def qtype(self) -> int:
        """The QTYPE."""
        return self.event.qtype

    @property
    def qclass(self) -> int:
        """The QCLASS."""
        return self.event.qclass

    @property
    def id(self) -> int:
        """The message ID."""
        return int(wire.WORD.unpack_from(self.event.query)[0])

    @property
    def do(self) -> bool:
        """The DO bit."""
        return self.event.do

    @property
    def size(self) -> int:
        """The octets of the query."""
        return len(self.event.query)

    @property
    def proto(self) -> str:
        """`udp` or `tcp`."""
        return self.event.transport.proto

    @property
    def payload_size(self) -> int:
        """The most octets that the client takes."""
        return payload_size(self.event.transport, self.event.payload_size)

    @property
    def client(self) -> tuple[str, int]:
        """The client's host and port."""
        return self.event.client

    @property
    def local(self) -> tuple[str, int]:
        """The host and port that were asked."""
        return self.event.local

    @property
    def is_sent(self) -> bool:
        """Whether a response was sent."""
        return self.event.is_sent

    @property
    def rcode(self) -> int:
        """The RCODE."""
        return self.event.rcode

    @property
    def flags(self) -> int:
        """The flags that the response was sent with; 0 if none was."""
        return self.event.flags

    @property
    def response_size(self) -> int:
        """The octets of the response before it is truncated and without OPT; 0 if there is none."""
        return self.event.response_size

    @property
    def plugin(self) -> str | None:
        """Who answered."""
        return self.event.plugin or None if self.event.is_sent else None

    @property
    def duration_ns(self) -> int:
        """How long it took."""
        return self.event.duration_ns

    def label(self, name: str) -> str:
        """Return nothing: names whose lines tell labels are the chain's (see Log.claims)."""
        return ""
