# SPDX-License-Identifier: Apache-2.0
"""Loop: finds out whether what goes out comes back in, and then breaks the circle.

1. At the start a probe is passed on: a HINFO query for a name that nobody else can know.
2. A query for it that comes in has gone round. That is a WARNING, and where it came from is kept.
3. From then on a question that comes from there while the same one is being answered is refused.
4. Every minute another probe goes out; once it does not come back, all is as before.
"""

import asyncio
import dataclasses
import logging
import random
from collections import Counter

import dns.rcode

from plugins.loop.probe import MAX_LABEL_OCTETS, NoClient, probe_request, random_label
from resolver import names
from resolver.claims import EVERYTHING, Claim, Claims
from resolver.clock import Clock
from resolver.corefile.controller import Server
from resolver.errors import Ede, ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter

RETRIES, RETRY_MS = 6, 5000  # while nobody answers the first probe
RECHECK_MS = 60_000
MAX_SOURCES = 64

LOOP = Ede(0, "forwarding loop")

_log = logging.getLogger("plugin/loop")


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """The server block that is watched: its listener as metrics name it, and a zone of it."""

    server: str
    zone: bytes


class Loop(Plugin):
    """Passes everything on but what has come round. The event loop's thread only.

    Raises DomainNameError if the zone's name leaves no room for a probe below it.
    """

    name = "loop"

    def __init__(self, place: Place, clock: Clock, rng: random.Random, server: Server) -> None:
        self._place = place
        self._clock = clock
        self._rng = rng
        self._server = server
        label = random_label(rng)
        longest = [b"x" * MAX_LABEL_OCTETS, b"x" * MAX_LABEL_OCTETS, *names.labels(place.zone)]
        names.from_labels(longest, names.to_text(place.zone))  # is there room for a probe?
        self._probes = names.from_labels([label, *names.labels(place.zone)])
        self._sources: set[str] = set()
        self._in_flight: Counter[tuple[bytes, int, int]] = Counter()
        self._is_back = False
        self._is_looping = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None

    def claims(self) -> Claims:
        """Claim probes; everything while there is a loop."""
        return EVERYTHING if self._sources else (Claim(zones=frozenset({self._probes})),)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Pass a request on, unless it has come round."""
        if names.is_below(request.qname, self._probes):
            self._note(request)
            return self._refuse(writer, request)
        if not self._sources:
            return await self.call_next(writer, request)
        question = (request.qname, request.qtype, request.qclass)
        if request.client.host in self._sources and self._in_flight[question]:
            return self._refuse(writer, request)
        self._in_flight[question] += 1
        try:
            return await self.call_next(writer, request)
        finally:
            self._in_flight[question] -= 1
            if not self._in_flight[question]:
                del self._in_flight[question]

    async def start(self) -> None:
        """Begin to watch."""
        self._watch = asyncio.get_running_loop().create_task(self._keep_watch())
        self._watch.add_done_callback(_tell)

    async def close(self) -> None:
        """Watch no more."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None

    async def _keep_watch(self) -> None:
        for _ in range(RETRIES):
            if await self._probe() or self._sources:
                break
            await self._pass_ms(RETRY_MS)
        while True:
            await self._is_looping.wait()
            await self._pass_ms(RECHECK_MS)
            self._is_back = False
            await self._probe()
            if not self._is_back:
                self._forget()

    async def _probe(self) -> bool:
        """Send a probe on its way; return whether anybody answered it."""
        qname = names.from_labels([random_label(self._rng), *names.labels(self._probes)])
        request = probe_request(qname, self._place.server, self._place.zone, self._clock.now_ms())
        nobody = NoClient(request)
        try:
            rcode = await self.call_next(nobody, request)
        except ResolverError as error:
            _log.debug("probe failed name=%s error=%s", request.name, error)
            return False
        if nobody.response is not None:
            rcode = nobody.response.rcode
        return rcode != dns.rcode.SERVFAIL

    async def _pass_ms(self, delay_ms: int) -> None:
        over = asyncio.Event()
        timer = self._clock.call_later(delay_ms, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

    def _note(self, request: Request) -> None:
        """Take note that a probe has come round."""
        self._is_back = True
        if not self._sources:
            _log.warning(
                'Loop (%s -> %s) detected for zone "%s", see'
                ' https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO %s"',
                request.client,
                request.local,
                names.to_text(self._place.zone),
                request.name,
            )
        if request.client.host not in self._sources and len(self._sources) < MAX_SOURCES:
            self._sources.add(request.client.host)
            self._server.claims_changed()
        self._is_looping.set()

    def _forget(self) -> None:
        _log.info("loop is gone zone=%s", names.to_text(self._place.zone))
        self._sources.clear()
        self._is_looping.clear()
        self._server.claims_changed()

    def _refuse(self, writer: ResponseWriter, request: Request) -> Rcode:
        writer.write(
            Response.answering(
                request,
                rcode=dns.rcode.REFUSED,
                ede=(LOOP,),
                plugin=self.name,
            )
        )
        return dns.rcode.NOERROR


def _tell(watch: asyncio.Task[None]) -> None:
    error = None if watch.cancelled() else watch.exception()
    if error is not None:
        _log.error("panic in a probe: %r", error)
