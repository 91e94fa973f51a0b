# SPDX-License-Identifier: Apache-2.0
"""A cache in front of recursion on the mini internet: what is asked upstream, and what is not."""

import asyncio
from collections.abc import Callable, Iterator

import dns.flags
import dns.message
import dns.rcode
import pytest

from resolver.limits import Limits
from tests.internet import Internet
from tests.recursion.recursing import Recursing

PATIENCE_MS = 500
COREFILE = ".:0 {{{{\nbind 127.0.0.1\ncache {{{{\n{}\n}}}}\nunbound {{{{\n{{}}\n}}}}\n}}}}\n"


@pytest.fixture
def serving(internet: Internet) -> Iterator[Callable[[str], Recursing]]:
    """Return what starts a server with these properties of `cache`, until the test ends."""
    running: list[Recursing] = []

    def start(properties: str) -> Recursing:
        server = Recursing(
            internet.unbound_properties,
            corefile=COREFILE.format(properties),
            limits=Limits(patience_ms=PATIENCE_MS),
        )
        running.append(server.__enter__())
        return server

    yield start
    for server in running:
        server.__exit__(None, None, None)


def put_ahead(server: Recursing, monkeypatch: pytest.MonkeyPatch, by_ms: int) -> None:
    """Put the server's clock ahead."""
    now_ms = server.clock.now_ms
    monkeypatch.setattr(server.clock, "now_ms", lambda: now_ms() + by_ms)


def settle(server: Recursing) -> None:
    """Wait until nothing is under way: refreshes in the background."""

    async def settled() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)

    server.run(settled())


def seen(response: dns.message.Message) -> str:
    """Return RCODE, number of answers, AD and the INFO-CODEs in short: `NOERROR 1 ad`."""
    words = [dns.rcode.to_text(response.rcode()), str(len(response.answer))]
    words += ["ad"] if response.flags & dns.flags.AD else []
    words += [str(int(ede.code)) for ede in response.extended_errors()]
    return " ".join(words)


@pytest.mark.parametrize(
    "qname, asks",
    [
        pytest.param(
            "www.example.org.",
            [("rd edns", "NOERROR 1"), ("rd edns ad", "NOERROR 1 ad"), ("rd cd", "NOERROR 1")],
            id="one entry for AD and CD",
        ),
        pytest.param(
            "www.example.org.", [("rd do", "NOERROR 2 ad"), ("rd", "NOERROR 1")], id="DO and not"
        ),
        pytest.param(
            "nowhere.example.org.",
            [("rd ad edns", "NXDOMAIN 0 ad"), ("rd cd", "NXDOMAIN 0")],
            id="a denial",
        ),
        pytest.param(
            "www.expired.example.",
            [("rd edns", "SERVFAIL 0 7"), ("rd cd", "NOERROR 1"), ("rd", "SERVFAIL 0")],
            id="bogus, then with CD",
        ),
        pytest.param(
            "www.broken-signature.example.",
            [("rd cd", "NOERROR 1"), ("rd edns", "SERVFAIL 0 6"), ("rd cd do", "NOERROR 2")],
            id="with CD, then bogus",
        ),
        pytest.param(
            "www.lame.example.", [("rd edns", "SERVFAIL 0 22"), ("rd", "SERVFAIL 0")], id="failure"
        ),
        pytest.param(
            "www.example.org.", [("rd", "NOERROR 1"), ("", "REFUSED 0")], id="RD=0 sees nothing"
        ),
    ],
)
def test_each_client_gets_its_variant_again(
    serving: Callable[[str], Recursing], qname: str, asks: list[tuple[str, str]]
) -> None:
    """The second round is the cache's word, and the same as the first."""
    server = serving("success 1000")
    for flags, want in asks * 2:
        assert seen(server.ask(qname, "A", flags)) == want
    unwritten = sum(want.startswith("REFUSED") for _, want in asks)
    assert server.counted("coredns_cache_requests_total", zones=".", view="") == 2 * len(asks)
    misses = server.counted("coredns_cache_misses_total", zones=".", view="")
    assert misses <= len(asks) + unwritten


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param("prefetch 1 1m 90%", id="prefetch"),
        pytest.param("serve_stale 1h immediate", id="stale"),
        pytest.param("serve_stale 1h verify", id="verify"),
    ],
)
def test_a_refresh_really_asks_upstream(
    serving: Callable[[str], Recursing],
    internet: Internet,
    monkeypatch: pytest.MonkeyPatch,
    properties: str,
) -> None:
    """libunbound still has what it answered a moment ago; the servers count the question."""
    server = serving(properties)
    name = "ttl60.example.net."
    server.ask(name)
    internet.reset_queries()
    put_ahead(server, monkeypatch, 50_000 if properties.startswith("prefetch") else 60_000)
    server.ask(name)
    settle(server)
    assert internet.queries(name, "A") == 1
    assert server.ask(name).answer[0].ttl == 60
    assert internet.queries(name, "A") == 1


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param("serve_stale 1h immediate", id="at once"),
        pytest.param("serve_stale 1h verify 50ms", id="at the time-out"),
        pytest.param("serve_stale 1h verify", id="at the deadline"),
    ],
)
def test_stale_data_of_a_silent_server(
    serving: Callable[[str], Recursing],
    internet: Internet,
    monkeypatch: pytest.MonkeyPatch,
    properties: str,
) -> None:
    """RFC 8767: the old answer with TTL 30 and EDE 3, instead of SERVFAIL."""
    server = serving(properties)
    name = "stale.ttl60.switch.misbehaving.example."
    assert seen(server.ask(name, "A", "rd edns")) == "NOERROR 1"
    put_ahead(server, monkeypatch, 61_000)
    internet.behave("switch.misbehaving.example.", "silent")
    try:
        response = server.ask(name, "A", "rd edns")
    finally:
        internet.behave("switch.misbehaving.example.", "normal")
    assert seen(response) == "NOERROR 1 3"
    assert response.answer[0].ttl == 30
    assert server.counted("coredns_cache_served_stale_total", zones=".", view="") == 1


def test_nothing_stale_once_it_is_bogus(
    serving: Callable[[str], Recursing], internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data that were secure, and whose zone has lost its signatures, are not served any more."""
    server = serving("serve_stale 1h immediate")
    name = "ttl60.signed-switch.example."
    assert seen(server.ask(name, "A", "rd do")) == "NOERROR 2 ad"
    put_ahead(server, monkeypatch, 61_000)
    internet.behave("signed-switch.example.", "unsigned")
    try:
        assert seen(server.ask(name, "A", "rd do")) == "NOERROR 2 ad 3"
        settle(server)
        assert seen(server.ask(name, "A", "rd do")).startswith("SERVFAIL 0 ")
    finally:
        internet.behave("signed-switch.example.", "normal")
