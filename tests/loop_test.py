# SPDX-License-Identifier: Apache-2.0
"""A server whose upstream sends everything back to it, over real sockets."""

import asyncio
import logging
import threading

import dns.asyncquery
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from resolver.corefile.controller import Controller
from resolver.plugin import Plugin
from resolver.request import Endpoint, Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from tests.serve import PATIENCE_S, serving


class Around(Plugin):
    """Asks the server itself over UDP, and answers what it is answered."""

    name = "around"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.was_answered = threading.Event()
        self._to: Endpoint | None = None
        self._is_known = asyncio.Event()

    def go_to(self, to: Endpoint) -> None:
        self._to = to
        self._is_known.set()

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        self.asked.append(request.name)
        await self._is_known.wait()
        assert self._to is not None
        query = dns.message.make_query(request.name, dns.rdatatype.RdataType(request.qtype))
        answer = await dns.asyncquery.udp(query, self._to.host, PATIENCE_S, self._to.port)
        writer.write(
            Response.from_records(
                request.qname, request.qtype, rcode=int(answer.rcode()), plugin=self.name
            )
        )
        self.was_answered.set()
        return dns.rcode.NOERROR


def test_a_circle_is_found_and_broken(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    """One WARNING; each question goes round once, and is refused."""
    around = Around()

    def add_around(controller: Controller) -> None:
        controller.add_plugin(around)

    with serving(
        ". {\n bind 127.0.0.1\n loop\n around\n}", engine, more={"around": add_around}
    ) as (server):
        server.call(lambda: around.go_to(server.endpoint))
        assert around.was_answered.wait(PATIENCE_S)
        for question in ("www.example.org. A", "www.example.org. AAAA"):
            assert server.query(question).rcode() == dns.rcode.REFUSED
    warnings = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(warnings) == 1 and warnings[0].startswith("Loop (127.0.0.1:")
    assert around.asked[1:] == ["www.example.org."] * 2
