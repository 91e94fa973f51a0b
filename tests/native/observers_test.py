# SPDX-License-Identifier: Apache-2.0
"""How what C notes comes to observers: woken once, in batches, and to the end of each plan."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Sequence
from typing import Any

import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.classify import Class
from resolver.engine.lines import LineRule
from resolver.engine.observed import Counted, Event, Wanted
from resolver.metrics import Metrics
from resolver.native.observers import BATCH, DELAY_MS
from resolver.plugin import Plugin
from resolver.request import Endpoint
from resolver.testing import LOCAL, FixedClock, request, run
from tests.native.feeding import MISSED, TOO_MANY, Came, Feeder
from tests.native.internals import Internals
from tests.server_house import settle

SMALL = 1 << 17  # octets of a ring that is soon full
CAME = Came(request("www.example.org. A").wire, Endpoint("192.0.2.7", 4711), LOCAL)


class Observing(Plugin):
    """Keeps what it is told."""

    def __init__(self, name: str, wanted: Wanted) -> None:
        self.name = name
        self.wanted = wanted
        self.batches: list[list[Event]] = []
        self.counted: list[Counted] = []

    def observe(self, events: Sequence[Event]) -> None:
        self.batches.append(list(events))

    def observe_counts(self, counted: Counted) -> None:
        self.counted.append(counted)

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.batches for event in batch]


class Failing(Observing):
    """Has a mistake in it."""

    def observe(self, events: Sequence[Event]) -> None:
        super().observe(events)
        raise ZeroDivisionError


class World:
    """A block with observers, and what feeds them; to be made in an event loop."""

    def __init__(self, told: Internals, *handlers: Observing, ring_octets: int = 1 << 20) -> None:
        self.clock = FixedClock()
        self.metrics = Metrics()
        block = Block((Key("dns", names.ROOT, 53),), {}, handlers=list(handlers))
        self.feeder = Feeder(told, self.metrics, self.clock, [block], ring_octets=ring_octets)
        self.observers = self.feeder.observers
        self.observers.start(asyncio.get_running_loop())

    def tell(self, count: int = 1, **served: Any) -> None:
        for _ in range(count):
            self.feeder.tell(CAME, **served)

    async def wake(self) -> None:
        """Have the event loop see that it is woken, and the moment after pass."""
        await settle()
        self.clock.advance(DELAY_MS)
        await settle()

    def lost(self, observer: str) -> float:
        return self.metrics.value("rootward_events_dropped_total", observer=observer)


EVERY = Wanted(frozenset(Class))


def test_an_event_comes_a_moment_later(told: Internals) -> None:
    """So that those that come meanwhile need no waking, and come together."""
    seen = Observing("log", EVERY)

    async def main() -> None:
        world = World(told, seen)
        for count in (1, 3):
            world.tell(count)
            await settle()
            assert len(seen.batches) == (count > 1)
            await world.wake()
        world.observers.close()

    run(main())
    assert [len(batch) for batch in seen.batches] == [1, 3]
    (event, *_) = seen.events
    assert (event.name, event.client, event.query) == (
        "www.example.org.",
        ("192.0.2.7", 4711),
        CAME.octets,
    )
    assert (event.place.server, event.place.zone) == ("dns://:53", names.ROOT)


def test_others_have_their_turn_between_batches(told: Internals) -> None:
    """A flood of events holds the event loop no longer than a batch takes."""
    seen = Observing("log", EVERY)

    async def main() -> None:
        world = World(told, seen)
        world.tell(3 * BATCH)
        await settle()
        world.clock.advance(DELAY_MS)
        turns = []
        while len(seen.events) < 3 * BATCH:
            turns.append(len(seen.events))
            await asyncio.sleep(0)
        world.observers.close()
        assert turns == [BATCH, 2 * BATCH]

    run(main())


class Lining(Observing):
    """Writes lines, and leaves them to C; of denials it takes events."""

    line_rules = (
        LineRule(names.from_text("org."), frozenset({Class.DENIAL}), None),
        LineRule(names.ROOT, frozenset({Class.SUCCESS}), ("line",)),
    )


def test_what_no_rule_wants_holds_up_nobody(told: Internals) -> None:
    """Though nothing is told of a flood of it, others have their turn."""
    seen = Lining("log", EVERY)

    async def main() -> None:
        world = World(told, seen)
        world.tell(3000)
        world.tell(rcode=3)
        await settle()
        world.clock.advance(DELAY_MS)
        turns = 0
        while not seen.events:
            turns += 1
            await asyncio.sleep(0)
        world.observers.close()
        assert turns > 1

    run(main())
    assert [event.response_class for event in seen.events] == [Class.DENIAL]


def test_each_gets_what_its_block_wants(told: Internals) -> None:
    """Failures are told to those who want them, though nobody wants queries."""
    seen = Observing("errors", Wanted(failures=True))

    async def main() -> None:
        world = World(told, seen)
        world.tell(5)
        world.tell(rcode=2, failure=TOO_MANY)
        await world.wake()
        world.observers.close()

    run(main())
    assert [event.failure for event in seen.events] == [TOO_MANY]


def test_a_mistake_in_an_observer_ends_nothing(told: Internals) -> None:
    """The event loop tells of it; later events are told."""
    seen = Failing("log", EVERY)
    raised: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: raised.append(context["exception"]))
        world = World(told, seen)
        world.tell()
        with pytest.raises(ZeroDivisionError):  # the clock that tests drive calls it in here
            await world.wake()
        await settle()
        world.tell()
        with pytest.raises(ZeroDivisionError):
            await world.wake()
        await settle()
        assert len(seen.events) == 2
        world.observers.close()

    run(main())


def test_what_finds_no_room_is_counted(told: Internals, caplog: pytest.LogCaptureFixture) -> None:
    """For each observer that would have been told, with one warning a minute."""
    log, errors = Observing("log", EVERY), Observing("errors", Wanted(failures=True))
    room = SMALL // 128

    async def main() -> None:
        world = World(told, log, errors, ring_octets=SMALL)
        world.tell(room + 9)
        world.tell(2, rcode=2, failure=TOO_MANY)
        while len(log.events) < room:
            await world.wake()
        await world.wake()
        assert (world.lost("log"), world.lost("errors")) == (11 - 2, 2)
        world.tell(room + 5)
        while len(log.events) < 2 * room:
            await world.wake()
        world.clock.advance(60_000)
        world.tell()
        await world.wake()
        assert world.lost("log") == 9 + 5
        world.observers.close()

    run(main())
    assert caplog.messages == [
        "events dropped, since observers could not follow count=11",
        "events dropped, since observers could not follow count=5",
    ]


def test_a_plan_that_is_gone_is_told_to_its_end(told: Internals) -> None:
    """Queries that began under a plan are counted and told under it, in whatever order plans go."""
    seen = Observing("log", EVERY)

    async def main() -> None:
        world = World(told, seen)
        first = weakref.ref(world.feeder.ledger)
        for query in range(20):
            world.tell(found=MISSED)
            if query % 2:
                world.feeder.end_plan()
                world.feeder.change_plan()
        assert first() is not None
        await world.wake()
        await world.wake()
        world.metrics.refresh()
        gc.collect()
        assert first() is None
        assert len(seen.events) == 20
        assert sum(counted.misses for counted in seen.counted) == 20
        world.tell(found=MISSED)
        world.feeder.end_plan()
        world.observers.close()
        assert len(seen.events) == 21
        assert sum(counted.misses for counted in seen.counted) == 21

    run(main())


def test_counts_are_told_once(told: Internals) -> None:
    """A second scrape adds what came since the first."""
    seen = Observing("cache", Wanted())

    async def main() -> None:
        world = World(told, seen)
        world.tell(2, found=MISSED)
        world.metrics.refresh()
        world.metrics.refresh()
        world.tell(3, found=MISSED)
        world.metrics.refresh()
        world.observers.close()

    run(main())
    assert [counted.misses for counted in seen.counted] == [2, 3]
    assert seen.events == []
