# SPDX-License-Identifier: Apache-2.0
"""Proxy: one upstream, asked one question at a time over UDP, TCP or TLS.

1. TLS upstreams, and all with `force_tcp`, are asked over a connection; so are questions that came
   over TCP, unless `prefer_udp`. All others go over UDP.
2. A truncated reply over UDP, or too much junk, leads to the same question over TCP.
3. Who answers FORMERR without EDNS is asked again without EDNS (RFC 6891, 7).
"""

from __future__ import annotations

import random
from typing import NamedTuple

import dns.rcode

from plugins.forward import datagrams
from plugins.forward.health import Health
from plugins.forward.message import Asked, Reply, decode, encode
from plugins.forward.metrics import ForwardMetrics
from plugins.forward.patience import Budget, within
from plugins.forward.settings import Settings, Target
from plugins.forward.streams import StaleConnectionError, Stream, Streams
from resolver.clock import Clock

_PROBE_MS = 1000
_IDS = 1 << 16
_NS = 2


class Services(NamedTuple):
    """What all upstreams have in common. `chance` makes IDs and ports: a generator of secrets."""

    clock: Clock
    chance: random.Random
    metrics: ForwardMetrics


class Proxy:
    """One upstream. `name` is how logs, metrics and the label `forward/upstream` call it."""

    def __init__(self, target: Target, settings: Settings, services: Services) -> None:
        self.target = target
        self.name = str(target.to)
        self.proto = "tcp-tls" if target.is_tls else "tcp"
        self._settings = settings
        self._clock = services.clock
        self._chance = services.chance
        self._metrics = services.metrics
        self._streams = Streams(
            target.to,
            settings.source,
            services.clock,
            tls=settings.tls if target.is_tls else None,
            server_name=target.server_name or target.to.host.partition("%")[0],
            expire_ms=settings.expire_ms,
            max_age_ms=settings.max_age_ms,
            max_idle=settings.max_idle,
        )
        self.health = Health(
            self._probe,
            settings.health.interval_ms,
            services.clock,
            lambda: services.metrics.probe_failed(self.name),
        )

    async def ask(self, asked: Asked, limit_ms: int) -> Reply:
        """Return what the upstream says to a question.

        Raises OSError (TimeoutError at the limit) if it says nothing that counts.
        """
        start_ns = self._clock.now_ns()
        budget = Budget(self._clock, self._clock.now_ms() + limit_ms)
        reply = await self._ask(asked, budget, edns=True)
        if reply.rcode == dns.rcode.FORMERR and not reply.has_edns:
            reply = await self._ask(asked, budget, edns=False)
        self._metrics.took(self.name, reply.rcode, (self._clock.now_ns() - start_ns) / 1e9)
        return reply

    async def close(self) -> None:
        """End probes and connections."""
        await self.health.close()
        await self._streams.close()

    async def _ask(self, asked: Asked, budget: Budget, *, edns: bool) -> Reply:
        settings = self._settings
        is_stream = self.target.is_tls or settings.force_tcp
        if is_stream or (asked.over_stream and not settings.prefer_udp):
            return await self._over_stream(asked, budget, edns=edns)
        try:
            reply = await self._over_udp(asked, budget.left_ms, edns=edns)
        except datagrams.TooManyMissesError:
            return await self._over_stream(asked, budget, edns=edns)
        if reply.is_truncated:
            return await self._over_stream(asked, budget, edns=edns)
        return reply

    async def _over_udp(self, asked: Asked, limit_ms: int, *, edns: bool) -> Reply:
        ident = self._chance.randrange(_IDS)
        return await datagrams.ask(
            encode(asked, ident, edns=edns),
            self.target.to,
            self._settings.source,
            lambda octets: decode(octets, ident, asked),
            self._clock,
            self._chance,
            limit_ms,
        )

    async def _over_stream(self, asked: Asked, budget: Budget, *, edns: bool) -> Reply:
        """Ask over a kept connection while there is one that still lives, then over a new one."""
        while (stream := self._streams.take()) is not None:
            self._metrics.connection(self.name, self.proto, is_kept=True)
            try:
                return await self._on(stream, asked, budget, edns=edns)
            except StaleConnectionError:
                continue
        self._metrics.connection(self.name, self.proto, is_kept=False)
        stream = await within(self._clock, budget.left_ms, self._streams.open())
        return await self._on(stream, asked, budget, edns=edns)

    async def _on(self, stream: Stream, asked: Asked, budget: Budget, *, edns: bool) -> Reply:
        ident = self._chance.randrange(_IDS)
        query = encode(asked, ident, edns=edns, padded=self.target.is_tls)
        is_good = False
        try:
            asking = stream.ask(query, lambda octets: decode(octets, ident, asked))
            reply = await within(self._clock, budget.left_ms, asking)
            is_good = True
        finally:
            if is_good:
                self._streams.give(stream)
            else:
                self._streams.discard(stream)
        return reply

    async def _probe(self) -> None:
        """Ask the question of a health check; any reply at all will do. Raises OSError."""
        health, budget = (
            self._settings.health,
            Budget(self._clock, self._clock.now_ms() + _PROBE_MS),
        )
        asked = Asked(health.domain, _NS, rd=health.recursion_desired)
        if self.target.is_tls or self._settings.force_tcp:
            await self._over_stream(asked, budget, edns=False)
        else:
            await self._over_udp(asked, budget.left_ms, edns=False)
