# SPDX-License-Identifier: Apache-2.0
"""Metrics of `hosts`: how much is known, and since when."""

from pathlib import Path

from plugins.hosts.source import Signature
from resolver.metrics import Metrics


class HostsMetrics:
    """The gauges of one directive, whose file is `path`."""

    def __init__(self, metrics: Metrics, path: Path) -> None:
        self._entries = metrics.gauge(
            "coredns_hosts_entries",
            "Addresses and names that are known, from the hosts file and the Corefile together.",
            ("hostsfile",),
        ).labels(str(path))
        self._reloaded = metrics.gauge(
            "coredns_hosts_reload_timestamp_seconds",
            "When the hosts file that was read last had been written.",
        )

    def tell(self, entries: int, signature: Signature | None) -> None:
        """Set both; without a file there is no time."""
        self._entries.set(entries)
        if signature is not None:
            self._reloaded.set(signature.mtime_ns / 1e9)
