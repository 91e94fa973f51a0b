# SPDX-License-Identifier: Apache-2.0
"""Settings of a server block that the server keeps, as a client sees them."""

import dns.flags
import dns.rcode
import pytest

from resolver.corefile.controller import Controller
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.testing import response
from resolver.types import Rcode, ResponseWriter
from tests.serve import serving

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
