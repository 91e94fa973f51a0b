# SPDX-License-Identifier: Apache-2.0
"""Settings of a server block that the server keeps, as a client sees them."""

import time

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest

from resolver.corefile.controller import Controller
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.testing import response
from resolver.types import Rcode, ResponseWriter
from tests.serve import query_message, serving

LONG = response("example.org. TXT", [f"example.org. 60 IN TXT {6 * (' ' + 250 * 'x')}"])


class Long(Plugin):
    """Answers with some 1500 octets."""

    name = "long"

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        writer.write(LONG)
        return dns.rcode.NOERROR


def add_long(controller: Controller) -> None:
    controller.add_plugin(Long())


@pytest.mark.parametrize(
    "rules, sent, want",
    [
        pytest.param("response set ra", "RD", {"QR", "AA", "RA", "RD"}, id="set RA"),
        pytest.param("response clear aa", "RD", {"QR", "RD"}, id="clear AA"),
        pytest.param("response set rd", "", {"QR", "AA", "RD"}, id="set RD"),
        pytest.param("response clear RD aa", "RD", {"QR"}, id="several, in capitals"),
        pytest.param("response set ra\nresponse clear ra", "", {"QR", "AA"}, id="the last wins"),
        pytest.param("query set aa ra rd", "", {"QR", "AA"}, id="queries"),
    ],
)
def test_a_client_sees_the_bits(engine: str, rules: str, sent: str, want: set[str]) -> None:
    """Of responses; what a query's bits are set to stays in the chain."""
    corefile = f". {{\n bind 127.0.0.1\n header {{\n {rules}\n }}\n whoami\n}}"
    with serving(corefile, engine) as server:
        message = server.query("example.org. A", rd=sent == "RD")
    assert set(dns.flags.to_text(message.flags).split()) == want


@pytest.mark.parametrize(
    "line, client, told, is_truncated",
    [
        pytest.param("", 4096, 1232, True, id="default"),
        pytest.param("bufsize 4096", 4096, 4096, False, id="both have room"),
        pytest.param("bufsize 4096", 1232, 4096, True, id="the client has not"),
        pytest.param("bufsize 512", 4096, 512, True, id="we have not"),
    ],
)
def test_the_smaller_payload_size_counts(
    engine: str, line: str, client: int, told: int, is_truncated: bool
) -> None:
    """RFC 6891, 6.2.5: over UDP; ours is what the OPT record tells."""
    corefile = f". {{\n bind 127.0.0.1\n {line}\n long\n}}"
    with serving(corefile, engine, more={"long": add_long}) as server:
        message = server.query("example.org. TXT", edns=True, payload=client)
        whole = server.query("example.org. TXT", edns=True, payload=client, tcp=True)
    assert (message.payload, bool(message.flags & dns.flags.TC)) == (told, is_truncated)
    assert len(message.answer) == (not is_truncated)
    assert (whole.payload, len(whole.answer)) == (told, 1)


def test_cancel_shortens_the_wait(engine: str) -> None:
    """SERVFAIL with EDE 22 at the time-out, not after four seconds."""
    corefile = ". {\n bind 127.0.0.1\n cancel 50ms\n erratic {\n delay 1 60s\n }\n}"
    with serving(corefile, engine) as server:
        begun_s = time.monotonic()
        message = server.query("example.org. A", edns=True)
        took_s = time.monotonic() - begun_s
    assert message.rcode() == dns.rcode.SERVFAIL
    assert [int(error.code) for error in message.extended_errors()] == [22]
    assert 0.05 <= took_s < 3


def test_time_outs_of_connections(engine: str) -> None:
    """Of the blocks that share a port the first that says them; clients are told the idle time."""
    corefile = """example.net {
        bind 127.0.0.1
        whoami
    }
    example.org {
        bind 127.0.0.1
        timeouts {
            idle 1m
            maxtcpqueries 2
        }
        whoami
    }"""
    keepalive = dns.edns.GenericOption(dns.edns.OptionType.make(11), b"")
    with serving(corefile, engine) as server, server.tcp() as client:
        query = query_message("example.net. A", options=[keepalive]).to_wire()
        client.send(query, query, query)
        answers = [client.read(), client.read()]
        assert client.read() is None
    for octets in answers:
        assert octets is not None
        (told,) = dns.message.from_wire(octets).options
        assert (int(told.otype), told.to_wire()) == (11, b"\x02\x58")


def test_multisocket_serves(engine: str) -> None:
    """However many sockets it says."""
    with serving(". {\n bind 127.0.0.1\n multisocket 4\n whoami\n}", engine) as server:
        assert server.query("example.org. A").rcode() == dns.rcode.NOERROR
