# SPDX-License-Identifier: Apache-2.0
"""What the commands do and tell."""

import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from resolver import names
from resolver.control.commands import MAX_FLIGHTS, ServerCommands
from resolver.errors import ResolverError
from resolver.instance import Instance
from resolver.recursion.shown import FlightShown
from resolver.storage import STORE
from resolver.testing import FixedClock, run
from resolver.types import Dumped, Loaded


class Store:
    """A store that notes what is removed."""

    def __init__(self, order: list[str]) -> None:
        self._order = order

    def remove(self, name: bytes, zone: bool = False) -> int:
        self._order.append(f"remove {names.to_text(name)} {zone}")
        return 3

    def stats(self) -> dict[str, int]:
        return {"entries": 7, "octets": 800, "evictions": 0}

    def dump(self, now_ms: int) -> Iterator[Dumped]:
        yield Dumped(b"some", 2, now_ms + 60_000)
        yield Dumped(b"more", 1, now_ms + 90_000)

    def load(self, records: bytes, now_ms: int, elapsed_ms: int) -> Loaded:
        self._order.append(f"load {records.decode()} {elapsed_ms}")
        return Loaded(kept=len(self._order), ended=1)


class Library:
    """Something that flushes, and has so many flights."""

    def __init__(self, order: list[str], flights: int) -> None:
        self._order = order
        self._flights = flights

    async def flush(self) -> None:
        self._order.append("flush")

    def flights_shown(self, now_ms: int) -> list[FlightShown]:
        name = names.from_text("www.example.org.")
        return [FlightShown(name, 65, 1500, 2, True) for _ in range(self._flights)]


class Desk:
    """Commands of a server with what is given; `order` is what happened."""

    def __init__(self, flights: int | None = None, has_store: bool = True) -> None:
        self.order: list[str] = []
        self.clock = FixedClock()
        self.instance = Instance(self.clock, random.Random(1))
        self.log = logging.getLogger("desk")
        self.log.setLevel(logging.INFO)
        if has_store:
            self.instance.shared[STORE] = Store(self.order)
        if flights is not None:
            self.instance.shared["library"] = Library(self.order, flights)
        self._commands = ServerCommands(self.instance, self.clock, self.log)

    def ask(self, **asked: Any) -> dict[str, Any]:
        return run(self._commands.run(asked))


@pytest.mark.parametrize("zone", [True, False])
def test_flush_reaches_below_the_store(zone: bool) -> None:
    """And goes there first: else it would fill the store again."""
    desk = Desk(flights=0)
    told = desk.ask(command="flush", name="Example.ORG", zone=zone)
    assert told == {"removed": 3, "recursion": True}
    assert desk.order == ["flush", f"remove example.org. {zone}"]


def test_a_dump_is_loaded(tmp_path: Path) -> None:
    """Aged by the time since."""
    desk = Desk()
    file = str(tmp_path / "kept")
    assert desk.ask(command="dump", file=file) == {"entries": 3}
    desk.clock.advance(1500)
    told = desk.ask(command="load", file=file)
    assert told == {"kept": 3, "ended": 2, "foreign": 0, "refused": 0}
    assert desk.order == ["load some 1500", "load more 1500"]


@pytest.mark.parametrize("command", ["dump", "load"])
@pytest.mark.parametrize(
    ("file", "has_store", "says"),
    [
        pytest.param("kept", True, "no absolute path: 'kept'", id="whose folder"),
        pytest.param("/no/folder/kept", False, "this server has no cache", id="of what"),
        pytest.param(
            "/no/folder/kept",
            True,
            "cannot (write|read) /no/folder/kept: no such file or directory",
            id="no folder",
        ),
    ],
)
def test_a_dump_that_makes_no_sense(command: str, file: str, has_store: bool, says: str) -> None:
    """Is refused with a reason."""
    with pytest.raises(ResolverError, match=says):
        Desk(has_store=has_store).ask(command=command, file=file)


def test_flush_where_nothing_is_kept() -> None:
    """Is no error."""
    desk = Desk(has_store=False)
    assert desk.ask(command="flush", name=".") == {"removed": 0, "recursion": False}


def test_stats() -> None:
    """The server, its cache, its flights, and what was counted, summed over all labels."""
    desk = Desk(flights=2)
    counter = desk.instance.metrics.counter("coredns_x_total", "X.", ("zone",))
    counter.labels("a").inc()
    counter.labels("b").inc(4)
    desk.instance.metrics.counter("coredns_z_seconds_total", "Z.").inc(0.25)
    desk.instance.metrics.counter("coredns_never_total", "Never.")
    desk.instance.metrics.before_scrape(desk.instance.metrics.counter("coredns_y_total", "Y.").inc)
    desk.clock.advance(61_000)
    stats = desk.ask(command="stats")["stats"]
    assert stats.pop("version")
    assert stats == {
        "engine": "python",
        "uptime_s": 61,
        "cache_entries": 7,
        "cache_octets": 800,
        "cache_evictions": 0,
        "flights": 2,
        "waiting": 4,
        "coredns_x_total": 5,
        "coredns_y_total": 1,
        "coredns_z_seconds_total": 0.25,
    }


def test_flights() -> None:
    """As a person writes names and types."""
    told = Desk(flights=1).ask(command="flights")
    shown = {"name": "www.example.org.", "type": "HTTPS", "age_ms": 1500, "waiting": 2}
    assert told == {"flights": [{**shown, "asked": True}], "in_all": 1}


def test_many_flights() -> None:
    """Not all are told, but how many there are."""
    told = Desk(flights=MAX_FLIGHTS + 5).ask(command="flights")
    assert (len(told["flights"]), told["in_all"]) == (MAX_FLIGHTS, MAX_FLIGHTS + 5)


def test_the_log_level() -> None:
    """Is set at once."""
    desk = Desk()
    assert desk.ask(command="log-level", level="debug") == {"before": "info"}
    assert desk.log.level == logging.DEBUG
    assert desk.ask(command="log-level", level="error") == {"before": "debug"}


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param({}, "no command ''", id="nothing"),
        pytest.param({"command": "stop"}, "no command 'stop'", id="another command"),
        pytest.param({"command": "flush"}, "no name", id="no name"),
        pytest.param({"command": "flush", "name": "a..b"}, "no name", id="a bad name"),
        pytest.param({"command": "log-level", "level": "all"}, "expect debug, info", id="a level"),
    ],
)
def test_what_makes_no_sense(asked: dict[str, str], says: str) -> None:
    """Is refused, with the reason."""
    desk = Desk(flights=0)
    with pytest.raises(ResolverError, match=says):
        desk.ask(**asked)
    assert desk.order == []
