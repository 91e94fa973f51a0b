# SPDX-License-Identifier: Apache-2.0
"""Instance: what serves. Its listeners outlive the configuration that they serve.

start    the first configuration, then its listeners
reload   another configuration beside the running one; when it is whole it takes the queries over
stop     lameduck hooks while queries are answered, close and drain, shutdown hooks

A reload keeps the sockets of listeners that both configurations have. All listeners change over in
one step of the event loop; a query that came before ends in the chain that it began in.
"""

import asyncio
import logging
import random
from collections.abc import Coroutine, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Any, NamedTuple

from resolver.block import Block
from resolver.clock import Clock
from resolver.configuration import Configuration
from resolver.corefile.controller import Services
from resolver.corefile.ports import DEFAULT_PORT
from resolver.directives import Directives
from resolver.engine.engine import Engine
from resolver.engine.python import PythonEngine
from resolver.errors import ConfigurationError, ResolverError
from resolver.limits import Limits
from resolver.listeners import Listener, listeners_of
from resolver.metrics import Metrics
from resolver.request import Endpoint
from resolver.server import Server
from resolver.storage import STORE
from resolver.types import Store
from resolver.upstream import ServerUpstream

GRACE_MS = 5000

_log = logging.getLogger("server")


class Serving(NamedTuple):
    """A listener that is up: its server, and where it listens."""

    listener: Listener
    server: Server
    endpoints: Sequence[Endpoint]


