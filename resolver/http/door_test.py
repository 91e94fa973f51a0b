# SPDX-License-Identifier: Apache-2.0
"""A listening socket that never holds more connections than it has room for."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from resolver.http.door import Door, open_door
from resolver.http.limits import HttpLimits
from resolver.request import Endpoint
from resolver.transport.sockets import ListenError

LOCAL = Endpoint("127.0.0.1", 0)
PATIENCE_S = 10.0


@pytest.fixture
def door() -> Iterator[Door]:
    """A door with room for two."""
    with open_door(LOCAL, HttpLimits(connections=2)) as opened:
        opened.settimeout(PATIENCE_S)
        yield opened


def visit(door: Door, stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Return both ends of a new connection: the client's, and what was let in."""
    client = stack.enter_context(socket.create_connection(door.getsockname(), PATIENCE_S))
    return client, stack.enter_context(door.accept()[0])


def test_the_oldest_gives_way(door: Door) -> None:
    """So nobody can shut others out by holding connections open."""
    with ExitStack() as stack:
        ends = [visit(door, stack) for _ in range(3)]
        assert ends[0][0].recv(1) == b""
        ends[1][1].sendall(b"x")
        ends[2][1].sendall(b"x")
        assert ends[1][0].recv(1) == ends[2][0].recv(1) == b"x"
        assert door.guests == 2


def test_who_leaves_makes_room(door: Door) -> None:
    """Nobody has to go for the next one then."""
    with ExitStack() as stack:
        first, _ = visit(door, stack)
        visit(door, stack)[1].close()
        assert door.guests == 1
        visit(door, stack)
        first.settimeout(0)
        with pytest.raises(BlockingIOError):
            first.recv(1)


def test_closing_ends_all(door: Door) -> None:
    """What is open would hold up the end of the server."""
    with ExitStack() as stack:
        client, _ = visit(door, stack)
        door.close()
        assert client.recv(1) == b""
        assert door.guests == 0


def test_one_client_is_ended_by_its_address(door: Door) -> None:
    """The others go on."""
    with ExitStack() as stack:
        first, second = visit(door, stack), visit(door, stack)
        door.evict(first[0].getsockname())
        assert first[0].recv(1) == b""
        second[1].sendall(b"x")
        assert second[0].recv(1) == b"x"
        assert door.guests == 1


@pytest.mark.parametrize(
    "host, says",
    [
        pytest.param(
            "127.0.0.1", r"listen tcp 127\.0\.0\.1:\d+: bind: address already in use", id="IPv4"
        ),
        pytest.param("", r"listen tcp :\d+: bind: address already in use", id="every address"),
    ],
)
def test_a_port_that_is_taken(door: Door, host: str, says: str) -> None:
    """The error names the address, in CoreDNS's words."""
    taken = Endpoint(host, door.getsockname()[1])
    with pytest.raises(ListenError, match=says):
        open_door(taken, HttpLimits())


def test_an_address_that_is_not_ours() -> None:
    """RFC 5737: nobody has it."""
    with pytest.raises(ListenError, match=r"192\.0\.2\.1:0: bind: cannot assign requested"):
        open_door(Endpoint("192.0.2.1", 0), HttpLimits())


def test_every_address_takes_ipv4_and_ipv6() -> None:
    """One socket for both."""
    with open_door(Endpoint("", 0), HttpLimits()) as door:
        port = door.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), PATIENCE_S).close()
