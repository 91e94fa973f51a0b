# SPDX-License-Identifier: Apache-2.0
"""Settings of a server block that the server keeps, as a client sees them."""

import dns.flags
import pytest

from tests.serve import serving


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
