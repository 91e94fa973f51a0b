# SPDX-License-Identifier: Apache-2.0
"""The counters of `forward`, under CoreDNS's names."""

import dns.rcode
from prometheus_client import Counter, Histogram

from resolver.metrics import Metrics

PROXY_NAME = "forward"


class ForwardMetrics:
    """All metrics of the plugin; their children are looked up once and kept."""

    def __init__(self, metrics: Metrics) -> None:
        self.all_down: Counter = metrics.counter(
            "coredns_forward_healthcheck_broken_total",
            "Counter of the number of complete failures of the healthchecks.",
        )
        self.rejected: Counter = metrics.counter(
            "coredns_forward_max_concurrent_rejects_total",
            "Counter of the number of queries rejected because the concurrent queries were at "
            "maximum.",
        )
        self._durations = metrics.histogram(
            "coredns_proxy_request_duration_seconds",
            "Histogram of the time each request took.",
            ["proxy_name", "to", "rcode"],
        )
        self._failures = metrics.counter(
            "coredns_proxy_healthcheck_failures_total",
            "Counter of the number of failed healthchecks.",
            ["proxy_name", "to"],
        )
        self._hits = metrics.counter(
            "coredns_proxy_conn_cache_hits_total",
            "Counter of connection cache hits per upstream and protocol.",
            ["proxy_name", "to", "proto"],
        )
        self._misses = metrics.counter(
            "coredns_proxy_conn_cache_misses_total",
            "Counter of connection cache misses per upstream and protocol.",
            ["proxy_name", "to", "proto"],
        )
        self._refused = metrics.counter(
            "rootward_forward_refused_total",
            "Queries turned down because too many were under way, by the cap that was reached.",
            ["server", "reason"],
        )
        self._took: dict[tuple[str, int], Histogram] = {}

    def took(self, to: str, rcode: int, seconds: float) -> None:
        """Note how long an upstream took to answer."""
        child = self._took.get((to, rcode))
        if child is None:
            name = dns.rcode.to_text(dns.rcode.Rcode(rcode))
            child = self._took[to, rcode] = self._durations.labels(PROXY_NAME, to, name)
        child.observe(seconds)

    def refused(self, server: str, reason: str) -> None:
        """Count a query that a cap turned down: `flights`, `line` or `client`."""
        self._refused.labels(server, reason).inc()

    def probe_failed(self, to: str) -> None:
        """Count a failed probe."""
        self._failures.labels(PROXY_NAME, to).inc()

    def connection(self, to: str, proto: str, *, is_kept: bool) -> None:
        """Count a connection that was kept (a hit) or had to be opened (a miss)."""
        (self._hits if is_kept else self._misses).labels(PROXY_NAME, to, proto).inc()
