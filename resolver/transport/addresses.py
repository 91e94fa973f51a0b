# SPDX-License-Identifier: Apache-2.0
"""Addresses as the system's socket calls give them, and as the rest of the server sees them."""

import ipaddress
import socket
from typing import Any

from resolver.request import Endpoint

_MAPPED = "::ffff:"


def endpoint_of(address: tuple[Any, ...]) -> Endpoint:
    """Return the Endpoint of a socket address; IPv4-mapped ones are IPv4.

    A link-local address carries its interface (RFC 4007, 11): without it nobody can answer.
    """
    host: str = address[0]
    if host.startswith(_MAPPED) and "." in host:
        return Endpoint(host[len(_MAPPED) :], address[1])
    if len(address) == 4 and address[3]:
        return Endpoint(f"{host.partition('%')[0]}%{_interface(address[3])}", address[1])
    return Endpoint(host, address[1])


def _interface(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:  # it is gone by now
        return str(index)


def host_of(packed: bytes, index: int = 0) -> str:
    """Return the text of an address of 4 or 16 octets; `index` is a link-local one's interface."""
    if len(packed) == 4:
        return socket.inet_ntop(socket.AF_INET, packed)
    if packed[:12] == bytes(10) + b"\xff\xff":
        return socket.inet_ntop(socket.AF_INET, packed[12:])
    host = socket.inet_ntop(socket.AF_INET6, packed)
    return f"{host}%{_interface(index)}" if is_link_local(packed) and index else host


def is_link_local(packed: bytes) -> bool:
    """Return whether 16 octets are an IPv6 link-local address, fe80::/10."""
    return packed[0] == 0xFE and packed[1] & 0xC0 == 0x80


def client_key(host: str) -> str | int | None:
    """Return what a client is told apart by: its IPv4 address or IPv6 /64; None for loopback."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.is_loopback:
        return None
    return host if address.version == 4 else int(address) >> 64
