# SPDX-License-Identifier: Apache-2.0
"""What `rootward control` can ask: flush, dump, load, stats, flights, log-level.

Nothing here holds up DNS: what takes long is done in a thread.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dns.rdatatype

from resolver import imagefile, names
from resolver.clock import Clock
from resolver.control.interfaces import Flushable, InFlight
from resolver.errors import DomainNameError, ResolverError
from resolver.instance import Instance
from resolver.metrics import Metrics
from resolver.reloading import RELOADER, Reloader
from resolver.storage import STORE
from resolver.types import Store
from resolver.version import VERSION

LEVELS = ("debug", "info", "warning", "error")
MAX_FLIGHTS = 1000  # that are told at a time

_DIGEST_DIGITS = 16  # enough to tell configurations apart; the metric has all

_log = logging.getLogger("control")


class ServerCommands:
    """The commands of one server. The event loop's thread only.

    log: the logger whose level is set: the root of all.
    """

    def __init__(self, instance: Instance, clock: Clock, log: logging.Logger) -> None:
        self._instance = instance
        self._clock = clock
        self._log = log
        self._start_ms = clock.now_ms()
        self._commands = {
            "flush": self._flush,
            "dump": self._dump,
            "load": self._load,
            "stats": self._stats,
            "flights": self._flights,
            "log-level": self._set_level,
        }

    async def run(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Do what is asked; return what to tell. Raises ResolverError for what makes no sense."""
        command = self._commands.get(str(asked.get("command", "")))
        if command is None:
            raise ResolverError(f"no command '{asked.get('command', '')}'")
        return await command(asked)

    async def _flush(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Forget a name or, with `zone`, all below it too.

        The library below is emptied first, else it would fill the store again with what it has.
        """
        text = str(asked.get("name", ""))
        try:
            name = names.from_text(text)
        except DomainNameError as error:
            raise ResolverError(f"no name: {error}") from None
        flushed = [each for each in self._instance.shared.values() if isinstance(each, Flushable)]
        for each in flushed:
            await each.flush()
        store: Store | None = self._instance.shared.get(STORE)
        removed = store.remove(name, bool(asked.get("zone"))) if store is not None else 0
        what = "zone" if asked.get("zone") else "name"
        _log.info("flushed %s=%s entries=%d", what, text, removed)
        return {"removed": removed, "recursion": bool(flushed)}

    async def _dump(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Write what the store has to a file."""
        path, store = self._image_file(asked)
        entries = await imagefile.write(path, store, self._clock)
        _log.info("dumped file=%s entries=%d", path, entries)
        return {"entries": entries}

    async def _load(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what a file has and the store has not."""
        path, store = self._image_file(asked)
        loaded = await imagefile.read(path, store, self._clock)
        _log.info("loaded file=%s entries=%d", path, loaded.kept)
        return loaded._asdict()

    def _image_file(self, asked: Mapping[str, Any]) -> tuple[Path, Store]:
        path = Path(str(asked.get("file", "")))
        if not path.is_absolute():
            raise ResolverError(f"no absolute path: '{path}'")
        store: Store | None = self._instance.shared.get(STORE)
        if store is None:
            raise ResolverError("this server has no cache")
        return path, store

    async def _stats(self, _: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {
            "version": VERSION,
            "engine": self._instance.engine,
            "uptime_s": (self._clock.now_ms() - self._start_ms) // 1000,
        }
        reloader: Reloader | None = self._instance.shared.get(RELOADER)
        if reloader is not None:
            told["configuration"] = reloader.digest[:_DIGEST_DIGITS]
        store: Store | None = self._instance.shared.get(STORE)
        if store is not None:
            told |= {f"cache_{name}": value for name, value in store.stats().items()}
        flights = self._shown()
        told |= {"flights": len(flights), "waiting": sum(flight.waiting for flight in flights)}
        self._instance.metrics.refresh()
        told |= await asyncio.to_thread(_totals, self._instance.metrics)
        return {"stats": told}

    async def _flights(self, _: Mapping[str, Any]) -> dict[str, Any]:
        flights = self._shown()
        shown = [
            {
                "name": names.to_text(flight.qname),
                "type": dns.rdatatype.to_text(dns.rdatatype.RdataType.make(flight.qtype)),
                "age_ms": flight.age_ms,
                "waiting": flight.waiting,
                "asked": flight.is_asked,
            }
            for flight in flights[:MAX_FLIGHTS]
        ]
        return {"flights": shown, "in_all": len(flights)}

    async def _set_level(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        level = str(asked.get("level", ""))
        if level not in LEVELS:
            raise ResolverError(f"no log level '{level}': expect {', '.join(LEVELS)}")
        before = logging.getLevelName(self._log.level).lower()
        self._log.setLevel(level.upper())
        return {"before": before}

    def _shown(self) -> list[Any]:
        now_ms = self._clock.now_ms()
        flying = [each for each in self._instance.shared.values() if isinstance(each, InFlight)]
        return [flight for each in flying for flight in each.flights_shown(now_ms)]


def _totals(metrics: Metrics) -> dict[str, int | float]:
    """Return the sums of all counters that counted anything, by name; seconds to the hundredth."""
    totals: defaultdict[str, float] = defaultdict(float)
    for family in metrics.registry.collect():
        for sample in family.samples:
            if family.type == "counter" and sample.name.endswith("_total") and sample.value:
                totals[sample.name] += sample.value
    return {
        name: int(sum_) if sum_.is_integer() else round(sum_, 2)
        for name, sum_ in sorted(totals.items())
    }
