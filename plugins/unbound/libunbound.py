# SPDX-License-Identifier: Apache-2.0
"""The process's libunbound: one resolver thread, a group of contexts for each configuration.

Server blocks with equal configurations share a group. It outlives a reload that leaves its
configuration as it was, and with it what libunbound has learnt.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plugins.unbound.proof import Proven
from resolver.clock import Clock, Timer
from resolver.errors import ResolverError
from resolver.recursion import backend
from resolver.recursion.caps import Limits
from resolver.recursion.companions import HasThread, NativeFlights, Table
from resolver.recursion.flight import FlightTable
from resolver.recursion.joined import JoinedFlights
from resolver.recursion.shown import FlightShown
from resolver.recursion.tracking import TrackedAnchors

if TYPE_CHECKING:
    from resolver.recursion.backend import Backend

SAVE_MS = 3_600_000  # RFC 5011, 2.3: keys are looked at from hourly to every 15 days

_log = logging.getLogger("plugin/unbound")


@dataclass(slots=True)
class _Group:
    """The contexts of one configuration, and how many server blocks use them."""

    number: int
    users: int
    anchors: TrackedAnchors | None


class Libunbound:
    """Starts what is first needed and ends what nobody needs any more. The event loop's thread.

    `known`: the optional options of the linked libunbound, once they were probed.
    """

    def __init__(
        self, clock: Clock, limits: Limits | None = None, native: NativeFlights | None = None
    ) -> None:
        self.known: frozenset[str] | None = None
        self.flights: Table | None = None
        self._clock = clock
        self._limits = limits
        self._native = native
        self._bridge: Backend | None = None
        self._groups: dict[bytes, _Group] = {}
        self._timer: Timer | None = None
        self._saving: asyncio.Task[None] | None = None
        self._flushing = asyncio.Lock()

    @property
    def in_flight(self) -> int:
        """How many recursions are in flight."""
        return self.flights.in_flight if self.flights is not None else 0

    def start(self, proven: Proven) -> Table:
        """Have a configuration running, for one more server block; `stop` takes it back.

        Raises ResolverError if libunbound refuses it after all.
        """
        bridge, flights = self._begin()
        group = self._groups.get(proven.upstream)
        if group is not None:
            group.users += 1
            return flights
        try:
            number, anchors = self._load(bridge, proven)
        except ResolverError:
            if not self._groups:
                self._end()
            raise
        self._groups[proven.upstream] = _Group(number, 1, anchors)
        flights.open(proven.upstream, number, proven.slots)
        if anchors is not None and self._timer is None:
            self._timer = self._clock.call_later(SAVE_MS, self._save_soon)
        return flights

    async def stop(self, upstream: bytes) -> None:
        """Take back one `start`; the last one of all ends the thread."""
        group = self._groups.get(upstream)
        if group is None or self._bridge is None or self.flights is None:
            return
        group.users -= 1
        if group.users:
            return
        del self._groups[upstream]
        self.flights.close(upstream)
        self._bridge.remove(group.number)
        async with self._flushing:  # it must not end under another thread
            if not self._groups:
                self._end()
        await self.saved()
        if group.anchors is not None:
            await asyncio.to_thread(group.anchors.close)

    async def saved(self) -> None:
        """Return once no trust anchors are being saved."""
        if self._saving is not None:
            await self._saving

    async def flush(self) -> None:
        """Forget all that libunbound has cached; what is in flight is finished.

        Raises ResolverError if libunbound does not take its own configuration again.
        """
        async with self._flushing:
            for group in list(self._groups.values()):
                bridge = self._bridge
                if bridge is not None and group in self._groups.values():
                    await bridge.forget(group.number)

    def flights_shown(self, now_ms: int) -> Sequence[FlightShown]:
        """Return what is being asked now; see `resolver.control`."""
        return self.flights.shown(now_ms) if self.flights is not None else []

    def _begin(self) -> tuple[Backend, Table]:
        if self._bridge is None or self.flights is None:
            self._bridge = backend.start(_log)
            self.flights = self._make_flights(self._bridge)
            self.flights.attach()
        return self._bridge, self.flights

    def _make_flights(self, bridge: Backend) -> Table:
        if self._native is not None and isinstance(bridge, HasThread):
            return JoinedFlights(bridge, self._native)
        return FlightTable(bridge, self._limits)

    def _end(self) -> None:
        if self.flights is not None:
            self.flights.detach()
        if self._bridge is not None:
            self._bridge.close()
        if self._timer is not None:
            self._timer.cancel()
        self._bridge = self.flights = self._timer = None

    def _load(self, bridge: Backend, proven: Proven) -> tuple[int, TrackedAnchors | None]:
        """Make a group; return its number, and the anchors that its first context keeps."""
        if proven.keeping is not None and proven.anchor_file is not None:
            try:
                anchors = proven.anchor_file.place()
            except OSError as error:
                _log.warning("no place for trust anchors, RFC 5011 is off reason=%r", str(error))
            else:
                try:
                    return bridge.add(proven.keeping, proven.text), anchors
                except ResolverError:
                    anchors.close()
                    raise
        return bridge.add(proven.text), None

    def _save_soon(self) -> None:
        self._timer = self._clock.call_later(SAVE_MS, self._save_soon)
        if self._saving is None or self._saving.done():
            self._saving = asyncio.get_running_loop().create_task(self._save())

    async def _save(self) -> None:
        """Copy what libunbound learnt about trust anchors; it waits for the disk elsewhere."""
        for group in list(self._groups.values()):
            if group.anchors is not None:
                await asyncio.to_thread(group.anchors.save_if_changed)
