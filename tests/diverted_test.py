# SPDX-License-Identifier: Apache-2.0
"""What chains are asked is what was sent: what C reads of a query it reads as Python does."""

import asyncio
import struct
import threading

import dns.edns
import dns.rcode
import pytest

from resolver import names
from resolver.corefile.controller import Controller
from resolver.plugin import Plugin
from resolver.query import Query, read_query
from resolver.request import Request, Transport
from resolver.types import Rcode, ResponseWriter
from tests.serve import PATIENCE_S, Running, query_message, serving

COREFILE = ".:0 {\n bind 127.0.0.1\n listening\n}"


class Listening(Plugin):
    """Refuses what it is asked, and remembers it."""

    name = "listening"

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Remember it."""
        self.asked.append(request)
        return dns.rcode.REFUSED


def with_question(qname: bytes, behind: bytes = b"", additional: int = 0) -> bytes:
    """Return a query in octets."""
    return struct.pack("!6H", 7, 0x0130, 1, 0, 0, additional) + qname + b"\0\xff\0\1" + behind


NAME = names.from_text_as_is("Www.exAMPLE.org.")
LONGEST = (b"\x3f" + b"Q" * 63) * 3 + b"\x3d" + b"Q" * 61 + b"\0"
OPTIONS = b"\0\x0a\0\x08deadbeef" + b"\xff\xfe\0\0" + b"\0\3\0\1x"
OPT = b"\0\0\x29\x02\0\0\0\x80\x01" + struct.pack("!H", len(OPTIONS)) + OPTIONS
NOTE = b"\1a\0\0\x10\0\1\0\0\0\0\0\2\1x"
MESSAGES = {
    "a plain one": query_message("www.example.org. A", id=3).to_wire(),
    "no recursion, with CD": query_message("www.example.org. NS", rd=False, cd=True).to_wire(),
    "DO and AD": query_message("example.org. DNSKEY", do=True, ad=True).to_wire(),
    "EDNS without an option": query_message("example.org. AAAA", edns=True, payload=512).to_wire(),
    "an option": query_message(
        "a. A", options=[dns.edns.GenericOption(dns.edns.OptionType(65001), b"xyz")]
    ).to_wire(),
    "several options, and all flags": with_question(NAME, OPT, 1),
    "an OPT behind another record": with_question(NAME, NOTE + OPT, 2),
    "capitals": with_question(NAME),
    "the root": with_question(b"\0"),
    "the longest name": with_question(LONGEST),
    "octets behind the question": with_question(NAME, b"more"),
}


def read_as(request: Request) -> Query:
    """Return what of a request is its query."""
    return Query(*request[1:11])


@pytest.fixture
def listening() -> Listening:
    """The plugin that a server is brought up with."""
    return Listening()


def sent(server: Running, octets: bytes, tcp: bool) -> bytes | None:
    """Send a message and return its reply."""
    if tcp:
        with server.tcp() as client:
            client.send(octets)
            return client.read()
    with server.udp() as sock:
        sock.send(octets)
        return sock.recv(4096)


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_a_chain_is_asked_what_was_sent(engine: str, listening: Listening, tcp: bool) -> None:
    """Name and case, type, flags, EDNS and its options; and the octets themselves."""

    def setup(controller: Controller) -> None:
        controller.add_plugin(listening)

    with serving(COREFILE, engine, more={"listening": setup}) as server:
        for number, octets in enumerate(MESSAGES.values(), 1):
            reply = sent(server, octets, tcp)
            assert reply is not None
            assert (reply[:2], reply[3] & 15) == (octets[:2], dns.rcode.REFUSED)
            assert len(listening.asked) == number
            request = listening.asked[-1]
            assert (request.wire, read_as(request)) == (octets, read_query(octets))
            assert request.transport is (Transport.DO53_TCP if tcp else Transport.DO53_UDP)
            assert request.client.host == request.local.host == "127.0.0.1"
            assert request.local == server.endpoint


class Waiting(Plugin):
    """Says nothing until it is cancelled."""

    name = "listening"

    def __init__(self) -> None:
        self.has_begun = threading.Event()

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Wait."""
        self.has_begun.set()
        await asyncio.Event().wait()
        return dns.rcode.NOERROR


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_a_server_that_ends_at_once_answers_whom_chains_have_not(engine: str, tcp: bool) -> None:
    """Its last words leave before the sockets close."""
    waiting = Waiting()

    def setup(controller: Controller) -> None:
        controller.add_plugin(waiting)

    with (
        serving(COREFILE, engine, more={"listening": setup}) as server,
        server.udp() as sock,
        server.tcp() as client,
    ):
        message = query_message("www.example.org. A", id=7).to_wire()
        if tcp:
            client.send(message)
        else:
            sock.send(message)
        assert waiting.has_begun.wait(PATIENCE_S)
        server.stop_at_once()
        reply = client.read() if tcp else sock.recv(4096)
        assert reply is not None
        assert (reply[:2], reply[3] & 15) == (message[:2], dns.rcode.SERVFAIL)
        assert client.read() is None
