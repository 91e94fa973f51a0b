# SPDX-License-Identifier: Apache-2.0
"""A server without sockets for tests: a chain that does what it is told, and what clients got."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import dns.message
import dns.rcode

from resolver import names
from resolver.block import Block, Key
from resolver.limits import Limits
from resolver.plugin import Plugin
from resolver.request import Endpoint, Request, Transport
from resolver.server import Server
from resolver.testing import CLIENT, LOCAL, FixedClock, request, response, run, services
from resolver.types import Handler, Rcode, ResponseWriter

ANSWER = response("www.example.org. A", ["www.example.org. 300 IN A 192.0.2.1"])

Action = Callable[[ResponseWriter, Request], Awaitable[Rcode]]


class Doing(Plugin):
    """Does what a test says."""

    name = "doing"

    def __init__(self, action: Action) -> None:
        self._action = action

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        return await self._action(writer, request)


class House:
    """A server with one block for the root, a clock, and what its clients got."""

    def __init__(self, handler: Handler | None, zone: str = ".", **fields: Any) -> None:
        limits = Limits(**fields.pop("limits", {}))
        handlers = [handler] if handler else []
        self.block = Block((Key("dns", names.from_text(zone), 53),), {}, handlers=handlers)
        for name, value in fields.items():
            setattr(self.block, name, value)
        self.clock = FixedClock()
        self.services = services(self.clock)
        self.server = Server([self.block], self.services, limits=limits)
        self.outcomes: list[bytes | None] = []

    def ask(self, question: str = "www.example.org. A", **fields: Any) -> None:
        self.send(request(question, **fields).wire)

    def send(
        self, octets: bytes, client: Endpoint = CLIENT, kind: Transport = Transport.DO53_UDP
    ) -> None:
        self.server.receive(octets, client, LOCAL, kind, self.outcomes.append)

    @property
    def message(self) -> dns.message.Message:
        (octets,) = self.outcomes
        assert octets is not None
        return dns.message.from_wire(octets)

    def rcode(self) -> str:
        return dns.rcode.to_text(self.message.rcode())

    def edes(self) -> list[tuple[int, str | None]]:
        return [(int(ede.code), ede.text) for ede in self.message.extended_errors()]

    def count(self, name: str, **labels: str) -> float:
        return self.services.metrics.value(name, server="dns://:53", **labels)

    def rejected(self, reason: str) -> float:
        return self.count("rootward_server_rejected_total", reason=reason)


async def settle() -> None:
    """Let Tasks run until they wait for something."""
    for _ in range(5):
        await asyncio.sleep(0)


def asked(house: House, question: str = "www.example.org. A", **fields: Any) -> House:
    """Return the house once a query was asked and its chain has run."""

    async def once() -> None:
        house.ask(question, **fields)
        await settle()

    run(once())
    return house


class Late:
    """A house whose chain waits for a gate behind a wrapper that has stale data, maybe."""

    def __init__(self, *stale: Callable[[ResponseWriter], Callable[[], None]]) -> None:
        self.gate = asyncio.Event()
        self.written: list[bool] = []
        self.was_cancelled = False

        async def wait(writer: ResponseWriter, request: Request) -> Rcode:
            for make in stale:
                writer.at_deadline(make(writer))
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.was_cancelled = True
                raise
            writer.write(ANSWER)
            self.written.append(True)
            return dns.rcode.NOERROR

        self.house = House(Doing(wait))

    async def pass_ms(self, by_ms: int) -> None:
        await settle()
        self.house.clock.advance(by_ms)
        await settle()
