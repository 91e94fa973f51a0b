# SPDX-License-Identifier: Apache-2.0
"""Sockets: one port for both protocols, and nobody else's."""

import contextlib
import errno
import socket
from collections.abc import Iterator

import pytest

from resolver.transport.sockets import ListenError, Ports, bind


@contextlib.contextmanager
def bound(
    host: str, port: int = 0, ours: Ports | None = None
) -> Iterator[tuple[socket.socket, socket.socket]]:
    tcp, udp = bind(host, port, Ports() if ours is None else ours)
    with tcp, udp:
        yield tcp, udp


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", ""])
def test_port_0_is_one_free_port_for_both(host: str) -> None:
    with bound(host) as (tcp, udp):
        assert tcp.getsockname()[1] == udp.getsockname()[1] > 0
        assert tcp.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)


@pytest.mark.parametrize(("host", "want"), [("", True), ("::", True), ("::1", False)])
def test_the_wildcard_is_both_protocols(host: str, want: bool) -> None:
    """One socket for IPv4 and IPv6."""
    with bound(host) as pair:
        for sock in pair:
            only = sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
            assert bool(only) != want


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", ""])
def test_a_reply_over_tcp_waits_for_no_acknowledgement(host: str) -> None:
    """The second of two replies would wait for the ACK of the first, 40 ms (RFC 7766, 6.2.1)."""
    with bound(host) as (tcp, _), socket.socket(tcp.family) as client:
        client.connect(tcp.getsockname())
        accepted, _ = tcp.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_without_ipv6_the_wildcard_is_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose kernel has no IPv6 still serves."""
    real = socket.socket

    def without(family: int, *args: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return real(family, *args)

    monkeypatch.setattr(socket, "socket", without)
    with bound("") as pair:
        assert {sock.getsockname()[0] for sock in pair} == {"0.0.0.0"}


@pytest.mark.parametrize(
    ("taken", "asked", "shown"),
    [
        pytest.param("127.0.0.1", "127.0.0.1", "127.0.0.1", id="the same address"),
        pytest.param("", "127.0.0.1", "127.0.0.1", id="an address of a wildcard"),
        pytest.param("127.0.0.1", "", "", id="a wildcard over an address"),
        pytest.param("::1", "::1", "[::1]", id="IPv6"),
    ],
)
def test_a_port_that_somebody_has_is_refused(taken: str, asked: str, shown: str) -> None:
    """Although our sockets are SO_REUSEPORT, a second server must not slip in."""
    with bound(taken) as (tcp, _):
        port = tcp.getsockname()[1]
        with pytest.raises(ListenError) as error:
            bind(asked, port, Ports())
        assert str(error.value) == (
            f"Listen: listen tcp {shown}:{port}: bind: address already in use"
        )
        assert error.value.errno == errno.EADDRINUSE


def test_a_port_taken_over_udp_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        with pytest.raises(
            ListenError,
            match=rf"^ListenPacket: listen udp 127\.0\.0\.1:{port}: bind: address already in use$",
        ):
            bind("127.0.0.1", port, Ports())


def test_a_port_of_our_own_can_be_shared() -> None:
    """A wildcard and an address may listen side by side in one process."""
    with bound("") as (tcp, _):
        port = tcp.getsockname()[1]
        with bound("127.0.0.1", port, Ports([port])) as (_, udp):
            assert udp.getsockname() == ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        pytest.param("192.0.2.1", "cannot assign requested address", id="not ours"),
        pytest.param("not-an-address", "name or service not known", id="no address"),
    ],
)
def test_addresses_that_cannot_be_had(host: str, reason: str) -> None:
    with pytest.raises(ListenError) as error:
        bind(host, 0, Ports())
    assert str(error.value).lower() == f"listen: listen tcp {host}:0: bind: {reason}"


def test_no_socket_is_left_behind_by_a_failure() -> None:
    """The TCP socket goes with the UDP one (pytest would warn of one that is not closed)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        for _ in range(2):
            with pytest.raises(ListenError):
                bind("127.0.0.1", port, Ports())
    with bound("127.0.0.1", port):
        pass
