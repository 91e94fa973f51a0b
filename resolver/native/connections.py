# SPDX-License-Identifier: Apache-2.0
"""Connections, whose read buffers C answers as far as that goes without the chain.

What waits for a recursion, or for the chain, is answered later, under the number of its connection:
C leaves such replies in an outbox, from which they are handed out in batches.
"""

from __future__ import annotations

import itertools
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

from resolver._native import ffi, lib
from resolver.native.ends import TRANSPORTS, set_end
from resolver.request import Endpoint, Transport

if TYPE_CHECKING:
    from resolver._native import CData
    from resolver.transport.stream import Replied

_REPLIES = 4 * lib.RN_STREAM_ROOM  # octets of replies to one read buffer
_HEAD = struct.Struct("=QI4x")  # struct rn_reply_head, in the machine's own byte order


class Answered(NamedTuple):
    """What became of a read buffer.

    consumed: octets of whole messages. messages: how many. replies: octets to send. waiting: of how
    many the replies come later. left: where messages begin (their length in front) that found no
    room: the chain is to answer them at once.
    """

    consumed: int
    messages: int
    replies: bytes
    waiting: int
    left: list[int]


class Connection:
    """One connection, from `Connections.open` on. The engine's owner's thread only."""

    def __init__(self, connections: Connections, connection: Any) -> None:
        self._connections = connections
        self._connection = connection

    def answer(self, buffer: bytearray, length: int, messages: int, left: int) -> Answered:
        """Answer what stands in the first `length` octets, at most so many messages.

        It ends early once there are `left` that wait or that the chain is to answer.
        """
        self._connection.messages = min(messages, 0xFFFFFFFF)
        self._connection.left_most = left
        return self._connections.answer(self._connection, buffer, length)

    def close(self) -> None:
        """End: no reply comes any more."""
        self._connections.forget(self._connection.number)


class Connections:
    """All connections of an engine, by their numbers. Its owner's thread only."""

    def __init__(self, engine: CData) -> None:
        self._engine = engine
        self._outbox = lib.rn_engine_outbox(engine)
        self._records = ffi.new("uint8_t[]", 2 * lib.RN_DRAIN_SIZE)
        self._replies = ffi.new("uint8_t[]", _REPLIES)
        self._stream: Any = ffi.new("struct rn_stream *")
        self._numbers = itertools.count(1)
        self._takers: dict[int, Replied] = {}

    def open(
        self,
        listener: int,
        client: Endpoint,
        local: Endpoint,
        transport: Transport,
        keepalive: int,
        take: Replied,
    ) -> Connection:
        """Return a new connection; `take` gets the replies that come later, until it is closed."""
        connection: Any = ffi.new("struct rn_connection *")
        connection.number = number = next(self._numbers)
        set_end(connection.client, client)
        set_end(connection.local, local)
        connection.listener = listener
        connection.keepalive = keepalive
        connection.transport = TRANSPORTS.index(transport)
        self._takers[number] = take
        return Connection(self, connection)

    def forget(self, number: int) -> None:
        """Drop what is still to come for a connection."""
        self._takers.pop(number, None)

    def answer(self, connection: CData, buffer: bytearray, length: int) -> Answered:
        """Return what became of a read buffer; `Connection.answer` is the way here."""
        stream = self._stream
        octets = ffi.from_buffer("uint8_t[]", buffer)
        lib.rn_engine_answer_stream(
            self._engine, connection, octets, length, self._replies, _REPLIES, stream
        )
        replies = bytes(ffi.buffer(self._replies, stream.written))
        left = list(stream.left[0 : stream.left_count])
        return Answered(stream.consumed, stream.messages, replies, stream.waiting, left)

    def hand_back(self) -> bool:
        """Hand out the replies that have come, at most 256; return whether there were any.

        To be called after `Lanes.drain`, with which it shares a descriptor.
        """
        replies: dict[int, list[bytes]] = {}
        end = lib.rn_outbox_drain(self._outbox, self._records, len(self._records))
        view = memoryview(ffi.buffer(self._records, end))
        at = 0
        while at < end:
            number, length = _HEAD.unpack_from(view, at)
            at += _HEAD.size
            replies.setdefault(number, []).append(bytes(view[at : at + length]))
            at += -(-length // 8) * 8
        for number, parts in replies.items():
            take = self._takers.get(number)
            if take is not None:
                take(len(parts), b"".join(parts))
        return bool(replies)