class Instance:
    """A server with its present configuration. The event loop's thread only, but for `load`.

    `serving` is what is up.
    """

    def __init__(
        self,
        clock: Clock,
        rng: random.Random,
        limits: Limits | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.serving: list[Serving] = []
        self.metrics = Metrics()
        self._limits = limits
        self._servers: dict[str, Server] = {}
        self._services = Services(clock, rng, self.metrics, ServerUpstream(self._servers), self)
        self._engine = engine or PythonEngine()
        self._engine.join(self._services, limits or Limits())
        self._configuration = self._configure()
        self._leaving: set[asyncio.Task[None]] = set()
        self._is_up = False

    @property
    def blocks(self) -> Sequence[Block]:
        """The server blocks of the present configuration."""
        return self._configuration.blocks

    @property
    def engine(self) -> str:
        """The name of the engine: `python` or `native`."""
        return self._engine.name

    @property
    def errors(self) -> list[ResolverError]:
        """What is wrong with the present configuration so far."""
        return self._configuration.errors

    @property
    def shared(self) -> dict[str, Any]:
        """What server blocks have in common; see Services."""
        return self._services.shared

    def load(
        self,
        text: str,
        file: str,
        directives: Directives,
        environment: Mapping[str, str],
        default_port: int = DEFAULT_PORT,
    ) -> None:
        """Parse the first Corefile; what is wrong comes to stand in `errors`."""
        self._configuration.load(text, file, directives, environment, default_port)

    async def prove(self) -> None:
        """Run all proofs; complaints come to stand in `errors`."""
        await self._configuration.prove()

    async def start(self) -> None:
        """Prove, start up and listen.

        Raises ConfigurationErrors if anything is wrong with the configuration, ResolverError if a
        plugin cannot start or an address cannot be had. What was started is to be stopped then.
        """
        await self._configuration.start()
        self.serving = await self._listen(self._configuration)
        self._change_plan()
        self._is_up = True
        await self._configuration.finish()

    async def reload(
        self,
        text: str,
        file: str,
        directives: Directives,
        environment: Mapping[str, str],
        default_port: int = DEFAULT_PORT,
    ) -> None:
        """Have another Corefile take the place of the running one, one call at a time.

        Returns once it serves and the listeners that it has not are closed. What else the old one
        has ends when its last query does.

        Raises ConfigurationErrors or ResolverError; then everything is as it was.
        """
        old, before = self._configuration, self.serving
        new = self._configure()
        await asyncio.to_thread(new.load, text, file, directives, environment, default_port)
        if not new.blocks and not new.errors:
            raise ConfigurationError(f"{file} has no server block")
        serving: list[Serving] = []
        try:
            await new.start()
            serving = await self._listen(new)
            self._change_over(new, serving)
            await new.finish()
        except BaseException:
            self._change_over(old, before)
            await self._leave(new, serving)
            raise
        await self._leave(old, before)

    async def stop(self, grace_ms: int = GRACE_MS) -> list[BaseException]:
        """End in order; return what went wrong on the way (it is logged, and stops nothing).

        After a start that failed there is nobody to warn: lameduck hooks are left out.
        """
        troubles = await self._configuration.warn() if self._is_up else []
        self._is_up = False
        serving, self.serving = self.serving, []
        troubles += await self._close([server for _, server, _ in serving], grace_ms)
        await asyncio.gather(*self._leaving)
        troubles += await self._configuration.end()
        self._engine.close()
        _tell(troubles)
        return troubles

    def claims_changed(self) -> None:
        """Take note that a plugin's claims are others now."""
        if self._is_up:
            self._change_plan()

    def _change_plan(self) -> None:
        self._engine.change_plan([serving.listener for serving in self.serving])

    def names_changed(self, changed: Iterable[bytes]) -> None:
        """Remove the stored answers for names whose data is another now."""
        store: Store | None = self.shared.get(STORE)
        if store is not None:
            store.remove_names(changed if isinstance(changed, Set) else frozenset(changed))

    def _configure(self) -> Configuration:
        return Configuration(replace(self._services, blocks=(), rejected=[]))

    async def _listen(self, configuration: Configuration) -> list[Serving]:
        """Return what serves a configuration: listeners that are up stay, others are opened.

        Those that are new serve at once. Raises ListenError; then none was opened.
        """
        up = {serving.listener.place: serving for serving in self.serving}
        found: list[Serving] = []
        opened: list[Server] = []
        try:
            for listener in listeners_of(configuration.blocks):
                if listener.place in up:
                    found.append(up[listener.place]._replace(listener=listener))
                    continue
                server = Server(
                    listener.blocks,
                    configuration.services,
                    name=listener.name,
                    limits=self._limits,
                    engine=self._engine,
                )
                opened.append(server)
                self._servers[server.name] = server
                endpoints = await server.listen(listener.host, listener.port)
                found.append(Serving(listener, server, endpoints))
        except BaseException:
            await self._close(opened, 0)
            raise
        return found

    def _change_over(self, configuration: Configuration, serving: list[Serving]) -> None:
        for listener, server, _ in serving:
            server.replace(listener.blocks, configuration.services)
        self._configuration, self.serving = configuration, serving
        self._change_plan()

    async def _leave(self, configuration: Configuration, serving: Sequence[Serving]) -> None:
        """Close the listeners that serve only this configuration; end it with its last query."""
        kept = {id(server) for _, server, _ in self.serving}
        gone = [server for _, server, _ in serving if id(server) not in kept]
        closing = self._own(_alone(self._close(gone, GRACE_MS, gives_way=True)))
        self._own(self._end(configuration, serving, closing))
        await asyncio.shield(closing)

    async def _end(
        self,
        configuration: Configuration,
        serving: Sequence[Serving],
        closing: asyncio.Task[None],
    ) -> None:
        await closing
        for listener, server, _ in serving:
            await server.finish(listener.blocks)
        _tell(await configuration.end())

    def _own(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        return task

    async def _close(
        self, servers: Sequence[Server], grace_ms: int, gives_way: bool = False
    ) -> list[BaseException]:
        """Stop servers together; return what went wrong."""
        stopping = [server.stop(grace_ms, gives_way) for server in servers]
        outcomes = await asyncio.gather(*stopping, return_exceptions=True)
        for server in servers:
            if self._servers.get(server.name) is server:
                del self._servers[server.name]
        return [outcome for outcome in outcomes if outcome is not None]


async def _alone(closing: Coroutine[Any, Any, list[BaseException]]) -> None:
    _tell(await closing)


def _tell(troubles: Iterable[BaseException]) -> None:
    for trouble in troubles:
        _log.error("shutting down: %s", trouble, exc_info=trouble)
