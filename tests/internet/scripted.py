# SPDX-License-Identifier: Apache-2.0
"""The scripted server: one process, one address a zone, each zone with a behaviour.

It is a process of its own so that a test whose event loop is blocked does not stop it. The first
line on its standard input is JSON, a list of zones; each later line, [zone, behaviour], changes
one. Each line is acknowledged by a line on standard output. It ends with its standard input.

    python -m tests.internet.scripted
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import cast

import dns.exception
import dns.message

from tests.internet.authority import Authority
from tests.internet.behaviours import Behaviour, Exchange, behaviour
from tests.internet.plan import ScriptedZone


class _Site:
    """A zone at work: counts questions, and sends what its behaviour says."""

    def __init__(self, zone: ScriptedZone) -> None:
        self.zone = zone
        self._authority = Authority(zone.name, zone.text)
        self._behaviour: Behaviour = behaviour(zone.behaviour)
        self._counts: Counter[tuple[object, ...]] = Counter()

    def behave(self, words: str) -> None:
        """Take another behaviour, and forget what was asked."""
        self._behaviour = behaviour(words)
        self._counts.clear()

    def receive(self, wire: bytes, is_udp: bool, send: Callable[[bytes], None]) -> None:
        """Handle one query; each reply is sent now or when it is due."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return
        if len(query.question) != 1:
            return
        question = query.question[0]
        key = (question.name, question.rdtype)
        exchange = Exchange(self._authority, query, is_udp, self._counts[key])
        self._counts[key] += 1
        for delay_s, reply in self._behaviour(exchange):
            if delay_s:
                asyncio.get_running_loop().call_later(delay_s, send, reply)
            else:
                send(reply)

    async def start(self) -> None:
        """Listen on port 53 of the zone's address."""
        loop = asyncio.get_running_loop()
        address = (self.zone.address, 53)
        await loop.create_datagram_endpoint(lambda: _Datagrams(self), local_addr=address)
        if self.zone.behaviour != "truncated-no-tcp":
            await asyncio.start_server(self._stream, *address)

    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def send(reply: bytes) -> None:
            writer.write(len(reply).to_bytes(2, "big") + reply)

        try:
            while True:
                length = int.from_bytes(await reader.readexactly(2), "big")
                self.receive(await reader.readexactly(length), False, send)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, site: _Site) -> None:
        self._site = site

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Python 3.11's own class of datagram transports is no asyncio.DatagramTransport
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._site.receive(data, True, lambda reply: self._transport.sendto(reply, addr))


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    sites = [_Site(ScriptedZone(**zone)) for zone in json.loads(await lines.readline())]
    for site in sites:
        await site.start()
    by_name = {site.zone.name: site for site in sites}
    while True:
        print("ready", flush=True)
        line = await lines.readline()
        if not line:
            return
        name, words = json.loads(line)
        by_name[name].behave(words)


if __name__ == "__main__":
    asyncio.run(serve())
