# SPDX-License-Identifier: Apache-2.0
"""Metrics of one process: prometheus_client with a registry of its own.

Plugins declare theirs at set-up; asking for a name again gives the same metric, since a plugin
stands in several server blocks. Names, labels and buckets are CoreDNS's.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

DURATION_BUCKETS = tuple(0.00025 * 2**i for i in range(16))
SIZE_BUCKETS = (0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000, 64000)
SLIM_DURATION_BUCKETS = tuple(0.00025 * 10**i for i in range(5))

_Metric = TypeVar("_Metric", bound=MetricWrapperBase)
_T = TypeVar("_T")


class Spread(NamedTuple):
    """Many observations of a histogram at once.

    counts: how many fell into each bucket, the last one for those above all bounds. total: the sum
    of what was observed.
    """

    counts: Sequence[int]
    total: float


class Tally:
    """Counts for a counter, which is told before metrics are read. The event loop's thread only.

    For what is counted with every query: `Counter.inc` takes a lock, for other threads' sake.
    """

    __slots__ = ("_counter", "_told", "count")

    def __init__(self, counter: Counter) -> None:
        self.count: float = 0
        self._counter = counter
        self._told: float = 0

    def inc(self, amount: float = 1) -> None:
        """Count so many more."""
        self.count += amount

    def tell(self) -> None:
        """Bring the counter up to date."""
        if self.count != self._told:
            self._counter.inc(self.count - self._told)
            self._told = self.count


class SpreadTally:
    """Observes for a histogram, as `Tally` counts for a counter."""

    __slots__ = ("_bounds", "_counts", "_histogram", "_total")

    def __init__(self, histogram: Histogram) -> None:
        self._histogram = histogram
        self._bounds: Sequence[float] = histogram._upper_bounds  # there is no public way to ask
        self._counts = [0] * len(self._bounds)
        self._total = 0.0

    def observe(self, amount: float) -> None:
        """Note one observation."""
        self._counts[bisect_left(self._bounds, amount)] += 1
        self._total += amount

    def add(self, spread: Spread) -> None:
        """Note many."""
        self._counts = [own + more for own, more in zip(self._counts, spread.counts, strict=True)]
        self._total += spread.total

    def tell(self) -> None:
        """Bring the histogram up to date."""
        if any(self._counts):
            observe_all(self._histogram, Spread(self._counts, self._total))
            self._counts = [0] * len(self._bounds)
            self._total = 0.0


class Metrics:
    """All metrics of a process. `labels(...)` of what it returns may be called in any thread.

    What is counted elsewhere is fetched by `refresh`, before metrics are read.
    """

    def __init__(self) -> None:
        self._refreshing: list[Callable[[], None]] = []
        self.registry = CollectorRegistry()
        self._known: dict[str, MetricWrapperBase] = {}
        self._made: dict[Callable[[Metrics], Any], Any] = {}
        self._tallies: dict[Counter, Tally] = {}
        self._spread_tallies: dict[Histogram, SpreadTally] = {}

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        """Return the counter of this full name, such as `coredns_cache_hits_total`."""
        return self._get(name, Counter, lambda: Counter(name, text, labels, registry=self.registry))

    def gauge(self, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        """Return the gauge of this full name."""
        return self._get(name, Gauge, lambda: Gauge(name, text, labels, registry=self.registry))

    def histogram(
        self,
        name: str,
        text: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = DURATION_BUCKETS,
    ) -> Histogram:
        """Return the histogram of this full name, with classic buckets."""
        return self._get(
            name,
            Histogram,
            lambda: Histogram(name, text, labels, registry=self.registry, buckets=buckets),
        )

    def tally(self, counter: Counter) -> Tally:
        """Return what counts for a counter (of one set of labels) with little effort."""
        return self._tallies.get(counter) or self._tallies.setdefault(counter, Tally(counter))

    def spread_tally(self, histogram: Histogram) -> SpreadTally:
        """Return what observes for a histogram (of one set of labels) with little effort."""
        tallies = self._spread_tallies
        return tallies.get(histogram) or tallies.setdefault(histogram, SpreadTally(histogram))

    def once(self, make: Callable[[Metrics], _T]) -> _T:
        """Return what `make` returns, which is called once: for what several blocks share.

        A collector of another kind joins the registry this way, too.
        """
        if make not in self._made:
            self._made[make] = make(self)
        made: _T = self._made[make]
        return made

    def before_scrape(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Have `callback` called before metrics are read; return what takes that back."""
        self._refreshing.append(callback)
        return lambda: self._refreshing.remove(callback)

    def refresh(self) -> None:
        """Bring all metrics up to date. Before they are read; the event loop's thread only."""
        for callback in tuple(self._refreshing):
            callback()
        for tally in self._tallies.values():
            tally.tell()
        for spread in self._spread_tallies.values():
            spread.tell()

    def _get(self, name: str, kind: type[_Metric], make: Callable[[], _Metric]) -> _Metric:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = make()
        if not isinstance(known, kind):
            raise TypeError(f"metric {name} is a {type(known).__name__}")
        return known

    def value(self, name: str, **labels: str) -> float:
        """Return a sample's value, 0 if there is none yet; for tests."""
        self.refresh()
        return self.registry.get_sample_value(name, labels) or 0.0


def observe_all(histogram: Histogram, spread: Spread) -> None:
    """Add observations that were counted elsewhere, in the same buckets. Any thread."""
    # prometheus_client has no public way to add what is in buckets already
    for bucket, count in zip(histogram._buckets, spread.counts, strict=True):
        if count:
            bucket.inc(count)
    histogram._sum.inc(spread.total)
