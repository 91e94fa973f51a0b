# SPDX-License-Identifier: Apache-2.0
"""Many questions at a time, and servers that do not answer: who waits, who does not."""

import asyncio
import importlib.util
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import pytest

from resolver.limits import Limits
from resolver.recursion.caps import Limits as Caps
from resolver.request import Endpoint
from resolver.testing import RecordingWriter, request
from tests.internet import Internet
from tests.recursion.recursing import Recursing

PATIENCE_MS = 800  # a second's part: a collection of Python's own garbage may take a third


# tests/fallback runs these where there is no extension
FLIGHTS = ["python", "native"] if importlib.util.find_spec("resolver._native") else ["python"]


@pytest.fixture(params=FLIGHTS)
def is_native(request: pytest.FixtureRequest) -> bool:
    """Whose flights are under test."""
    return bool(request.param == "native")


@pytest.fixture
def server(internet: Internet, is_native: bool) -> Iterator[Recursing]:
    """A server of its own for each test: nothing is cached, and it gives up after 0.3 s."""
    limits = Limits(patience_ms=PATIENCE_MS)
    with Recursing(internet.unbound_properties, limits=limits, is_native=is_native) as running:
        yield running


def test_a_storm_of_one_question_is_one_recursion(server: Recursing, internet: Internet) -> None:
    """Five hundred clients, one recursion: upstream is asked once and everybody is answered."""

    async def storm() -> list[dns.message.Message]:
        name = "storm.slow-100.misbehaving.example."
        return await asyncio.gather(*(server.asked(name) for _ in range(500)))

    internet.reset_queries()
    responses = server.run(storm())
    assert {response.rcode() for response in responses} == {dns.rcode.NOERROR}
    assert {len(response.answer) for response in responses} == {1}
    assert internet.queries("storm.slow-100.misbehaving.example.", "A") == 1
    assert server.counted("rootward_unbound_coalesced_total") == 499


def test_variants_of_one_recursion(server: Recursing, internet: Internet) -> None:
    """DO, CD and AD differ; what is asked upstream does not."""

    async def storm() -> list[dns.message.Message]:
        flags = ("rd", "rd do", "rd cd", "rd do cd", "rd ad")
        return await asyncio.gather(
            *(server.asked("www.broken-signature.example.", "A", each) for each in flags)
        )

    internet.reset_queries()
    responses = server.run(storm())
    rcodes = [dns.rcode.to_text(response.rcode()) for response in responses]
    assert rcodes == ["SERVFAIL", "SERVFAIL", "NOERROR", "NOERROR", "SERVFAIL"]
    assert [len(response.answer) for response in responses] == [0, 0, 1, 2, 0]
    assert server.counted("rootward_unbound_coalesced_total") == 4


def test_a_silent_server_costs_nobody_else(server: Recursing) -> None:
    """Who asks it has SERVFAIL + EDE 22 at the deadline; others have their answer meanwhile."""

    async def ask() -> tuple[dns.message.Message, dns.message.Message, float, float]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        silent = loop.create_task(server.asked("www.silent.misbehaving.example.", "A", "rd edns"))
        other = await server.asked("www.example.org.", "A", "rd do")
        other_s = loop.time() - start
        return await silent, other, loop.time() - start, other_s

    silent, other, silent_s, other_s = server.run(ask())
    assert silent.rcode() == dns.rcode.SERVFAIL
    assert [int(ede.code) for ede in silent.extended_errors()] == [22]
    assert silent_s >= PATIENCE_MS / 1000
    assert other.flags & dns.flags.AD
    assert other_s < silent_s


