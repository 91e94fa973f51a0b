# SPDX-License-Identifier: Apache-2.0
"""Addresses: how clients are named and told apart."""

import socket
from typing import Any

import pytest

from resolver.request import Endpoint
from resolver.transport.addresses import client_key, endpoint_of, host_of, is_link_local

LO = socket.if_nametoindex("lo")
MAPPED = bytes(10) + b"\xff\xff\x0a\0\0\1"


@pytest.mark.parametrize(
    ("address", "want"),
    [
        pytest.param(("192.0.2.1", 53), Endpoint("192.0.2.1", 53), id="IPv4"),
        pytest.param(("2001:db8::1", 53, 0, 0), Endpoint("2001:db8::1", 53), id="IPv6"),
        pytest.param(("::ffff:192.0.2.1", 9, 0, 0), Endpoint("192.0.2.1", 9), id="IPv4-mapped"),
        pytest.param(("::ffff:1", 9, 0, 0), Endpoint("::ffff:1", 9), id="not mapped"),
        pytest.param(("fe80::1", 53, 0, LO), Endpoint("fe80::1%lo", 53), id="link-local"),
        pytest.param(("fe80::1%lo", 53, 0, LO), Endpoint("fe80::1%lo", 53), id="scoped already"),
        pytest.param(
            ("fe80::1", 53, 0, 99999), Endpoint("fe80::1%99999", 53), id="interface that is gone"
        ),
    ],
)
def test_endpoints(address: tuple[Any, ...], want: Endpoint) -> None:
    """IPv4-mapped clients are IPv4 (RFC 4291, 2.5.5.2); link-local ones keep their scope."""
    assert endpoint_of(address) == want


@pytest.mark.parametrize(
    ("packed", "index", "want"),
    [
        pytest.param(b"\x7f\0\0\1", 0, "127.0.0.1", id="IPv4"),
        pytest.param(MAPPED, LO, "10.0.0.1", id="IPv4-mapped"),
        pytest.param(bytes(15) + b"\1", LO, "::1", id="IPv6"),
        pytest.param(b"\xfe\x80" + bytes(13) + b"\1", LO, "fe80::1%lo", id="link-local"),
    ],
)
def test_hosts(packed: bytes, index: int, want: str) -> None:
    assert host_of(packed, index) == want


@pytest.mark.parametrize(
    ("text", "want"), [("fe80::1", True), ("febf::1", True), ("fec0::1", False), ("::1", False)]
)
def test_link_local_addresses(text: str, want: bool) -> None:
    """fe80::/10 (RFC 4291, 2.5.6)."""
    assert is_link_local(socket.inet_pton(socket.AF_INET6, text)) == want


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("192.0.2.1", "192.0.2.2", False, id="two of IPv4"),
        pytest.param("2001:db8::1", "2001:db8::ffff:2", True, id="one IPv6 /64"),
        pytest.param("2001:db8::1", "2001:db8:0:1::1", False, id="two IPv6 /64"),
        pytest.param("fe80::1%lo", "fe80::2", True, id="link-local"),
    ],
)
def test_clients_are_told_apart(one: str, other: str, same: bool) -> None:
    assert (client_key(one) == client_key(other)) == same


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_is_no_client_of_its_own(host: str) -> None:
    """Many clients may stand behind one program on this machine."""
    assert client_key(host) is None
