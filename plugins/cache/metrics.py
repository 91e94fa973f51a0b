# SPDX-License-Identifier: Apache-2.0
"""Metrics of `cache`, with CoreDNS's names and labels."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import Counter

from resolver.classify import Class
from resolver.metrics import Metrics, Tally
from resolver.types import Group

_COMMON = ("server", "zones", "view")
_TYPED = ("server", "type", "zones", "view")


@dataclass(frozen=True, slots=True)
class Counts:
    """The counters of one server and view."""

    requests: Tally
    success_hits: Tally
    denial_hits: Tally
    misses: Tally
    served_stale: Tally
    prefetches: Tally
    drops: Tally


class CacheMetrics:
    """Metrics of one `cache` directive, whose zones are a label of all of them."""

    def __init__(self, metrics: Metrics, zones: str) -> None:
        self._zones = zones
        self._counts: dict[tuple[str, str], Counts] = {}
        self._tally = metrics.tally
        counter = metrics.counter
        self._hits = counter("coredns_cache_hits_total", "The count of cache hits.", _TYPED)
        self._requests = counter(
            "coredns_cache_requests_total", "The count of cache requests.", _COMMON
        )
        self._misses = counter(
            "coredns_cache_misses_total",
            "The count of cache misses. Deprecated, derive misses from cache hits and requests.",
            _COMMON,
        )
        self._served_stale = counter(
            "coredns_cache_served_stale_total",
            "The number of requests served from stale cache entries.",
            _COMMON,
        )
        self._prefetches = counter(
            "coredns_cache_prefetch_total",
            "The number of times the cache has renewed an entry in the background.",
            _COMMON,
        )
        self._drops = counter(
            "coredns_cache_drops_total",
            "The number of responses that answer another question or do not fit.",
            _COMMON,
        )
        self._evictions = counter(
            "coredns_cache_evictions_total", "The count of cache evictions.", _TYPED
        )
        self._entries = metrics.gauge(
            "coredns_cache_entries", "The number of elements in the cache.", _TYPED
        )

    def of(self, server: str, view: str) -> Counts:
        """Return the counters of a server and view; quick but for the first time."""
        counts = self._counts.get((server, view))
        if counts is None:
            common = (server, self._zones, view)
            children = (
                self._requests.labels(*common),
                self._hits.labels(server, Class.SUCCESS.value, self._zones, view),
                self._hits.labels(server, Class.DENIAL.value, self._zones, view),
                self._misses.labels(*common),
                self._served_stale.labels(*common),
                self._prefetches.labels(*common),
                self._drops.labels(*common),
            )
            counts = self._counts[server, view] = Counts(*map(self._tally, children))
        return counts

    def watch(self, server: str, view: str, kind: Class, count: Callable[[], int]) -> None:
        """Show what `count` returns as the number of entries, asked for when metrics are read."""
        self._entries.labels(server, kind.value, self._zones, view).set_function(count)

    def evictions(self, server: str, view: str, kind: Class) -> Counter:
        """Return the counter of entries that had to go before their time."""
        return self._evictions.labels(server, kind.value, self._zones, view)


class Evictions:
    """Brings what a store counts by group into the counters of metrics, before they are read.

    One for the process: over a reload a group has its old block and its new one for a while, and
    is counted once.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._watched: dict[int, tuple[Group, Counter]] = {}
        self._told: dict[int, int] = {}
        metrics.before_scrape(self._tell)

    def watch(self, group: Group, counter: Counter) -> None:
        """Have a counter grow with a group's evictions from now on, in place of another one."""
        self._tell()
        self._watched[id(group)] = group, counter
        self._told.setdefault(id(group), group.evictions)

    def _tell(self) -> None:
        for number, (group, counter) in self._watched.items():
            evictions = group.evictions
            counter.inc(evictions - self._told[number])
            self._told[number] = evictions
