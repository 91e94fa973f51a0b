# SPDX-License-Identifier: Apache-2.0
"""What a log line can tell of a query, wherever it was served."""

from typing import Protocol

from resolver import wire
from resolver.request import MIN_PAYLOAD_SIZE, Transport

STREAM_SIZE = 65535

_FLAGS = (
    ("qr", wire.QR),
    ("aa", wire.AA),
    ("tc", wire.TC),
    ("rd", wire.RD),
    ("ra", wire.RA),
    ("ad", wire.AD),
    ("cd", wire.CD),
)


class Told(Protocol):
    """A query that is done."""

    @property
    def name(self) -> str:
        """The QNAME in presentation form, lower-case."""

    @property
    def qtype(self) -> int:
        """The QTYPE."""

    @property
    def qclass(self) -> int:
        """The QCLASS."""

    @property
    def id(self) -> int:
        """The message ID."""

    @property
    def do(self) -> bool:
        """The DO bit."""

    @property
    def size(self) -> int:
        """The octets of the query."""

    @property
    def proto(self) -> str:
        """`udp` or `tcp`."""

    @property
    def payload_size(self) -> int:
        """The most octets that the client takes: 65535 on a stream, 512 or more on UDP."""

    @property
    def client(self) -> tuple[str, int]:
        """The client's host and port."""

    @property
    def local(self) -> tuple[str, int]:
        """The host and port that were asked."""

    @property
    def is_sent(self) -> bool:
        """Whether a response was sent; the others hold only if one was."""

    @property
    def rcode(self) -> int:
        """The RCODE."""

    @property
    def flags(self) -> int:
        """The flags that the response was sent with: the header's second word; 0 if none was."""

    @property
    def response_size(self) -> int:
        """The octets of the response before it is truncated and without OPT; 0 if there is none."""

    @property
    def plugin(self) -> str | None:
        """Who answered, None for the server itself."""

    @property
    def duration_ns(self) -> int:
        """How long it took."""

    def label(self, name: str) -> str:
        """Return what plugins say of the query under this name, or an empty text."""


def flag_names(flags: int) -> list[str]:
    """Return the names of the bits in a header's second word, in their order."""
    return [name for name, bit in _FLAGS if flags & bit]


def payload_size(transport: Transport, said: int | None) -> int:
    """Return the most octets that a client takes who said `said` in its OPT, None without one."""
    return max(MIN_PAYLOAD_SIZE, said or 0) if transport.is_udp else STREAM_SIZE


def duration(duration_ns: int) -> str:
    """Return a duration in seconds, with nine places and a final `s`."""
    seconds, nanoseconds = divmod(max(0, duration_ns), 1_000_000_000)
    return f"{seconds}.{nanoseconds:09d}s"
