# SPDX-License-Identifier: Apache-2.0
"""What the probe counts and says."""

import asyncio
import socket

import pytest

from plugins.health.probe import Probe, ProbeMetrics
from resolver.metrics import Metrics
from resolver.request import Endpoint
from resolver.testing import FixedClock, run

PATIENCE_S = 20.0


class Page:
    """A page that answers with `said`; the clock goes on by `takes_ms` meanwhile."""

    def __init__(self, said: bytes = b"HTTP/1.1 200 OK\r\n\r\nOK", takes_ms: int = 0) -> None:
        self.clock = FixedClock()
        self.metrics = Metrics()
        self.asked = asyncio.Event()
        self._said = said
        self._takes_ms = takes_ms
        self.probe: Probe

    async def __aenter__(self) -> "Page":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        where = Endpoint(*self._server.sockets[0].getsockname())
        self.probe = Probe(lambda: where, self.clock, ProbeMetrics(self.metrics))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.clock.advance(self._takes_ms)
        self.asked.set()
        writer.write(self._said)
        writer.close()

    def counted(self) -> tuple[float, float, float]:
        """Return how many answers took up to 250 ms, how many there were, and failures."""
        value, duration = self.metrics.value, "coredns_health_request_duration_seconds"
        failures = value("coredns_health_request_failures_total")
        return value(f"{duration}_bucket", le="0.25"), value(f"{duration}_count"), failures


@pytest.mark.parametrize(
    ("page", "counted", "said"),
    [
        pytest.param(Page(), (1, 1, 0), "", id="a quick answer"),
        pytest.param(Page(takes_ms=700), (0, 1, 0), "", id="a slower one"),
        pytest.param(Page(takes_ms=1500), (0, 1, 0), "took more than 1s: 1.5s", id="a slow one"),
        pytest.param(
            Page(b"HTTP/1.1 500 X\r\n\r\n"),
            (1, 1, 1),
            "failed: answer was 'HTTP/1.1 500 X'",
            id="no",
        ),
        pytest.param(Page(b""), (1, 1, 1), "failed: answer was ''", id="nothing"),
    ],
)
def test_an_answer(
    page: Page, counted: tuple[float, ...], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is a duration; what is no 200 is a failure too."""

    async def ask() -> None:
        async with page:
            await page.probe.ask()

    run(ask())
    assert page.counted() == counted
    assert len(caplog.messages) == bool(said)
    assert all(message.endswith(said) for message in caplog.messages)


def test_nobody_there(caplog: pytest.LogCaptureFixture) -> None:
    """A failure, which is told."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # but it does not listen
        where = Endpoint(*taken.getsockname())
        metrics = Metrics()
        run(Probe(lambda: where, FixedClock(), ProbeMetrics(metrics)).ask())
    assert metrics.value("coredns_health_request_failures_total") == 1
    assert caplog.messages == [
        f'Local health request to "http://{where}/health" failed: Connect call failed'
        f" ('{where.host}', {where.port})"
    ]


def test_it_asks_every_second() -> None:
    """From start to stop."""

    async def live() -> None:
        async with page:
            await page.probe.start()
            for count in (1, 2, 3):
                page.clock.advance(999)
                assert not page.asked.is_set()
                page.clock.advance(1)
                async with asyncio.timeout(PATIENCE_S):
                    await page.asked.wait()
                    while page.counted()[1] < count:
                        await asyncio.sleep(0)
                page.asked.clear()
                await asyncio.sleep(0)
            await page.probe.stop()
            page.clock.advance(5000)
            await asyncio.sleep(0)
            assert not page.asked.is_set()

    page = Page()
    run(live())
