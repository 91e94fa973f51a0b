# SPDX-License-Identifier: Apache-2.0
"""Stream: what an engine does with a connection's read buffers before messages are taken apart."""

from collections.abc import Callable, Sequence
from typing import Protocol

from resolver.request import Endpoint, Transport


class Answered(Protocol):
    """What became of a read buffer; see `resolver.native.connections.Answered`."""

    @property
    def consumed(self) -> int:
        """Octets of whole messages, from the front."""

    @property
    def messages(self) -> int:
        """How many messages those are."""

    @property
    def replies(self) -> bytes:
        """Replies, each with its length in front."""

    @property
    def waiting(self) -> int:
        """Of how many messages the replies come later."""

    @property
    def left(self) -> Sequence[int]:
        """Where the messages begin that are left to be handed over one by one."""


class Stream(Protocol):
    """Answers whole read buffers of one connection, and sees to it that chains answer the rest."""

    def answer(self, buffer: bytearray, length: int, messages: int, left: int) -> Answered:
        """Answer what stands in the first `length` octets: see `resolver.native.connections`."""

    def close(self) -> None:
        """End: no reply comes any more."""


Replied = Callable[[int, bytes], None]
"""Takes replies, each with its length in front, and how many messages have them or get none."""

OpenStream = Callable[[Endpoint, Endpoint, Transport, int, Replied], Stream]
"""Makes the Stream of a connection: client, local, transport, keepalive in units of 100 ms."""
