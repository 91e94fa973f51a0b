# SPDX-License-Identifier: Apache-2.0
"""The probe: the health page is asked every second, as a probe from outside would.

How long that takes is a measure of how busy the process is: a page of two letters has no other
reason to be slow.
"""

import asyncio
import logging
from collections.abc import Callable

from prometheus_client import Counter, Histogram

from resolver.clock import Clock
from resolver.metrics import SLIM_DURATION_BUCKETS, Metrics
from resolver.poller import Poller
from resolver.request import Endpoint

EVERY_MS = 1000
TIMEOUT_S = 3.0
SLOW_S = 1.0

_log = logging.getLogger("plugin/health")


class ProbeMetrics:
    """CoreDNS's metrics of the probe."""

    def __init__(self, metrics: Metrics) -> None:
        self.duration: Histogram = metrics.histogram(
            "coredns_health_request_duration_seconds",
            "Histogram of the time (in seconds) each request took.",
            buckets=SLIM_DURATION_BUCKETS,
        )
        self.failures: Counter = metrics.counter(
            "coredns_health_request_failures_total", "The number of times the health check failed."
        )


class Probe:
    """Asks the page that `where` tells, from `start` to `stop`. The event loop's thread only."""

    def __init__(self, where: Callable[[], Endpoint], clock: Clock, metrics: ProbeMetrics) -> None:
        self._where = where
        self._clock = clock
        self._metrics = metrics
        self._poller = Poller(clock, EVERY_MS, self.ask)

    async def start(self) -> None:
        """Begin."""
        await self._poller.start()

    async def stop(self) -> None:
        """End; a question under way is given up."""
        await self._poller.stop()

    async def ask(self) -> None:
        """Ask once; tell of a failure, and of an answer that took over a second."""
        host, port = self._where()
        url = f"http://{Endpoint(host, port)}/health"
        start_ns = self._clock.now_ns()
        failure = ""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await _get(host, port)
        except TimeoutError:
            failure = f"no answer in {TIMEOUT_S:g}s"
        except OSError as error:
            failure = error.strerror or str(error)
        took_s = (self._clock.now_ns() - start_ns) / 1e9
        self._metrics.duration.observe(took_s)
        if failure:
            self._metrics.failures.inc()
            _log.warning('Local health request to "%s" failed: %s', url, failure)
        elif took_s > SLOW_S:
            _log.warning('Local health request to "%s" took more than 1s: %.1fs', url, took_s)


async def _get(host: str, port: int) -> None:
    """Ask for the page. Raises OSError unless its status is 200."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        head = (await reader.read(512)).split(b"\r\n", 1)[0]
        if b" 200" not in head:
            raise ConnectionError(f"answer was {head.decode('ascii', 'replace')!r}")
    finally:
        writer.transport.abort()
