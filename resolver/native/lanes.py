# SPDX-License-Identifier: Apache-2.0
"""Lanes and their sockets, and the ring of questions that come from them to Python."""

from __future__ import annotations

import os
import socket
import struct
import weakref
from typing import TYPE_CHECKING, NamedTuple

from resolver._native import ffi, lib
from resolver.errors import ResolverError
from resolver.native.connections import Connections
from resolver.native.ends import TRANSPORTS, host_at, local_at, set_end
from resolver.query import Query, query_of, read_options
from resolver.request import Edns, Endpoint, Transport
from resolver.wire import HEADER_OCTETS

if TYPE_CHECKING:
    from resolver._native import CData

MAX_LANES = 64
MAX_DOORS = int(lib.RN_DOORS_MAX)  # sockets of one lane

# The head of struct rn_question_diverted, in the machine's own byte order.
_HEAD = struct.Struct("=Qq16sIHBx16sIHBxHHHHHHHHHHBBBx")


class Diverted(NamedTuple):
    """A question that the chain is to answer; `ticket` is what `reply` wants."""

    ticket: int
    listener: int
    octets: bytes
    query: Query
    client: Endpoint
    local: Endpoint
    transport: Transport


class NativeSocket:
    """A duplicate of a socket that lanes use. The owner's thread only."""

    def __init__(self, sock: socket.socket) -> None:
        self.handle = lib.rn_socket_new(sock.fileno())
        if self.handle == ffi.NULL:
            raise ResolverError("no descriptor or memory for another socket")
        self._drop = weakref.finalize(self, lib.rn_socket_drop, self.handle)

    @property
    def unsent(self) -> int:
        """How many responses the system did not take."""
        return int(lib.rn_socket_unsent(self.handle))

    def close(self) -> None:
        """Give it back; it is closed once no query waits for a reply on it."""
        self._drop()


class Lanes:
    """The threads that receive and answer, and the questions that they leave to Python.

    The owner's thread only. What it is given lives at least as long.
    """

    def __init__(
        self,
        store: CData,
        holder: CData,
        clock: CData,
        watching: CData,
        streaming: CData,
        events: CData,
        seed: int,
        places: int,
    ) -> None:
        self._parts: tuple[CData, ...] = (store, holder, clock, watching, streaming, events)
        self.handle = lib.rn_engine_new(*self._parts, seed, places)
        if self.handle == ffi.NULL:
            raise ResolverError("no memory, descriptor or thread for the native engine")
        self._finalizer = weakref.finalize(self, _free, self.handle, os.getpid())
        self._finalizer.atexit = False
        self._diverted = lib.rn_engine_diverted(self.handle)
        self.connections = Connections(self.handle)
        self._records = ffi.new("uint8_t[]", 2 * lib.RN_DRAIN_SIZE)
        self._view = memoryview(ffi.buffer(self._records))

    def fileno(self) -> int:
        """Return the descriptor that is readable while there are questions or replies to drain."""
        return int(lib.rn_engine_wake_fd(self.handle))

    def add(self, lane: int, counts: CData, events: CData) -> None:
        """Have a lane run. Raises ResolverError."""
        self._parts += (counts, events)
        if lib.rn_engine_add_lane(self.handle, lane, counts, events) != lib.RN_OK:
            raise ResolverError("no memory, descriptor or thread for another lane")

    def open(
        self, lane: int, sock: NativeSocket, listener: int, local: Endpoint, is_wildcard: bool
    ) -> None:
        """Have a lane receive at a socket. Raises ResolverError if it cannot have another one."""
        end = ffi.new("struct rn_end *")
        set_end(end, local)
        status = lib.rn_engine_open(self.handle, lane, sock.handle, listener, end, int(is_wildcard))
        if status == lib.RN_EFULL:
            raise ResolverError("a lane has too many sockets")
        if status != lib.RN_OK:
            raise ResolverError("no memory or descriptor for another socket of a lane")

    def shut(self, lane: int, sock: NativeSocket) -> None:
        """Have a lane take in what has arrived at a socket, and nothing after."""
        lib.rn_engine_shut(self.handle, lane, sock.handle)

    def drain(self) -> list[Diverted]:
        """Return questions for the chain, at most 256; the descriptor stays readable for more."""
        view = self._view
        end = lib.rn_diverted_drain(self._diverted, self._records, len(view))
        found: list[Diverted] = []
        at = 0
        while at < end:
            (
                ticket,
                _,
                client,
                client_scope,
                client_port,
                client_family,
                local,
                local_scope,
                local_port,
                local_family,
                length,
                listener,
                ident,
                flags,
                qtype,
                qclass,
                payload_size,
                edns_flags,
                options_at,
                options_length,
                qname_length,
                has_edns,
                transport,
            ) = _HEAD.unpack_from(view, at)
            at += _HEAD.size
            octets = bytes(view[at : at + length])
            edns = None
            if has_edns:
                options = read_options(octets, options_at, options_at + options_length)
                edns = Edns(payload_size, 0, edns_flags, options)
            qname = octets[HEADER_OCTETS : HEADER_OCTETS + qname_length]
            found.append(
                Diverted(
                    ticket,
                    listener,
                    octets,
                    query_of(ident, flags, qname, qtype, qclass, edns),
                    Endpoint(host_at(client, client_scope, client_family), client_port),
                    local_at(local, local_scope, local_port, local_family),
                    TRANSPORTS[transport],
                )
            )
            at += -(-length // 8) * 8
        return found

    def reply(self, ticket: int, octets: bytes | None) -> None:
        """Have `send` send the reply to a question, or none, unless its deadline comes first."""
        reply = octets or b""
        lib.rn_engine_reply(self.handle, ticket, reply, len(reply))

    def send(self) -> None:
        """Send all replies so far."""
        if self._finalizer.alive:
            lib.rn_engine_send(self.handle)

    def close(self) -> None:
        """End all threads. May be called twice."""
        self._finalizer()


def _free(engine: CData, pid: int) -> None:
    if os.getpid() == pid:  # in a fork the threads do not exist
        lib.rn_engine_free(engine)
