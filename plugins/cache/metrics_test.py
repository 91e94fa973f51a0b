# SPDX-License-Identifier: Apache-2.0
"""Names and labels of the metrics."""

import pytest
from prometheus_client import generate_latest

from plugins.cache.metrics import CacheMetrics
from resolver.classify import Class
from resolver.metrics import Metrics

COMMON = '{server="dns://:53",view="",zones="example.org."}'
TYPED = '{server="dns://:53",type="success",view="",zones="example.org."}'


@pytest.mark.parametrize(
    "sample",
    [
        f"coredns_cache_requests_total{COMMON} 0.0",
        f"coredns_cache_misses_total{COMMON} 0.0",
        f"coredns_cache_prefetch_total{COMMON} 0.0",
        f"coredns_cache_drops_total{COMMON} 0.0",
        f"coredns_cache_served_stale_total{COMMON} 0.0",
        f"coredns_cache_hits_total{TYPED} 0.0",
        f"coredns_cache_evictions_total{TYPED} 0.0",
        f"coredns_cache_entries{TYPED} 3.0",
    ],
)
def test_they_are_coredns_s(sample: str) -> None:
    """So that its dashboards work unchanged; all are there from the start."""
    made = Metrics()
    metrics = CacheMetrics(made, "example.org.")
    metrics.of("dns://:53", "")
    metrics.watch("dns://:53", "", Class.SUCCESS, lambda: 3)
    metrics.evictions("dns://:53", "", Class.SUCCESS)
    assert sample in generate_latest(made.registry).decode().splitlines()
