# SPDX-License-Identifier: Apache-2.0
"""The ends of a query, and its transport, as C has them (struct rn_end)."""

from __future__ import annotations

import ipaddress
import socket
from functools import lru_cache
from typing import Any

from resolver._native import ffi
from resolver.request import Endpoint, Transport
from resolver.transport.addresses import host_of

TRANSPORTS = tuple(Transport)
"""By their numbers."""


def host_at(octets: bytes, scope: int, family: int) -> str:
    """Return an end's address as text: of IPv4 it is the first four octets.

    Addresses are remembered; names of interfaces are not, since they may change.
    """
    return host_of(octets, scope) if scope and family != 4 else _host(octets, family)


@lru_cache(4096)
def _host(octets: bytes, family: int) -> str:
    return host_of(octets[:4] if family == 4 else octets, 0)


def local_at(octets: bytes, scope: int, port: int, family: int) -> Endpoint:
    """Return the end that was queried; there are few of them, and they are remembered likewise."""
    if scope and family != 4:
        return Endpoint(host_of(octets, scope), port)
    return _local(octets, port, family)


@lru_cache(4096)
def _local(octets: bytes, port: int, family: int) -> Endpoint:
    return Endpoint(_host(octets, family), port)


def set_end(end: Any, endpoint: Endpoint) -> None:
    """Write an end into a struct rn_end."""
    host, _, scope = endpoint.host.partition("%")
    address = ipaddress.ip_address(host)
    ffi.memmove(end.octets, address.packed, len(address.packed))
    end.scope = _index(scope) if scope else 0
    end.port = endpoint.port
    end.family = address.version


def _index(scope: str) -> int:
    return int(scope) if scope.isdigit() else socket.if_nametoindex(scope)
