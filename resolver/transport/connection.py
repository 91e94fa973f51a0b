# SPDX-License-Identifier: Apache-2.0
"""Connection: one client's TCP connection (RFC 7766).

Queries are pipelined and answered as their answers come, out of order. What a connection holds is
bounded: one message being read, so many queries in flight, so many octets that the client has not
taken yet; beyond each, nothing more is read, and a client that takes nothing is let go.
"""

import asyncio
from collections.abc import Callable
from typing import cast

from resolver import wire
from resolver.answering import Receive
from resolver.clock import Clock
from resolver.limits import Limits
from resolver.request import Endpoint, Transport
from resolver.tallies import Tallies
from resolver.transport.addresses import endpoint_of
from resolver.transport.admission import Admission
from resolver.transport.stream import OpenStream, Stream

_ANY_NUMBER = 0xFFFFFFFF
_BUFFER_OCTETS = 4096  # holds most queries; a longer message gets as much as it needs


class Connection(asyncio.BufferedProtocol):
    """Reads messages with their length in front (RFC 1035, 4.2.2) and writes answers likewise."""

    def __init__(
        self,
        client: Endpoint,
        receive: Receive,
        admission: Admission,
        clock: Clock,
        limits: Limits,
        tallies: Tallies,
        kind: Transport = Transport.DO53_TCP,
        gone: Callable[[], None] = lambda: None,
        streams: OpenStream | None = None,
    ) -> None:
        self._streams = streams
        self._stream: Stream | None = None
        self._receive = receive
        self._admission = admission
        self._clock = clock
        self._limits = limits
        self._tallies = tallies
        self._kind = kind
        self._gone = gone
        self._transport: asyncio.Transport | None = None
        self._client = client
        self._local = Endpoint("", 0)
        self._buffer = bytearray(_BUFFER_OCTETS)
        self._filled = 0  # octets of the buffer that are read and not handed over
        self._in_flight = 0
        self._queries = 0
        self._is_parsing = False
        self._is_reading = True
        self._is_clogged = False  # the client does not take what was written
        self._has_ended = False  # the client will send no more
        self._is_leaving = False  # we will read no more
        self._since_ms = clock.now_ms()  # the last message, or the begin of the one being read
        self._left_ms = 0  # when we stopped reading
        self._is_evicted = False
        self._written = 0
        self._taken = 0  # octets that the system has taken, as last seen
        self._taken_ms = 0  # when that last grew

    @property
    def host(self) -> str:
        """The client's address."""
        return self._client.host

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read, unless another took this one's place already."""
        self._transport = cast(asyncio.Transport, transport)
        self._local = endpoint_of(transport.get_extra_info("sockname"))
        if self._streams is not None:
            keepalive = min(self._limits.idle_ms // 100, 0xFFFF)  # RFC 7828, 3.1: in 100 ms
            ends = self._client, self._local
            self._stream = self._streams(*ends, self._kind, keepalive, self._finish)
        if self._is_evicted:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop being counted; answers that are still to come end here."""
        self._transport = None
        if self._stream is not None:
            self._stream.close()
        self._admission.leave(self)
        self._gone()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to read into; never empty, since a full buffer grows or is not read for."""
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Hand over the messages that are complete now."""
        if self._is_leaving:
            return  # read away, so that closing sends no RST
        if not self._filled:
            self._since_ms = self._clock.now_ms()
        self._filled += nbytes
        self._parse()

    def eof_received(self) -> bool:
        """Keep the connection while answers are on their way: only the client's half is closed."""
        self._has_ended = True
        self._parse()
        return bool(self._in_flight) and not self._is_leaving

    def pause_writing(self) -> None:
        """Read no more from a client that does not take its answers."""
        self._is_clogged = True
        self._steer()

    def resume_writing(self) -> None:
        """Go on reading."""
        self._is_clogged = False
        self._parse()

    def evict(self) -> None:
        """Close at once, to make room for another."""
        self._is_evicted = True
        if self._transport is not None:
            self._transport.abort()

    def leave(self) -> None:
        """Read no more; close once everything in flight is answered and the client knows."""
        if self._is_leaving or self._transport is None:
            return
        self._is_leaving = True
        self._left_ms = self._clock.now_ms()
        self._filled = 0
        self._steer()
        if not self._in_flight:
            self._say_end()

    def check_time(self, now_ms: int) -> None:
        """Close if a time-out has passed; called every now and then."""
        transport = self._transport
        if transport is None:
            return
        limits = self._limits
        unsent = transport.get_write_buffer_size()
        taken = self._written - unsent
        if taken != self._taken or not unsent:
            self._taken, self._taken_ms = taken, now_ms
        elif now_ms - self._taken_ms >= limits.write_ms:
            self._close_for("write")
            return
        if self._is_leaving:
            if not self._in_flight and now_ms - self._left_ms >= limits.linger_ms and not unsent:
                transport.abort()
        elif self._in_flight or unsent or self._has_ended:
            return
        elif self._filled and now_ms - self._since_ms >= limits.read_ms:
            self._close_for("read")
        elif now_ms - self._since_ms >= limits.idle_ms:
            self._close_for("idle")

    def _close_for(self, reason: str) -> None:
        self._tallies.closed[reason].inc()
        if self._transport is not None:
            if reason == "write":
                self._transport.abort()
            else:
                self._transport.close()

    def _parse(self) -> None:
        """Hand over complete messages while more may be in flight."""
        if self._is_parsing:  # an answer came at once
            return
        self._is_parsing = True
        at = 0 if self._stream is None else self._answer_at_once(self._stream)
        buffer = self._buffer
        while self._stream is None and self._may_read():
            left = self._filled - at
            if left < 2:
                break
            end = at + 2 + int.from_bytes(buffer[at : at + 2])
            if end > self._filled:
                break
            octets = bytes(buffer[at + 2 : end])
            at = end
            self._since_ms = self._clock.now_ms()
            self._in_flight += 1
            self._queries += 1
            self._receive(octets, self._client, self._local, self._kind, self._reply)
            if self._queries == self._limits.queries:
                self.leave()
        self._is_parsing = False
        self._keep(at)
        self._admission.set_busy(self, self._in_flight > 0)
        self._steer()
        self._close_if_done()

    def _answer_at_once(self, stream: Stream) -> int:
        """Answer what needs no chain, hand over the rest; return how much of the buffer is done."""
        at, limits = 0, self._limits
        while self._may_read():
            rest = self._buffer[at : self._filled] if at else self._buffer
            answered = stream.answer(
                rest,
                self._filled - at,
                limits.queries - self._queries if limits.queries else _ANY_NUMBER,
                limits.pipelined - self._in_flight,
            )
            if not answered.messages:
                break
            self._since_ms = self._clock.now_ms()
            self._queries += answered.messages
            self._in_flight += len(answered.left) + answered.waiting
            self._write(answered.replies)
            for start in answered.left:
                end = start + 2 + int.from_bytes(rest[start : start + 2])
                octets = bytes(rest[start + 2 : end])
                self._receive(octets, self._client, self._local, self._kind, self._reply)
            at += answered.consumed
            if self._queries == limits.queries:
                self.leave()
                return 0  # all that was read is forgotten
        return at

    def _write(self, octets: bytes) -> None:
        transport = self._transport
        if not octets or transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() > self._limits.unsent_octets:
            self._close_for("write")
            return
        self._written += len(octets)
        transport.write(octets)

    def _keep(self, at: int) -> None:
        """Move what is not handed over to the front, in a buffer that fits its message."""
        rest = self._buffer[at : self._filled]
        self._filled = len(rest)
        need = 2 + int.from_bytes(rest[:2]) if len(rest) >= 2 else 0
        size = max(_BUFFER_OCTETS, need, len(rest))
        if size != len(self._buffer):
            self._buffer = bytearray(size)
        if at or size != _BUFFER_OCTETS:
            self._buffer[: len(rest)] = rest

    def _may_read(self) -> bool:
        return (
            not self._is_leaving
            and not self._is_clogged
            and self._in_flight < self._limits.pipelined
            and self._transport is not None
            and not self._transport.is_closing()
        )

    def _steer(self) -> None:
        """Let the event loop read if more may come in, or if it is only to be read away."""
        transport = self._transport
        if transport is None or self._has_ended or transport.is_closing():
            return
        wanted = self._may_read() or self._is_leaving
        if wanted != self._is_reading:
            self._is_reading = wanted
            (transport.resume_reading if wanted else transport.pause_reading)()

    def _reply(self, octets: bytes | None) -> None:
        """Write an answer, if there is one; a query less is in flight."""
        self._finish(1, b"" if octets is None else wire.WORD.pack(len(octets)) + octets)

    def _finish(self, queries: int, replies: bytes) -> None:
        """Write replies, each with its length in front; so many queries less are in flight."""
        self._in_flight -= queries
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if replies:
            self._since_ms = self._clock.now_ms()
            self._write(replies)
            if transport.is_closing():
                return
        if self._is_leaving:
            if not self._in_flight:
                self._say_end()
        elif not self._is_parsing:
            self._parse()

    def _say_end(self) -> None:
        """Close our half; the client's end, or the linger time-out, closes the connection."""
        if self._transport is None:
            return
        self._left_ms = self._clock.now_ms()
        if self._has_ended or not self._transport.can_write_eof():
            self._transport.close()
        else:
            self._transport.write_eof()

    def _close_if_done(self) -> None:
        if self._has_ended and not self._in_flight and self._transport is not None:
            self._transport.close()
