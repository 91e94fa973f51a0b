# SPDX-License-Identifier: Apache-2.0
"""The metrics of `unbound`: CoreDNS's two names, and what only we have."""

import dns.rcode
from prometheus_client import Gauge

from resolver.engine.observed import Recursed
from resolver.metrics import Metrics, SpreadTally, Tally


class UnboundMetrics:
    """Counts for all `unbound` blocks of a process; children are looked up once a label set."""

    def __init__(self, metrics: Metrics) -> None:
        self._duration = metrics.histogram(
            "coredns_unbound_request_duration_seconds",
            "Histogram of the time each recursion took.",
            ["server"],
        )
        self._rcodes = metrics.counter(
            "coredns_unbound_response_rcode_count_total",
            "Counter of responses by RCODE.",
            ["server", "rcode"],
        )
        self._events = {
            name: metrics.counter(f"rootward_unbound_{name}_total", text, ["server"])
            for name, text in (
                ("secure", "Responses that validated."),
                ("bogus", "Responses that failed to validate."),
                ("coalesced", "Queries that joined a recursion already in flight."),
                ("deadline_missed", "Queries whose recursion outlived their deadline."),
            )
        }
        self._refused = metrics.counter(
            "rootward_unbound_refused_total",
            "Queries turned down because too many were in flight, by the cap that was reached.",
            ["server", "reason"],
        )
        self.in_flight: Gauge = metrics.gauge(
            "rootward_unbound_in_flight", "Recursions in flight, waiting for their turn included."
        )
        self._tally, self._spread_tally = metrics.tally, metrics.spread_tally
        self._durations: dict[str, SpreadTally] = {}
        self._by_rcode: dict[tuple[str, int], Tally] = {}
        self._counters: dict[tuple[str, str], Tally] = {}

    def add(self, recursed: Recursed) -> None:
        """Add recursions for queries that were served without the chain."""
        server = recursed.server
        if recursed.durations is not None:
            self._durations_of(server).add(recursed.durations)
        for rcode, count in recursed.rcodes.items():
            self.answered(server, rcode, count)
        for event, count in (
            ("secure", recursed.secure),
            ("bogus", recursed.bogus),
            ("coalesced", recursed.coalesced),
            ("deadline_missed", recursed.deadline_missed),
        ):
            if count:
                self.count(event, server, count)
        for reason, count in recursed.refused.items():
            self.refused(server, reason, count)

    def took(self, server: str, seconds: float) -> None:
        """Note how long a recursion took."""
        self._durations_of(server).observe(seconds)

    def _durations_of(self, server: str) -> SpreadTally:
        child = self._durations.get(server)
        if child is None:
            child = self._durations[server] = self._spread_tally(self._duration.labels(server))
        return child

    def answered(self, server: str, rcode: int, count: int = 1) -> None:
        """Count a response, or many."""
        child = self._by_rcode.get((server, rcode))
        if child is None:
            name = dns.rcode.to_text(dns.rcode.Rcode(rcode))
            child = self._by_rcode[server, rcode] = self._tally(self._rcodes.labels(server, name))
        child.inc(count)

    def count(self, event: str, server: str, count: int = 1) -> None:
        """Count `secure`, `bogus`, `coalesced` or `deadline_missed`."""
        child = self._counters.get((server, event))
        if child is None:
            child = self._tally(self._events[event].labels(server))
            self._counters[server, event] = child
        child.inc(count)

    def refused(self, server: str, reason: str, count: int = 1) -> None:
        """Count a query that a cap turned down: `flights`, `waiters` or `client`."""
        child = self._counters.get((server, reason))
        if child is None:
            child = self._tally(self._refused.labels(server, reason))
            self._counters[server, reason] = child
        child.inc(count)
