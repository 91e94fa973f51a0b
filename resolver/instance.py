# SPDX-License-Identifier: Apache-2.0
"""Instance: a configuration brought up, from a Corefile's text to listeners and to its end.

load     parse, check keys, set up all directives, look for overlaps
prove    what only a trial can tell, libunbound's own complaints among it
start    start-up hooks, listen, started hooks
stop     lameduck hooks while queries are answered, close and drain, shutdown hooks
"""

import asyncio
import logging
import random
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from resolver.block import Block, Hook
from resolver.clock import Clock
from resolver.corefile.controller import Services
from resolver.corefile.keys import DEFAULT_PORT
from resolver.directives import Directives
from resolver.errors import ConfigurationErrors, ResolverError
from resolver.listeners import Listener, listeners_of, overlaps
from resolver.metrics import Metrics
from resolver.request import Endpoint
from resolver.server import Server
from resolver.setups import place, read_blocks, set_up
from resolver.transport.limits import Limits
from resolver.types import Store
from resolver.upstream import ServerUpstream

GRACE_MS = 5000
STORE = "cache/store"  # the key of the process's store among the shared objects

_log = logging.getLogger("server")


class Serving(NamedTuple):
    """A listener that is up: its server, and where it listens."""

    listener: Listener
    server: Server
    endpoints: Sequence[Endpoint]


class Instance:
    """The server blocks of one Corefile. The event loop's thread only, but for `load`.

    `errors` is what is wrong with it so far; `serving` is what is up.
    """

    def __init__(self, clock: Clock, rng: random.Random, limits: Limits | None = None) -> None:
        self.blocks: Sequence[Block] = ()
        self.errors: list[ResolverError] = []
        self.serving: list[Serving] = []
        self.metrics = Metrics()
        self._limits = limits
        self._servers: dict[str, Server] = {}
        self._services = Services(clock, rng, self.metrics, ServerUpstream(self._servers), self)
        self._started: list[Block] = []
        self._is_up = False

    def load(
        self,
        text: str,
        file: str,
        directives: Directives,
        environment: Mapping[str, str],
        default_port: int = DEFAULT_PORT,
    ) -> None:
        """Parse a Corefile and set up its blocks; what is wrong comes to stand in `errors`."""
        self.blocks, self.errors = read_blocks(text, file, directives, environment, default_port)
        self.errors += set_up(self.blocks, directives, self._services)
        self.errors += overlaps(self.blocks)
        self.errors.sort(key=place)

    async def prove(self) -> None:
        """Run all proofs; complaints come to stand in `errors`."""
        hooks = [hook() for block in self.blocks for hook in block.hooks.prove]
        for outcome in await asyncio.gather(*hooks, return_exceptions=True):
            if isinstance(outcome, ConfigurationErrors):
                self.errors += outcome.errors
            elif isinstance(outcome, ResolverError):
                self.errors.append(outcome)
            elif outcome is not None:
                raise outcome
        self.errors.sort(key=place)

    async def start(self) -> None:
        """Prove, start up and listen.

        Raises ConfigurationErrors if anything is wrong with the configuration, ResolverError if a
        plugin cannot start or an address cannot be had. What was started is to be stopped then.
        """
        if not self.errors:
            await self.prove()
        if self.errors:
            raise ConfigurationErrors(self.errors)
        for block in self.blocks:
            self._started.append(block)
            for hook in block.hooks.startup:
                await hook()
        await self._listen()
        self._is_up = True
        for block in self.blocks:
            for hook in block.hooks.started:
                await hook()

    async def _listen(self) -> None:
        for listener in listeners_of(self.blocks):
            server = Server(
                listener.blocks, self._services, name=listener.name, limits=self._limits
            )
            serving = Serving(listener, server, [])
            self.serving.append(serving)
            self._servers[server.name] = server
            endpoints = await server.listen(listener.host, listener.port)
            self.serving[-1] = serving._replace(endpoints=endpoints)

    async def stop(self, grace_ms: int = GRACE_MS) -> list[BaseException]:
        """End in order; return what went wrong on the way (it is logged, and stops nothing).

        After a start that failed there is nobody to warn: lameduck hooks are left out.
        """
        blocks, self._started = self._started, []
        warned, self._is_up = blocks if self._is_up else [], False
        troubles = await _all([hook for block in warned for hook in block.hooks.lameduck])
        serving, self.serving = self.serving, []
        stopping = [server.stop(grace_ms) for _, server, _ in serving]
        outcomes = await asyncio.gather(*stopping, return_exceptions=True)
        troubles += [outcome for outcome in outcomes if outcome is not None]
        self._servers.clear()
        troubles += await _all([hook for block in blocks for hook in block.hooks.shutdown])
        for trouble in troubles:
            _log.error("shutting down: %s", trouble, exc_info=trouble)
        return troubles

    def claims_changed(self) -> None:
        """Take note that a plugin's claims are others now.

        The python engine runs every question through the chain, and asks no claims.
        """

    def names_changed(self, changed: Iterable[bytes]) -> None:
        """Remove the stored answers for names whose data is another now."""
        store: Store | None = self._services.shared.get(STORE)
        if store is not None:
            store.remove_names(changed if isinstance(changed, Set) else frozenset(changed))


async def _all(hooks: Sequence[Hook]) -> list[BaseException]:
    """Run hooks together, each to its end; return what they raised."""
    outcomes = await asyncio.gather(*(hook() for hook in hooks), return_exceptions=True)
    return [outcome for outcome in outcomes if outcome is not None]
