# SPDX-License-Identifier: Apache-2.0
"""What /metrics shows."""

import asyncio
import gc
import sys
from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from plugins.prometheus.page import TURN_S, Page
from resolver.metrics import Metrics
from resolver.testing import run


def shown(metrics: Metrics) -> str:
    """Return the text."""

    async def once() -> bytes:
        return await Page(metrics, asyncio.Lock()).text()

    return run(once()).decode()


def test_all_kinds_of_metrics() -> None:
    """In Prometheus's text format, and no times at which they began."""
    metrics = Metrics()
    metrics.counter("coredns_a_total", "A.", ["zone"]).labels('b"\\\n').inc()
    metrics.gauge("coredns_b", "B.").set(2)
    metrics.histogram("coredns_c_seconds", "C.", buckets=(1.0,)).observe(0.5)
    assert shown(metrics).splitlines() == [
        "# HELP coredns_a_total A.",
        "# TYPE coredns_a_total counter",
        r'coredns_a_total{zone="b\"\\\n"} 1.0',
        "# HELP coredns_b B.",
        "# TYPE coredns_b gauge",
        "coredns_b 2.0",
        "# HELP coredns_c_seconds C.",
        "# TYPE coredns_c_seconds histogram",
        'coredns_c_seconds_bucket{le="1.0"} 1.0',
        'coredns_c_seconds_bucket{le="+Inf"} 1.0',
        "coredns_c_seconds_count 1.0",
        "coredns_c_seconds_sum 0.5",
    ]
    assert [family.name for family in text_string_to_metric_families(shown(metrics))] == [
        "coredns_a",
        "coredns_b",
        "coredns_c_seconds",
    ]


def test_what_is_counted_elsewhere_is_fetched_first() -> None:
    """See Metrics.before_scrape."""
    metrics = Metrics()
    metrics.before_scrape(metrics.counter("coredns_a_total", "A.").inc)
    assert "coredns_a_total 1.0" in shown(metrics).splitlines()


class Watching(Collector):
    """Notes how often it was asked, how long a thread's turn was then, and whether gc was on."""

    def __init__(self) -> None:
        self.turns_s: list[float] = []
        self.collects = False

    def collect(self) -> Iterator[Metric]:
        self.turns_s.append(sys.getswitchinterval())
        self.collects = gc.isenabled()
        yield GaugeMetricFamily("rootward_x", "X.", len(self.turns_s))


def test_turns_are_short_while_text_is_written() -> None:
    """So that DNS gets its own back soon; afterwards they are as before."""
    metrics, watching = Metrics(), Watching()
    metrics.registry.register(watching)
    watching.turns_s.clear()
    usual_s = sys.getswitchinterval()
    shown(metrics)
    assert watching.turns_s and max(watching.turns_s) <= TURN_S * 1.01
    assert not watching.collects
    assert sys.getswitchinterval() == usual_s and gc.isenabled()


def test_who_asks_meanwhile_gets_the_same_text() -> None:
    """A crowd of scrapers costs one writing; who comes later gets a new one."""
    metrics, watching = Metrics(), Watching()
    metrics.registry.register(watching)
    watching.turns_s.clear()

    async def crowd() -> list[bytes]:
        page = Page(metrics, asyncio.Lock())
        texts = await asyncio.gather(*(page.text() for _ in range(20)))
        return [*texts, await page.text()]

    *together, later = run(crowd())
    assert set(together) == {together[0]} and later != together[0]
    assert len(watching.turns_s) == 2


def test_a_scraper_that_goes_away_disturbs_no_other() -> None:
    """The text is written for all who wait."""
    metrics = Metrics()
    metrics.gauge("coredns_b", "B.").set(2)

    async def once() -> bytes:
        page = Page(metrics, asyncio.Lock())
        first, second = (asyncio.create_task(page.text()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert b"coredns_b 2.0" in run(once())
