# SPDX-License-Identifier: Apache-2.0
"""Request: a query with its client, what came in its EDNS, and until when it must be answered."""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from resolver import names

if TYPE_CHECKING:
    import dns.message

DEFAULT_PAYLOAD_SIZE = 1232  # octets; DNS Flag Day 2020, RFC 9715
MIN_PAYLOAD_SIZE = 512  # RFC 6891, 6.2.3: smaller values count as 512

_NO_LABELS: Mapping[str, Callable[[], str]] = MappingProxyType({})


class Transport(enum.Enum):
    """How a query came in."""

    DO53_UDP = "udp"
    DO53_TCP = "tcp"
    DOT = "tls"
    DOH = "https"
    DOQ = "quic"

    @property
    def is_udp(self) -> bool:
        """Whether responses must fit into a datagram."""
        return self is Transport.DO53_UDP

    @property
    def proto(self) -> str:
        """`udp` or `tcp`, as CoreDNS's logs and metrics call it."""
        return "udp" if self in (Transport.DO53_UDP, Transport.DOQ) else "tcp"


class Endpoint(NamedTuple):
    """An address and port. `host` is text: IPv4, or IPv6 (maybe with %scope), never IPv4-mapped."""

    host: str
    port: int

    @property
    def ip(self) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
        """The address as a number, its scope left out."""
        return ipaddress.ip_address(self.host.partition("%")[0])

    @property
    def family(self) -> int:
        """1 for IPv4, 2 for IPv6 (the address family numbers of the metrics)."""
        return 2 if ":" in self.host else 1

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Edns(NamedTuple):
    """What the OPT record of a query said (RFC 6891, 6.1).

    `payload_size` is what the client sent, in octets; `flags` the 16 bits with DO; `options` the
    (OPTION-CODE, OPTION-DATA) pairs in their order.
    """

    payload_size: int = DEFAULT_PAYLOAD_SIZE
    version: int = 0
    flags: int = 0
    options: tuple[tuple[int, bytes], ...] = ()


class Request(NamedTuple):
    """A query on its way through a chain. Frozen: `replace` gives another one. Any thread.

    A tuple because one is made for every query: a frozen dataclass takes five times as long.

    wire: the query's octets as received.
    id: the message ID. rd, ad, cd: the header's bits. do: the DO bit of its OPT (False without).
    qname: lower-case wire form. qname_sent: the same octets as the client sent them (RFC 4343).
    edns: what its OPT record said, or None.
    client, local: the two ends; `local` is the address that was queried.
    received_ms, deadline_ms: CLOCK_BOOTTIME in milliseconds.
    server: the listener as metrics name it, such as `dns://:53`.
    zone: the server block's zone that the QNAME matched, lower-case wire form.
    view: the name of the view, or empty. labels: metadata, a function each.
    size: the query's length in octets, also after it was rewritten.
    """

    wire: bytes
    id: int
    rd: bool
    ad: bool
    cd: bool
    do: bool
    qname: bytes
    qname_sent: bytes
    qtype: int
    qclass: int
    edns: Edns | None
    client: Endpoint
    local: Endpoint
    transport: Transport
    received_ms: int
    deadline_ms: int
    server: str = ""
    zone: bytes = names.ROOT
    view: str = ""
    labels: Mapping[str, Callable[[], str]] = _NO_LABELS

    @property
    def name(self) -> str:
        """The QNAME in presentation form, lower-case, with its final dot."""
        return names.to_text(self.qname)

    @property
    def size(self) -> int:
        """The length of the query in octets."""
        return len(self.wire)

    def message(self) -> dns.message.Message:
        """Return the query as a dnspython message: parsed anew, a copy of one's own.

        Raises dns.exception.DNSException where dnspython refuses what this server accepts.
        """
        import dns.message  # slow to load, and seldom asked for

        return dns.message.from_wire(self.wire, continue_on_error=False)

    def replace(self, **changes: Any) -> Request:
        """Return a Request that differs in `changes`; `wire` stays what the client sent.

        A new `qname` without `qname_sent` sets both.
        """
        if "qname" in changes and "qname_sent" not in changes:
            changes["qname_sent"] = changes["qname"]
        return self._replace(**changes)
