# SPDX-License-Identifier: Apache-2.0
"""Whole server: *health* and *ready* over HTTP, at the start, over reloads and at the end."""

from __future__ import annotations

import asyncio
import logging
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from resolver.clock import SystemClock, Timer
from resolver.corefile.controller import Controller
from resolver.errors import ResolverError
from resolver.plugin import Plugin
from resolver.transport.sockets import ListenError
from tests.scrape import addresses
from tests.serve import PATIENCE_S, Running, serving

COREFILE = """.:0 {
    bind 127.0.0.1
    health 127.0.0.1:0 {
        lameduck 7s
    }
    ready 127.0.0.1:0
    slow
    whoami
}
"""


class Slow(Plugin):
    """Is ready when the test says so."""

    name = "slow"
    is_ready = True

    def ready(self) -> bool:
        return self.is_ready


class DuckClock(SystemClock):
    """The machine's clock; seven seconds are over when the test says so."""

    def __init__(self) -> None:
        self.over: list[Callable[[], None]] = []

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        if delay_ms == 7000:
            self.over.append(callback)
            delay_ms = 1 << 31
        return super().call_later(delay_ms, callback)


@pytest.fixture(autouse=True)
def log_of_all(caplog: pytest.LogCaptureFixture) -> None:
    """Listeners tell where they are."""
    caplog.set_level(logging.INFO)


def get(address: str, path: str) -> tuple[int, str]:
    """Return status and text of a page."""
    try:
        with urllib.request.urlopen(f"http://{address}/{path}", timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def places(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """Return where the plugins listen, by name."""
    records = [record for record in caplog.records if record.message in caplog.messages]
    told = [r for r in records if r.message.startswith("listening address=")]
    return dict(zip([r.name.removeprefix("plugin/") for r in told], addresses(caplog), strict=True))


def test_a_life(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    """Alive from the start, ready when all are; at the end alive, not ready, and answering."""
    handler, clock = Slow(), DuckClock()
    handler.is_ready = False

    def slow(controller: Controller) -> None:
        controller.add_plugin(handler)

    def end(server: Running) -> asyncio.Future[list[BaseException]]:
        return asyncio.ensure_future(server.instance.stop())

    with serving(COREFILE, engine, more={"slow": slow}, clock=clock) as server:
        where = places(caplog)
        assert get(where["health"], "health") == (200, "OK")
        assert get(where["health"], "other")[0] == 404
        assert get(where["ready"], "ready") == (503, "slow")
        handler.is_ready = True
        assert get(where["ready"], "ready") == (200, "OK")
        stopping = server.call(lambda: end(server))
        while "Going into lameduck mode for 7s" not in caplog.messages:
            server.call(lambda: None)
        assert get(where["health"], "health") == (200, "OK")
        assert get(where["ready"], "ready") == (503, "Shutting down")
        assert server.query("whoami.example. A").rcode() == 0
        assert not stopping.done()
        server.call(clock.over.pop())
    assert stopping.result() == []
    for name, path in (("health", "health"), ("ready", "ready")):
        with pytest.raises(urllib.error.URLError):
            get(where[name], path)


def test_listeners_over_reloads(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    """They stay over one that fails and one that does not, and go with their directive."""
    handler = Slow()

    def slow(controller: Controller) -> None:
        controller.add_plugin(handler)

    def failing(controller: Controller) -> None:
        async def fail() -> None:
            raise ResolverError("as asked")

        controller.on_started(fail)

    text = COREFILE.replace("lameduck 7s", "lameduck 0s")
    with serving(text, engine, more={"slow": slow, "failing": failing}) as server:
        where = places(caplog)
        with pytest.raises(ResolverError, match="as asked"):
            server.reload(text + "a:0 {\n bind 127.0.0.1\n failing\n}\n")
        with pytest.raises(ResolverError, match="Unknown directive"):
            server.reload(text.replace("slow", "slwo"))
        assert get(where["health"], "health") == (200, "OK")
        server.reload(text + "a:0 {\n bind 127.0.0.1\n health 127.0.0.1:0\n whoami\n}\n")
        handler.is_ready = False
        assert get(where["ready"], "ready") == (503, "slow")
        assert get(where["health"], "health") == (200, "OK")
        server.reload(".:0 {\n bind 127.0.0.1\n whoami\n}\n")
        for name, path in (("health", "health"), ("ready", "ready")):
            with pytest.raises(urllib.error.URLError):
                get(where[name], path)
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_a_port_that_is_taken(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    """Is told with its line, at the start and at a reload."""
    text = COREFILE.replace("slow", "")
    with serving(text.replace("7s", "0s"), engine) as server:
        taken = places(caplog)["health"]
        said = f"^Corefile:6 - plugin/ready: listen tcp {taken}: bind: address already in use"
        with pytest.raises(ListenError, match=said):
            server.reload(text.replace("ready 127.0.0.1:0", f"ready {taken}"))
        assert get(taken, "health") == (200, "OK")
        _, _, port = taken.rpartition(":")
        with (
            pytest.raises(ListenError, match=r"^Corefile:3 - plugin/health: .* already in use"),
            serving(text.replace("health 127.0.0.1:0", f"health 127.0.0.1:{port}"), engine),
        ):
            pass
