# SPDX-License-Identifier: Apache-2.0
"""Persistence: the store's content is read from a file at the start, and written to it at the end.

One for the process, since there is one store. Directives that name the file come and go with their
configurations: it is read for the first, and written when the last one ends, so that a reload, in
which they overlap, does neither.
"""

import asyncio
import logging
from collections import Counter
from pathlib import Path

from resolver import imagefile
from resolver.clock import Clock
from resolver.errors import ResolverError
from resolver.imagefile import ImageFileError
from resolver.types import Store

_log = logging.getLogger("plugin/cache")


class Persistence:
    """Reads and writes the file of a store. The event loop's thread only.

    reading: done once the first file is read, None before there is one.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._users: Counter[Path] = Counter()
        self.reading: asyncio.Task[None] | None = None

    def begin(self, path: Path) -> None:
        """Take note that a directive names a file; the process's first is read in the background.

        Not before all partitions of the configuration are known to the store.
        """
        self._users[path] += 1
        if self.reading is None:
            self.reading = asyncio.get_running_loop().create_task(self._read(path))

    async def end(self, path: Path) -> None:
        """Take note that a directive has ended; the last one's file is written."""
        self._users[path] -= 1
        if self._users.total():
            return
        assert self.reading is not None, "an end has its beginning"
        await asyncio.wait([self.reading])  # what it has not kept yet would be lost
        began_ms = self._clock.now_ms()
        try:
            count = await imagefile.write(path, self._store, self._clock)
        except ResolverError as error:
            _log.error("content is lost: %s", error)
            return
        seconds = (self._clock.now_ms() - began_ms) / 1000
        _log.info("content written file=%s entries=%d seconds=%.1f", path, count, seconds)

    async def _read(self, path: Path) -> None:
        if not await asyncio.to_thread(path.exists):
            _log.info("no content yet file=%s", path)
            return
        began_ms = self._clock.now_ms()
        try:
            loaded = await imagefile.read(path, self._store, self._clock)
        except ImageFileError as error:
            _log.warning("%s", error)
            return
        _log.info(
            "content read file=%s entries=%d ended=%d foreign=%d refused=%d seconds=%.1f",
            path,
            *loaded,
            (self._clock.now_ms() - began_ms) / 1000,
        )
