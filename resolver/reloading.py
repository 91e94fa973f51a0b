# SPDX-License-Identifier: Apache-2.0
"""Reloading: the Corefile is read again, and what it says now takes the place of what runs.

Who asks for it: the plugin `reload` when the file says something else, and the signal SIGUSR1.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from resolver.corefile.digest import digest_of
from resolver.directives import Directives
from resolver.errors import ResolverError
from resolver.instance import Instance

RELOADER = "server/reloader"  # the key among the shared objects

Corefile = tuple[str, str]
"""A Corefile's text, and what its errors call it."""

_log = logging.getLogger("server")
_T = TypeVar("_T")


class UnreadableError(ResolverError):
    """The Corefile cannot be read at present."""


class Reloader:
    """Reloads one instance, once at a time. The event loop's thread only.

    read: returns the Corefile; it may wait for a disk, and raise ResolverError. `digest` is the
    SHA-512, in hexadecimal digits, of the configuration that runs or is about to.
    """

    def __init__(
        self,
        instance: Instance,
        read: Callable[[], Corefile],
        directives: Directives,
        environment: Mapping[str, str],
        default_port: int,
    ) -> None:
        self.digest = ""
        self._instance = instance
        self._read = read
        self._directives = directives
        self._environment = environment
        self._default_port = default_port
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._tried = ""
        self._failed = instance.metrics.counter(
            "coredns_reload_failed_total", "Counter of the number of failed reload attempts."
        )
        self._version = instance.metrics.gauge(
            "coredns_reload_version_info",
            "A metric with a constant '1' value labeled by hash, and value which type of hash"
            " generated.",
            ("hash", "value"),
        )
        instance.shared[RELOADER] = self

    def load(self, corefile: Corefile) -> None:
        """Load the instance's first configuration."""
        self.digest = self._tried = self._digest_of(corefile)
        self._version.labels("sha512", self.digest).set(1)
        self._instance.load(*corefile, self._directives, self._environment, self._default_port)

    async def reload(self) -> None:
        """Reload, whether the Corefile has changed or not.

        Raises ResolverError with what is wrong; then the old configuration goes on.
        """
        await self._own(self._reload())

    async def reload_if_changed(self) -> None:
        """Reload if the Corefile says something that it did not say at the last attempt.

        Raises UnreadableError, or ResolverError with what is wrong; then the old configuration goes
        on, and the same Corefile is not tried again.
        """
        await self._own(self._reload_if_changed())

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _own(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run `work` to its end, though who asked for it may be gone with the old configuration."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def _reload(self) -> None:
        async with self._lock:
            corefile, digest = await self._look()
            await self._take(corefile, digest)

    async def _reload_if_changed(self) -> None:
        async with self._lock:
            corefile, digest = await self._look()
            if digest != self._tried:
                await self._take(corefile, digest)

    async def _look(self) -> tuple[Corefile, str]:
        def read() -> tuple[Corefile, str]:
            corefile = self._read()
            return corefile, self._digest_of(corefile)

        try:
            return await asyncio.to_thread(read)
        except ResolverError as error:
            raise UnreadableError(str(error)) from error

    async def _take(self, corefile: Corefile, digest: str) -> None:
        _log.info("Reloading")
        before, self.digest = self.digest, digest
        self._tried = digest
        reloading = self._instance.reload(
            *corefile, self._directives, self._environment, self._default_port
        )
        [error] = await asyncio.gather(reloading, return_exceptions=True)
        if error is not None:
            self._failed.inc()
            self.digest = before
            if isinstance(error, ResolverError):
                raise error
            # A mistake in a plugin must not end what runs.
            raise ResolverError(f"{type(error).__name__}: {error}") from error
        self._version.remove("sha512", before)
        self._version.labels("sha512", digest).set(1)
        _log.info("Reloading complete")

    def _digest_of(self, corefile: Corefile) -> str:
        return digest_of(*corefile, self._directives.complaint, self._environment)