def test_a_late_answer_comes_to_who_waits_behind_the_deadline(
    server: Recursing, internet: Internet
) -> None:
    """The recursion goes on behind the deadline: who asks then has what it brought."""
    name = "late.slow-500.misbehaving.example."
    assert server.ask(name).rcode() == dns.rcode.SERVFAIL
    assert server.counted("rootward_unbound_deadline_missed_total") == 0  # it is still under way
    writer = RecordingWriter()
    asked = request(f"{name} A", now_ms=server.clock.now_ms(), server=server.name)
    server.run(server.handler.serve_dns(writer, asked))
    assert writer.response.rcode == dns.rcode.NOERROR
    assert server.counted("rootward_unbound_coalesced_total") == 1
    internet.reset_queries()
    assert server.ask(name).rcode() == dns.rcode.NOERROR
    assert internet.queries(name, "A") == 0
    assert server.counted("rootward_unbound_deadline_missed_total") == 1


@pytest.mark.parametrize(
    ("caps", "client", "reason"),
    [
        pytest.param(Caps(waiters=5), "127.0.0.1", "waiters", id="in all"),
        pytest.param(Caps(client_waiters=5), "192.0.2.9", "client", id="of one client"),
        pytest.param(Caps(flights=5), "127.0.0.1", "flights", id="flights"),
    ],
)
def test_beyond_a_cap_there_is_an_answer_at_once(
    internet: Internet, is_native: bool, caps: Caps, client: str, reason: str
) -> None:
    """SERVFAIL + EDE 0 "too many queries in flight", long before the deadline."""
    corefile = ".:0 {{\nbind 127.0.0.1\nacl {{\nallow net *\n}}\nunbound {{\n{}\n}}\n}}\n"
    with Recursing(
        internet.unbound_properties, corefile=corefile, caps=caps, is_native=is_native
    ) as server:
        flights = server.handler.flights
        assert flights is not None

        async def flood() -> dns.message.Message:
            loop = asyncio.get_running_loop()
            asker = Endpoint(client, 4000)
            names = [f"w{n}.silent.misbehaving.example." for n in range(5)]
            waiting = [loop.create_task(server.asked(n, "A", "rd", asker)) for n in names]
            while flights.waiting < 5:
                await asyncio.sleep(0)
            refused = await server.asked("more.example.org.", "A", "rd edns", asker)
            for task in waiting:
                assert not task.done()
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return refused

        refused = server.run(flood())
        assert refused.rcode() == dns.rcode.SERVFAIL
        (ede,) = refused.extended_errors()
        assert (int(ede.code), ede.text) == (0, "too many queries in flight")
        assert server.counted("rootward_unbound_refused_total", reason=reason) == 1


def test_a_flood_below_one_suffix_delays_nobody(internet: Internet, is_native: bool) -> None:
    """It holds half of the slots at most; a name elsewhere is answered meanwhile."""
    with Recursing(internet.unbound_properties, caps=Caps(slots=20), is_native=is_native) as server:
        flights = server.handler.flights
        assert flights is not None

        async def flood() -> dns.message.Message:
            loop = asyncio.get_running_loop()
            names = [f"w{n}.silent.misbehaving.example." for n in range(200)]
            waiting = [loop.create_task(server.asked(name)) for name in names]
            while flights.waiting < len(names) or flights.in_libunbound < 10:
                await asyncio.sleep(0)
            assert (flights.in_flight, flights.in_libunbound) == (200, 10)
            other = await server.asked("www.example.org.", "A", "rd ad")
            assert not any(task.done() for task in waiting)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            return other

        assert server.run(flood()).flags & dns.flags.AD


def test_a_renewal_asks_upstream(server: Recursing, internet: Internet) -> None:
    """What one context has cached the other one asks for: that is what a prefetch is for."""
    name = "www.example.net."
    server.ask(name)
    internet.reset_queries()
    server.ask(name)
    assert internet.queries(name, "A") == 0
    renewed = server.renew(name, 0)
    assert renewed.context == 1
    assert internet.queries(name, "A") == 1
    assert server.renew(name, 1).context == 0
    assert internet.queries(name, "A") == 1  # context 0 still has it: what it holds is as old
