# SPDX-License-Identifier: Apache-2.0
"""Sockets for listeners: one port over UDP and TCP, bound so that nobody else has it.

Ours are SO_REUSEPORT, so that a listener may have several of them. That alone would let a second
server of the same user in unnoticed, hence the probe: a bind without it, which the system refuses
while anybody has the port. Ports that this process has itself are no reason to refuse: a wildcard
and an address may share one, the system picks the closer match.
"""

import errno
import os
import socket
from collections import Counter
from collections.abc import Callable

from resolver.errors import ResolverError

BACKLOG = 511  # connections that may wait to be let in

_ATTEMPTS = 32  # to find one free port for both protocols
_RECEIVE_OCTETS = 1 << 20  # of datagrams that may wait for us

# Of <linux/in.h> and <linux/in6.h>; the socket module lacks them.
_IP_MTU_DISCOVER, _IPV6_MTU_DISCOVER, _PMTUDISC_OMIT = 10, 23, 5
_IP_PKTINFO = 8
_SO_RCVBUFFORCE = 33

_NO_IPV6 = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT})


class ListenError(ResolverError):
    """An address that cannot be listened on; `errno` is the system's number."""

    def __init__(self, text: str, number: int) -> None:
        super().__init__(text)
        self.errno = number


Ports = Counter[int]
"""The ports that listeners of this process have, and how many of them each."""


def bind(host: str, port: int, ours: Ports) -> tuple[socket.socket, socket.socket]:
    """Return a TCP socket, listening, and a UDP socket, both at `host` and `port`.

    An empty host is every address of the machine: one dual-stack socket, or IPv4's alone where
    there is no IPv6. `::` is dual-stack too. With port 0 both have the same free port.

    Raises ListenError.
    """
    for attempt in range(_ATTEMPTS):
        tcp = _bind_host("tcp", host, port, ours)
        try:
            return tcp, _bind_host("udp", host, tcp.getsockname()[1], ours)
        except ListenError as error:
            tcp.close()
            if port or error.errno != errno.EADDRINUSE or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def again(udp: socket.socket) -> socket.socket:
    """Return another UDP socket at the place of one that `bind` returned, which shares its load.

    Raises ListenError.
    """
    address = udp.getsockname()
    try:
        return _make("udp", socket.AddressFamily(udp.family), address, _udp_options)
    except OSError as error:
        text = f"ListenPacket: listen udp {address[0]}:{address[1]}: bind: {error.strerror}"
        raise ListenError(text, error.errno or 0) from error


def _bind_host(proto: str, host: str, port: int, ours: Ports) -> socket.socket:
    """Return a socket of one protocol. Raises ListenError with CoreDNS's text."""
    try:
        if host:
            return _bind_address(proto, *_resolve(host, port), ours)
        try:
            return _bind_address(proto, socket.AF_INET6, ("::", port), ours)
        except OSError as error:
            if error.errno not in _NO_IPV6:
                raise
            return _bind_address(proto, socket.AF_INET, ("0.0.0.0", port), ours)
    except OSError as error:
        what = "Listen: listen tcp" if proto == "tcp" else "ListenPacket: listen udp"
        number = error.errno or 0
        reason = os.strerror(number).lower() if number > 0 else str(error.strerror or error)
        shown = f"[{host}]" if ":" in host else host
        raise ListenError(f"{what} {shown}:{port}: bind: {reason}", number) from error


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """Return the family and socket address of a host that is a number, maybe with %scope."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    family, _, _, _, address = found[0]
    return family, address  # type: ignore[return-value] # numbers only, so never a flow alone


def _bind_address(
    proto: str, family: socket.AddressFamily, address: tuple[str, int], ours: Ports
) -> socket.socket:
    if address[1] and not ours[address[1]]:
        _make(proto, family, address, _probe).close()
    return _make(proto, family, address, _udp_options if proto == "udp" else _share)


def _make(
    proto: str,
    family: socket.AddressFamily,
    address: tuple[str, int],
    prepare: Callable[[socket.socket], None],
) -> socket.socket:
    kind = socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM
    sock = socket.socket(family, kind)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address[0] != "::")
        if proto == "tcp":
            # Connections of an earlier server may still be in TIME_WAIT.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Connections inherit it. asyncio would set it of a socket whose protocol Python knows.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        prepare(sock)
        sock.bind(address)
        if proto == "tcp" and prepare is not _probe:
            sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def _probe(sock: socket.socket) -> None:
    """Leave the socket as it is: its bind fails while anybody has the port."""


def _share(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


def _udp_options(sock: socket.socket) -> None:
    _share(sock)
    _widen(sock)
    # Never believe a forged "fragmentation needed" (RFC 9715, 3.1): sizes are kept small instead.
    sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_OMIT)
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        return
    sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_MTU_DISCOVER, _PMTUDISC_OMIT)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)


def _widen(sock: socket.socket) -> None:
    """Let bursts wait in the socket; beyond the system's limit only who may administer it."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_OCTETS)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_OCTETS)
