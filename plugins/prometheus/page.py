# SPDX-License-Identifier: Apache-2.0
"""The page /metrics: all metrics of the process in the text format of Prometheus.

Writing out ten thousand samples takes Python 100 ms, and DNS must go on meanwhile. In the event
loop every query would wait that long. In a thread it is hardly better as it is: DNS gives up the
interpreter with each system call, and gets it back only after 5 ms. So it is done in a thread, one
at a time, with shorter turns while it lasts. The collector of cycles rests meanwhile: it would stop
all threads for 20 ms to look through the samples, and find nothing.
"""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from resolver.metrics import Metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
TURN_S = 0.0002


class Page:
    """Shows all metrics; who asks while it is being written out waits for the same text.

    `turns` is held while text is written, by all pages of the process.
    """

    def __init__(self, metrics: Metrics, turns: asyncio.Lock) -> None:
        self._metrics = metrics
        self._shown = _WithoutCreated(metrics.registry)
        self._turns = turns
        self._writing: asyncio.Task[bytes] | None = None

    async def text(self) -> bytes:
        """Return all metrics."""
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await asyncio.shield(self._writing)

    async def _write(self) -> bytes:
        async with self._turns:
            self._metrics.refresh()
            with _short_turns():
                return await asyncio.to_thread(generate_latest, self._shown)


def application(page: Page) -> Starlette:
    """Return the application with `page` at /metrics, and nothing else."""

    async def metrics(_: Request) -> Response:
        return Response(await page.text(), headers={"Content-Type": CONTENT_TYPE})

    return Starlette(routes=[Route("/metrics", metrics)])


@contextlib.contextmanager
def _short_turns() -> Iterator[None]:
    """Let the other threads of the process have their turn soon."""
    usual_s, collects = sys.getswitchinterval(), gc.isenabled()
    sys.setswitchinterval(min(TURN_S, usual_s))
    gc.disable()
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)
        if collects:
            gc.enable()


class _WithoutCreated(Collector):
    """A registry as CoreDNS shows its own: without the times at which series began."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            created = f"{metric.name}_created"
            shown = Metric(metric.name, metric.documentation, metric.type, metric.unit)
            shown.samples = [sample for sample in metric.samples if sample.name != created]
            yield shown
