# SPDX-License-Identifier: Apache-2.0
"""Whole server over TCP: pipelining, order, half-closes, keepalive, the end (RFC 7766, 7828)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import dns.edns
import dns.message
import dns.rcode
import pytest

from resolver.corefile.controller import Controller
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from tests.serve import PATIENCE_S, Running, TcpClient, query_message, serving

KEEPALIVE = dns.edns.OptionType.make(11)
COREFILE = """
. {
    bind 127.0.0.1
    held
}
"""


class Held(Plugin):
    """Holds back names below `slow.` until one below `go.` was asked."""

    name = "held"

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        if request.name.endswith(".slow."):
            await self.gate.wait()
        if request.name.endswith(".go."):
            self.gate.set()
        writer.write(Response.from_records(request.qname, request.qtype, plugin=self.name))
        return dns.rcode.NOERROR


def held(controller: Controller) -> None:
    controller.add_plugin(Held())


@pytest.fixture
def server(engine: str) -> Iterator[Running]:
    with serving(COREFILE, engine, more={"held": held}) as running:
        yield running


def octets(name: str, **options: object) -> bytes:
    return query_message(f"{name} A", **options).to_wire()  # type: ignore[arg-type] # keywords


def name_of(message: bytes | None) -> str:
    assert message is not None
    return dns.message.from_wire(message).question[0].name.to_text()


def test_pipelined_queries_are_answered_out_of_order(server: Running) -> None:
    """One that waits holds nobody up (RFC 7766, 6.2.1.1 and 7)."""
    with server.tcp() as client:
        client.send(octets("a.slow."), octets("b.slow."), octets("c.fast."))
        assert name_of(client.read()) == "c.fast."
        client.send(octets("d.go."))
        rest = sorted(name_of(client.read()) for _ in range(3))
        assert rest == ["a.slow.", "b.slow.", "d.go."]


def test_more_queries_than_may_be_in_flight(server: Running) -> None:
    """All are answered, each once, with its own ID."""
    with server.tcp() as client:
        client.send(*(octets(f"n{n}.fast.", id=n) for n in range(1000)))
        ids = {dns.message.from_wire(client.read() or b"").id for _ in range(1000)}
        assert ids == set(range(1000))


def test_a_half_close_is_answered(server: Running) -> None:
    """As clients do that ask once; then the server closes as well."""
    with server.tcp() as client:
        client.send(octets("a.slow."), octets("b.fast."))
        client.sock.shutdown(socket.SHUT_WR)
        assert name_of(client.read()) == "b.fast."
        with server.tcp() as other:
            other.send(octets("c.go."))
            assert name_of(other.read()) == "c.go."
        assert name_of(client.read()) == "a.slow."
        assert client.read() is None


@pytest.mark.parametrize(
    ("message", "rcode"),
    [
        pytest.param(b"\0\1\x28\0" + bytes(8), "NOTIMP", id="an update"),
        pytest.param(b"\0\1\1\0\0\1" + bytes(6), "FORMERR", id="no question"),
        pytest.param(b"\0\1\1\0\0\0" + bytes(6), "FORMERR", id="QDCOUNT 0"),
        pytest.param(b"\0\1\x81\0" + bytes(8), None, id="a response"),
        pytest.param(b"", None, id="nothing"),
        pytest.param(b"x" * 11, None, id="less than a header"),
    ],
)
def test_other_messages(server: Running, message: bytes, rcode: str | None) -> None:
    """As over UDP; the connection stays."""
    with server.tcp() as client:
        client.send(message)
        if rcode is not None:
            got = dns.message.from_wire(client.read() or b"")
            assert dns.rcode.to_text(got.rcode()) == rcode
        client.send(octets("a.fast."))
        assert name_of(client.read()) == "a.fast."


@pytest.mark.parametrize(
    ("options", "want"),
    [
        pytest.param([dns.edns.GenericOption(KEEPALIVE, b"")], [b"\0\x64"], id="asked for"),
        pytest.param([], [], id="not asked for"),
    ],
)
def test_keepalive(server: Running, options: list[dns.edns.Option], want: list[bytes]) -> None:
    """10 s in units of 100 ms, to those who send the option (RFC 7828, 3.3.2)."""
    with server.tcp() as client:
        client.send(octets("a.fast.", edns=True, options=options))
        got = dns.message.from_wire(client.read() or b"")
        assert [option.to_wire() for option in got.options] == want


def test_the_end_of_the_server_is_a_clean_one(engine: str) -> None:
    """A query in flight is answered, then the connection ends without RST, and none is let in."""
    with serving(COREFILE, engine, more={"held": held}) as server:
        endpoint = server.endpoint
        client = server.tcp()
        client.send(octets("a.slow."), octets("b.fast."))
        assert name_of(client.read()) == "b.fast."
        stopping = server.call(lambda: asyncio.ensure_future(server.instance.stop()))
        assert not stopping.done()
        handler = server.instance.blocks[0].handlers[-1]
        assert isinstance(handler, Held)
        server.call(handler.gate.set)
        assert name_of(client.read()) == "a.slow."
        assert client.read() is None
        client.sock.close()
    with pytest.raises(ConnectionRefusedError):
        TcpClient(socket.create_connection(endpoint, PATIENCE_S))
