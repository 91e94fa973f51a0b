# SPDX-License-Identifier: Apache-2.0
"""Metrics of one process: prometheus_client with a registry of its own.

Plugins declare theirs at set-up; asking for a name again gives the same metric, since a plugin
stands in several server blocks. Names, labels and buckets are CoreDNS's.
"""

from __future__ import annotations

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


class Metrics:
    """All metrics of a process. `labels(...)` of what it returns may be called in any thread.

    What is counted elsewhere is fetched by `refresh`, before metrics are read.
    """

    def __init__(self) -> None:
        self._refreshing: list[Callable[[], None]] = []
        self.registry = CollectorRegistry()
        self._known: dict[str, MetricWrapperBase] = {}
        self._made: dict[Callable[[Metrics], Any], Any] = {}

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
