# SPDX-License-Identifier: Apache-2.0
"""DNS over UDP: a non-blocking socket, read in batches whenever the event loop wakes.

asyncio's own datagram transport would answer from the wrong address on a wildcard socket: here the
address that was queried comes with every datagram, and goes out with its answer.
"""

import asyncio
import contextlib
import errno
import functools
import ipaddress
import logging
import socket
import sys
from collections.abc import Sequence
from typing import Any

from resolver.answering import Receive
from resolver.request import Endpoint, Transport
from resolver.tallies import Tallies
from resolver.transport.addresses import endpoint_of, host_of, is_link_local

BATCH = 64  # datagrams a wake-up, so that timers and other listeners get their turn

_LAST_BATCHES = 64
_DISCARD = 9  # a port from which nobody asks
_MAX_DATAGRAM = 65535
_CONTROL_OCTETS = socket.CMSG_SPACE(20) + socket.CMSG_SPACE(12)
_IP_PKTINFO = 8
_LOCALS_KEPT = 1024
_NOT_TAKEN = frozenset({errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM})

_log = logging.getLogger("server")

_Control = Sequence[tuple[int, int, bytes]]


class UdpListener:
    """Hands each datagram to `receive`, and sends each reply from where the query came to.

    Owns `sock` from now on. `local` is where it is bound.
    """

    def __init__(
        self,
        sock: socket.socket,
        receive: Receive,
        loop: asyncio.AbstractEventLoop,
        tallies: Tallies,
    ) -> None:
        self._sock = sock
        self._receive = receive
        self._loop = loop
        self._tallies = tallies
        self._buffer = bytearray(_MAX_DATAGRAM)
        self._views = [memoryview(self._buffer)]
        self.local = endpoint_of(sock.getsockname())
        self._is_wildcard = ipaddress.ip_address(self.local.host.partition("%")[0]).is_unspecified
        self._locals: dict[bytes, tuple[Endpoint, _Control]] = {}
        loop.add_reader(sock, self._read)

    def stop_receiving(self, gives_way: bool = False) -> None:
        """Take in what has arrived already, and nothing after; replies still go out.

        gives_way: what comes after is for another socket, or refused; else nobody answers it.
        """
        if self._loop.remove_reader(self._sock):
            if gives_way:
                self._turn_away()
            for _ in range(_LAST_BATCHES):
                if not self._read():
                    break

    def _turn_away(self) -> None:
        """Have what comes from now on go to a wildcard listener of the same port, if there is one.

        Linux hands a datagram to the socket that matches it best, whether that is read or not; one
        that is connected matches its peer alone, and can still send to anybody.
        """
        if not self._is_wildcard:
            address = self._sock.getsockname()
            with contextlib.suppress(OSError):
                self._sock.connect((address[0], _DISCARD, *address[2:]))

    def close(self) -> None:
        """Close the socket: replies end here."""
        self._loop.remove_reader(self._sock)
        self._sock.close()

    def _read(self) -> bool:
        """Take in what is there; return whether there may be more."""
        for _ in range(BATCH):
            try:
                size, ancillary, flags, address = self._sock.recvmsg_into(
                    self._views, _CONTROL_OCTETS
                )
            except (BlockingIOError, InterruptedError):
                return False
            except OSError as error:  # an ICMP error to an earlier answer
                _log.debug("udp receive failed local=%s error=%s", self.local, error)
                continue
            if flags & socket.MSG_TRUNC or not address[1]:
                continue  # nobody can be answered at port 0
            local, control = self._local_of(ancillary) if self._is_wildcard else (self.local, ())
            self._receive(
                bytes(self._views[0][:size]),
                endpoint_of(address),
                local,
                Transport.DO53_UDP,
                functools.partial(self._send, address, control),
            )
        return True

    def _send(self, address: Any, control: _Control, octets: bytes | None) -> None:
        if octets is None:
            return
        try:
            if control:
                self._sock.sendmsg((octets,), control, 0, address)
            else:
                self._sock.sendto(octets, address)
        except OSError as error:
            # A client over UDP asks again. That its network is gone is no news to anybody here.
            self._tallies.unsent.inc()
            if error.errno not in _NOT_TAKEN:
                _log.debug("udp send failed client=%s error=%s", address[0], error)

    def _local_of(self, ancillary: Sequence[tuple[int, int, bytes]]) -> tuple[Endpoint, _Control]:
        """Return the address that was queried, and the control message to answer from it."""
        for level, kind, data in ancillary:
            if (level, kind) in _PACKET_INFO:
                found = self._locals.get(data)
                if found is None:
                    if len(self._locals) >= _LOCALS_KEPT:
                        self._locals.clear()
                    found = self._locals[data] = _source(level, kind, data, self.local.port)
                return found
        return self.local, ()


_PACKET_INFO = frozenset(
    {(socket.IPPROTO_IP, _IP_PKTINFO), (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO)}
)


def _source(level: int, kind: int, data: bytes, port: int) -> tuple[Endpoint, _Control]:
    """Return the local end that a packet-info message tells, and the one to send with answers.

    The interface is only kept for link-local addresses: for others routing picks it.
    """
    if level == socket.IPPROTO_IP:  # struct in_pktinfo: interface, local address, destination
        host = host_of(data[4:8])
        return Endpoint(host, port), ((level, kind, bytes(4) + data[4:8] + bytes(4)),)
    packed = data[:16]  # struct in6_pktinfo: destination, interface
    index = int.from_bytes(data[16:20], sys.byteorder)
    kept = data[16:20] if is_link_local(packed) else bytes(4)
    return Endpoint(host_of(packed, index), port), ((level, kind, packed + kept),)
