# SPDX-License-Identifier: Apache-2.0
"""Observers: carries what C counted and noted to the handlers that would have seen the queries.

    ledgers --refresh, before metrics are read--> observe_counts, observe_recursions, Tallies
    rings   --woken, a few ms later-------------> observe, in batches between which DNS has its turn
            `- of which C makes lines (lines.py)-> the log (resolver/querylog.py), likewise

A plan that is gone may have counters that nobody read and events on their way: its ledger stays
until both are told.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from resolver.block import Block
from resolver.clock import Clock, Timer
from resolver.engine.observed import (
    Counted,
    Event,
    Recursed,
    RecursionObserver,
    RejectionsObserver,
    Tallied,
    acl_zones_of,
    event_observers,
)
from resolver.metrics import Metrics
from resolver.native.counts import Ledger, Pages, Shape
from resolver.native.events import RING_OCTETS, Rings, Text
from resolver.tallies import Tallies

if TYPE_CHECKING:
    from resolver._native import CData

BATCH = 64  # events that are told without a pause: about a millisecond
DELAY_MS = 5  # what more comes meanwhile needs no waking
WARNING_EVERY_MS = 60_000

_log = logging.getLogger("server")


class Observers:
    """All ledgers and rings of a process. The event loop's thread only.

        counts, ring (for threads) -> start, open_ledger (for plans) -> close

    ring_octets: of each ring; what finds no room there is dropped and counted.
    """

    def __init__(self, metrics: Metrics, clock: Clock, ring_octets: int = RING_OCTETS) -> None:
        self._metrics = metrics
        self._clock = clock
        self._pages = Pages()
        self._rings = Rings(self._pages, ring_octets)
        self._ledgers: dict[int, Ledger] = {}
        self._numbers = itertools.count(1)
        self._tallies: dict[str, Tallies] = {}
        self._told_lost = 0
        self._warned_ms = -WARNING_EVERY_MS
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: Timer | None = None
        self._turn: asyncio.Handle | None = None
        self._events: Iterator[Event | Text] = iter(())
        self._leave: Callable[[], None] = metrics.before_scrape(self.refresh)

    def counts(self) -> CData:
        """Return what one thread is to count with; it lives as long as this does."""
        return self._pages.counts()

    def ring(self) -> CData:
        """Return a ring for the events of a thread, or of several; it lives until `close`."""
        return self._rings.ring()

    def open_ledger(
        self, listeners: Sequence[str], blocks: Sequence[Block], homes: Sequence[int]
    ) -> Ledger:
        """Return the ledger of a new plan, which numbers these listeners and blocks so.

        homes: of each block the number of its listener.

        acl's zones are numbered as `acl_zones_of` has them. The plan keeps a reference of its own,
        and ends it.
        """
        acl_zones = [acl_zones_of(block) for block in blocks]
        shape = Shape(tuple(listeners), tuple(blocks), tuple(homes), acl_zones)
        ledger = Ledger(next(self._numbers), shape)
        self._ledgers[ledger.number] = ledger
        self._forget()
        return ledger

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell events from now on."""
        self._loop = loop
        loop.add_reader(self._rings.fileno(), self._wake)
        self._sleep()

    def refresh(self) -> None:
        """Carry over all that was counted so far."""
        for ledger in tuple(self._ledgers.values()):
            self._carry(ledger)

    def close(self) -> None:
        """Tell the rest; no thread counts or tells any more. May be called twice."""
        if self._loop is not None:
            self._loop.remove_reader(self._rings.fileno())
            self._loop = None
            self._stop()
            while self._tell_batch():
                pass
            self._events = self._rings.drain(self._ledgers.__getitem__)
            while self._tell_batch():
                pass
            self._warn()
        self.refresh()
        self._leave()
        self._leave = lambda: None
        for ledger in self._ledgers.values():
            ledger.free()
        self._ledgers.clear()
        self._rings.close()

    def _carry(self, ledger: Ledger) -> None:
        for counted in ledger.read():
            if isinstance(counted, Tallied):
                self._tally(counted)
            elif isinstance(counted, Recursed):
                self._carry_recursed(ledger, counted)
            else:
                self._carry_counted(ledger, counted)

    def _tally(self, tallied: Tallied) -> None:
        tallies = self._tallies.get(tallied.server)
        if tallies is None:
            tallies = self._tallies[tallied.server] = Tallies(self._metrics, tallied.server)
        for reason, count in tallied.rejected.items():
            tallies.rejected[reason].inc(count)
        tallies.deadlines.inc(tallied.deadlines)
        tallies.unsent.inc(tallied.unsent)

    def _carry_recursed(self, ledger: Ledger, recursed: Recursed) -> None:
        """Tell one of those who recurse for a listener: their counters are the same ones."""
        handlers = (handler for block in ledger.shape.blocks for handler in block.handlers)
        observer = next((h for h in handlers if isinstance(h, RecursionObserver)), None)
        if observer is not None:
            observer.observe_recursions(recursed)

    def _carry_counted(self, ledger: Ledger, counted: Counted) -> None:
        block = counted.block
        if block is None:
            handlers = (handler for block in ledger.shape.blocks for handler in block.handlers)
            takers = [h.observe_rejected for h in handlers if isinstance(h, RejectionsObserver)]
            for observe in dict.fromkeys(takers):
                observe(counted)
            return
        for handler in ledger.counting(block):
            handler.observe_counts(counted)
        if counted.lost_queries or counted.lost_failures:
            self._count_lost(block, counted)

    def _count_lost(self, block: Block, counted: Counted) -> None:
        dropped = self._metrics.counter(
            "rootward_events_dropped_total",
            "Queries that an observer was not told of, since it could not follow.",
            ("observer",),
        )
        for observer in event_observers(block):
            wanted = observer.wanted
            lost = counted.lost_queries if wanted.classes else 0
            lost += counted.lost_failures if wanted.failures else 0
            if lost:
                dropped.labels(observer.name).inc(lost)

    def _wake(self) -> None:
        self._rings.clear()
        if self._timer is None and self._turn is None:
            self._timer = self._clock.call_later(DELAY_MS, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._events = self._rings.drain(self._ledgers.__getitem__)
        self._take_turn()

    def _take_turn(self) -> None:
        """Tell a batch, then let others have their turn, whatever an observer raises."""
        self._turn = None
        has_more = True
        try:
            has_more = self._tell_batch()
        finally:
            if self._loop is not None:
                if has_more:
                    self._turn = self._loop.call_soon(self._take_turn)
                else:
                    self._warn()
                    self._forget()

    def _tell_batch(self) -> bool:
        """Tell the next events, or hand on lines made of some; return whether there were any."""
        by_place: dict[int, list[Event]] = {}
        text: Text | None = None
        for event in itertools.islice(self._events, BATCH):
            if isinstance(event, Text):
                text = event
                break
            by_place.setdefault(id(event.place), []).append(event)
        if text is not None and text.lines:
            text.taker.take(text.text, text.lines)
        for events in by_place.values():
            for observer in events[0].place.observers:
                observer.observe(events)
        return text is not None or bool(by_place)

    def _sleep(self) -> bool:
        """Have the next event wake us; False: some are there, and are told soon."""
        if self._loop is None or self._rings.arm():
            return True
        self._timer = self._clock.call_later(DELAY_MS, self._begin)
        return False

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _forget(self) -> None:
        """Give up ledgers whose plan is gone, once all that they know is told."""
        ended = [ledger for ledger in self._ledgers.values() if ledger.is_ended]
        if self._timer is not None or self._turn is not None or not self._sleep():
            return
        for ledger in ended:
            self._carry(ledger)
            del self._ledgers[ledger.number]
            ledger.free()

    def _warn(self) -> None:
        """Tell, once a minute at most, how many events were dropped."""
        lost, now_ms = self._rings.lost, self._clock.now_ms()
        if lost == self._told_lost or now_ms - self._warned_ms < WARNING_EVERY_MS:
            return
        _log.warning(
            "events dropped, since observers could not follow count=%d", lost - self._told_lost
        )
        self._told_lost, self._warned_ms = lost, now_ms
