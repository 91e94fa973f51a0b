# SPDX-License-Identifier: Apache-2.0
"""A server block with `local`: what the plugin that sends questions out gets to see."""

import dns.rcode
import pytest

from resolver.claims import EVERYTHING, Claims
from resolver.corefile.controller import Controller
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import Rcode, ResponseWriter
from tests.serve import serving


class Sending(Plugin):
    """Keeps the names that it would have sent out."""

    name = "forward"

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        self.sent.append(request.name)
        return dns.rcode.REFUSED

    def claims(self) -> Claims:
        return EVERYTHING


@pytest.mark.parametrize("cache", ["", "cache"])
def test_special_names_stay_in_the_house(engine: str, cache: str) -> None:
    """Names of the house are answered, unknown ones denied; all others are sent out."""
    sending = Sending()

    def add_sending(controller: Controller) -> None:
        controller.add_plugin(sending)

    corefile = f"""example.org arpa localhost {{
        bind 127.0.0.1
        local
        {cache}
        hosts {{
            192.168.7.7 printer.home.arpa
            fallthrough
        }}
        forward
    }}"""
    asked = {
        "localhost. A": "127.0.0.1",
        "printer.home.arpa. A": "192.168.7.7",
        "7.7.168.192.in-addr.arpa. PTR": "printer.home.arpa.",
        "scanner.home.arpa. A": "NXDOMAIN",
        "8.7.168.192.in-addr.arpa. PTR": "NXDOMAIN",
        "8.8.8.8.in-addr.arpa. PTR": "REFUSED",
        "www.example.org. A": "REFUSED",
    }
    got: dict[str, str] = {}
    with serving(corefile, engine, more={"forward": add_sending}) as server:
        for question in (*asked, *asked):
            message = server.query(question)
            found = [rdata.to_text() for rrset in message.answer for rdata in rrset]
            got[question] = found[0] if found else dns.rcode.to_text(message.rcode())
    assert got == asked
    assert set(sending.sent) == {"8.8.8.8.in-addr.arpa.", "www.example.org."}
