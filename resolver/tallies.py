# SPDX-License-Identifier: Apache-2.0
"""Tallies: what one listener counts, its labels resolved once (resolving them is slow)."""

from prometheus_client import Counter, Gauge

from resolver.metrics import Metrics

REJECTIONS = ("not_a_query", "opcode", "malformed", "version", "class", "zone", "in_flight")
CLOSINGS = ("idle", "read", "write", "full", "client_full", "descriptors")


class Tallies:
    """The counters of the listener that metrics call `server`."""

    def __init__(self, metrics: Metrics, server: str) -> None:
        self.panics: Counter = metrics.counter(
            "coredns_panics_total", "A metrics that counts the number of panics."
        )
        rejected = metrics.counter(
            "rootward_server_rejected_total",
            "Messages that no chain was asked about.",
            ("server", "reason"),
        )
        self.rejected: dict[str, Counter] = {
            reason: rejected.labels(server, reason) for reason in REJECTIONS
        }
        self.deadlines: Counter = metrics.counter(
            "rootward_server_deadlines_missed_total",
            "Queries that were answered at their deadline, before their chain was done.",
            ("server",),
        ).labels(server)
        self.unsent: Counter = metrics.counter(
            "rootward_server_udp_unsent_total",
            "Responses over UDP that the system did not take.",
            ("server",),
        ).labels(server)
        self.connections: Gauge = metrics.gauge(
            "rootward_server_tcp_connections", "Connections that are open.", ("server",)
        ).labels(server)
        closed = metrics.counter(
            "rootward_server_tcp_closed_total",
            "Connections that this side closed or did not let in.",
            ("server", "reason"),
        )
        self.closed: dict[str, Counter] = {
            reason: closed.labels(server, reason) for reason in CLOSINGS
        }
