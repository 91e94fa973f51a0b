# SPDX-License-Identifier: Apache-2.0
"""The server core without sockets: whatever a chain does, each query has one outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.errors import Ede, ResolverError
from resolver.plugin import Plugin
from resolver.request import Endpoint, Request, Transport
from resolver.server import Server
from resolver.testing import (
    CLIENT,
    LOCAL,
    FixedClock,
    NextHandler,
    request,
    response,
    run,
    services,
)
from resolver.transport.limits import Limits
from resolver.types import Handler, Rcode, ResponseWriter

ANSWER = response("www.example.org. A", ["www.example.org. 300 IN A 192.0.2.1"])
STALE = response("www.example.org. A", ["www.example.org. 30 IN A 192.0.2.9"])

Action = Callable[[ResponseWriter, Request], Awaitable[Rcode]]


class Doing(Plugin):
    """Does what a test says."""

    name = "doing"

    def __init__(self, action: Action) -> None:
        self._action = action

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        return await self._action(writer, request)


class House:
    """A server with one block for the root, a clock, and what its clients got."""

    def __init__(self, handler: Handler | None, zone: str = ".", **fields: Any) -> None:
        limits = Limits(**fields.pop("limits", {}))
        handlers = [handler] if handler else []
        self.block = Block((Key("dns", names.from_text(zone), 53),), {}, handlers=handlers)
        for name, value in fields.items():
            setattr(self.block, name, value)
        self.clock = FixedClock()
        self.services = services(self.clock)
        self.server = Server([self.block], self.services, limits=limits)
        self.outcomes: list[bytes | None] = []

    def ask(self, question: str = "www.example.org. A", **fields: Any) -> None:
        self.send(request(question, **fields).wire)

    def send(
        self, octets: bytes, client: Endpoint = CLIENT, kind: Transport = Transport.DO53_UDP
    ) -> None:
        self.server.receive(octets, client, LOCAL, kind, self.outcomes.append)

    @property
    def message(self) -> dns.message.Message:
        (octets,) = self.outcomes
        assert octets is not None
        return dns.message.from_wire(octets)

    def rcode(self) -> str:
        return dns.rcode.to_text(self.message.rcode())

    def edes(self) -> list[tuple[int, str | None]]:
        return [(int(ede.code), ede.text) for ede in self.message.extended_errors()]

    def count(self, name: str, **labels: str) -> float:
        return self.services.metrics.value(name, server="dns://:53", **labels)

    def rejected(self, reason: str) -> float:
        return self.count("rootward_server_rejected_total", reason=reason)


async def settle() -> None:
    """Let Tasks run until they wait for something."""
    for _ in range(5):
        await asyncio.sleep(0)


def asked(house: House, question: str = "www.example.org. A", **fields: Any) -> House:
    """Return the house once a query was asked and its chain has run."""

    async def once() -> None:
        house.ask(question, **fields)
        await settle()

    run(once())
    return house


def test_a_chain_answers() -> None:
    """The request knows its client, listener, zone, view and deadline."""
    handler = NextHandler(ANSWER)
    house = asked(House(handler, "Example.org", recursion_available=True, view="lan"))
    assert house.message.answer[0].to_text() == "www.example.org. 300 IN A 192.0.2.1"
    assert house.message.flags & dns.flags.RA
    (got,) = handler.requests
    assert (got.client, got.local, got.transport) == (CLIENT, LOCAL, Transport.DO53_UDP)
    assert (got.server, got.zone, got.view) == ("dns://:53", b"\7example\3org\0", "lan")
    assert (got.received_ms, got.deadline_ms) == (1_000_000, 1_004_000)


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"])
def test_some_rcodes_are_the_servers_to_write(rcode: str) -> None:
    house = asked(House(NextHandler(rcode=dns.rcode.from_text(rcode))), do=True)
    assert house.rcode() == rcode
    assert house.message.edns == 0


@pytest.mark.parametrize("rcode", [dns.rcode.NOERROR, dns.rcode.NXDOMAIN])
def test_other_rcodes_without_a_response_drop_the_query(rcode: int) -> None:
    """Nothing is sent, not at the deadline either."""
    house = House(NextHandler(rcode=rcode))

    async def wait() -> None:
        house.ask()
        await settle()
        house.clock.advance(60_000)

    run(wait())
    assert house.outcomes == [None]


@pytest.mark.parametrize(
    ("error", "edes"),
    [
        pytest.param(ResolverError("no luck"), [], id="without EDE"),
        pytest.param(ResolverError("no luck", Ede(9, "DNSKEY")), [(9, "DNSKEY")], id="with EDE"),
    ],
)
def test_resolver_errors_are_servfail_and_no_panic(
    error: ResolverError, edes: list[tuple[int, str]]
) -> None:
    house = asked(House(NextHandler(error=error)), do=True)
    assert (house.rcode(), house.edes()) == ("SERVFAIL", edes)
    assert house.services.metrics.value("coredns_panics_total") == 0


@pytest.mark.parametrize("debug", [False, True])
def test_a_panic_is_one_servfail_one_line_one_count(
    debug: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """And the server lives. Only with `debug` there is a traceback."""
    house = House(NextHandler(error=ZeroDivisionError("division by zero")), debug=debug)
    asked(house)
    assert house.rcode() == "SERVFAIL"
    assert house.services.metrics.value("coredns_panics_total") == 1
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == (
        'Recovered from panic in server: "dns://:53" ZeroDivisionError: division by zero'
    )
    assert bool(record.exc_info) == debug
    asked(house)
    assert len(house.outcomes) == 2


def test_a_panic_after_the_answer_changes_nothing() -> None:
    async def late(writer: ResponseWriter, request: Request) -> Rcode:
        writer.write(ANSWER)
        raise ZeroDivisionError

    house = asked(House(Doing(late)))
    assert house.rcode() == "NOERROR"
    assert house.services.metrics.value("coredns_panics_total") == 1


def test_a_response_that_cannot_be_rendered_is_a_panic() -> None:
    """A plugin may make any Response; its client still gets an answer."""
    house = asked(House(NextHandler(response("www.example.org. A", options=((3, b"x" * 65536),)))))
    assert house.rcode() == "NOERROR"  # no EDNS: options are never looked at
    house = asked(
        House(NextHandler(response("www.example.org. A", options=((3, b"x" * 65536),)))), do=True
    )
    assert house.rcode() == "SERVFAIL"


@pytest.mark.parametrize(
    ("question", "zone", "qclasses", "reason"),
    [
        pytest.param("example.net. A", "example.org.", {1}, "zone", id="no zone"),
        pytest.param("example.org. CH TXT", ".", {1}, "class", id="class CH"),
        pytest.param("example.org. ANY A", ".", {1, 3}, "class", id="class ANY"),
    ],
)
def test_what_no_chain_is_asked_is_refused(
    question: str, zone: str, qclasses: set[int], reason: str
) -> None:
    """Observers hear of it with its RCODE and length."""
    handler = NextHandler(ANSWER)
    house = House(handler, zone, qclasses=qclasses)
    told: list[tuple[str, int, int]] = []
    house.server.rejected.append(lambda req, rcode, size: told.append((req.name, rcode, size)))
    asked(house, question, do=True)
    assert (house.rcode(), house.edes()) == ("REFUSED", [])
    assert house.rejected(reason) == 1
    assert told == [(question.split()[0], 5, len(house.outcomes[0] or b""))]
    assert not handler.requests


def test_a_class_that_a_plugin_added_reaches_the_chain() -> None:
    handler = NextHandler(rcode=dns.rcode.NOTIMP)
    house = asked(House(handler, qclasses={1, 3}), "version.bind. CH TXT")
    assert (house.rcode(), handler.requests[0].qclass) == ("NOTIMP", 3)


def test_a_zone_without_plugins_is_refused() -> None:
    assert asked(House(None)).rcode() == "REFUSED"


@pytest.mark.parametrize(
    ("octets", "rcode", "reason"),
    [
        pytest.param(b"\0" * 11, None, "not_a_query", id="too short"),
        pytest.param(b"\0\1\x80" + b"\0" * 9, None, "not_a_query", id="a response"),
        pytest.param(b"\0\1\x28" + b"\0" * 9, "NOTIMP", "opcode", id="an update"),
        pytest.param(b"\0\1\x20" + b"\0" * 9, "NOTIMP", "opcode", id="a notify"),
        pytest.param(b"\0\1" + b"\0" * 10, "FORMERR", "malformed", id="no question"),
        pytest.param(
            b"\0\1\0\0\0\1\0\0\0\0\0\1\0\0\1\0\1" + b"\0\0\x29\4\xd0\0\1\0\0\0\0",
            "BADVERS",
            "version",
            id="EDNS version 1",
        ),
    ],
)
def test_messages_that_are_no_queries(octets: bytes, rcode: str | None, reason: str) -> None:
    """Answered at once, or not at all; counted by reason."""
    house = House(NextHandler(ANSWER))
    house.send(octets)
    if rcode is None:
        assert house.outcomes == [None]
    else:
        assert house.rcode() == rcode
    assert house.rejected(reason) == 1


def test_too_many_queries_in_flight() -> None:
    """Beyond the cap the answer comes at once: SERVFAIL and a reason."""

    async def flood() -> None:
        gate = asyncio.Event()
        house = House(NextHandler(ANSWER, gate=gate), limits={"in_flight": 2})
        for _ in range(3):
            house.ask(do=True)
        assert (house.rcode(), house.edes()) == ("SERVFAIL", [(0, "too many queries in flight")])
        assert house.rejected("in_flight") == 1
        gate.set()
        await settle()
        assert len(house.outcomes) == 3
        house.ask()
        await settle()
        assert len(house.outcomes) == 4

    run(flood())


class Late:
    """A house whose chain waits for a gate behind a wrapper that has stale data, maybe."""

    def __init__(self, *stale: Callable[[ResponseWriter], Callable[[], None]]) -> None:
        self.gate = asyncio.Event()
        self.written: list[bool] = []
        self.was_cancelled = False

        async def wait(writer: ResponseWriter, request: Request) -> Rcode:
            for make in stale:
                writer.at_deadline(make(writer))
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.was_cancelled = True
                raise
            writer.write(ANSWER)
            self.written.append(True)
            return dns.rcode.NOERROR

        self.house = House(Doing(wait))

    async def pass_ms(self, by_ms: int) -> None:
        await settle()
        self.house.clock.advance(by_ms)
        await settle()


def leaving(answer: Any) -> Callable[[ResponseWriter], Callable[[], None]]:
    return lambda writer: lambda: writer.write(answer)


def failing(writer: ResponseWriter) -> Callable[[], None]:
    def fail() -> None:
        raise ZeroDivisionError

    return fail


def test_the_deadline_answers_and_the_chain_goes_on() -> None:
    """Never silence: SERVFAIL + EDE 22 after 4 s; what comes later still passes every wrapper."""

    async def wait() -> None:
        late = Late()
        late.house.ask(do=True)
        await late.pass_ms(3999)
        assert late.house.outcomes == []
        await late.pass_ms(1)
        assert late.house.rcode() == "SERVFAIL"
        assert late.house.edes() == [(22, "no answer in time")]
        assert late.house.count("rootward_server_deadlines_missed_total") == 1
        late.gate.set()
        await settle()
        assert late.written == [True]
        assert len(late.house.outcomes) == 1

    run(wait())


@pytest.mark.parametrize(
    ("stale", "rcode", "panics"),
    [
        pytest.param((leaving(STALE),), "NOERROR", 0, id="stale data"),
        pytest.param((failing, leaving(STALE)), "NOERROR", 0, id="the latest first"),
        pytest.param((leaving(STALE), failing), "NOERROR", 1, id="the next if one fails"),
        pytest.param((failing,), "SERVFAIL", 1, id="none is left"),
        pytest.param((lambda writer: lambda: None,), "SERVFAIL", 0, id="nothing was left"),
    ],
)
def test_what_was_left_for_the_deadline_is_sent(stale: Any, rcode: str, panics: int) -> None:
    async def wait() -> None:
        late = Late(*stale)
        late.house.ask()
        await late.pass_ms(4000)
        assert late.house.rcode() == rcode
        assert late.house.services.metrics.value("coredns_panics_total") == panics
        late.gate.set()
        await settle()
        assert len(late.house.outcomes) == 1

    run(wait())


def test_a_chain_does_not_live_for_ever() -> None:
    """It is cancelled 30 s after the query came; its place is free again."""

    async def wait() -> None:
        late = Late()
        late.house.ask()
        await late.pass_ms(4000)
        await late.pass_ms(25_999)
        assert not late.was_cancelled
        await late.pass_ms(1)
        assert late.was_cancelled
        assert len(late.house.outcomes) == 1

    run(wait())


def test_a_chain_that_cancels_itself_is_answered() -> None:
    async def cancel(writer: ResponseWriter, request: Request) -> Rcode:
        raise asyncio.CancelledError

    assert asked(House(Doing(cancel))).rcode() == "SERVFAIL"


def test_stop_waits_for_what_is_in_flight() -> None:
    async def stop() -> None:
        late = Late()
        late.house.ask()
        await settle()
        stopping = asyncio.create_task(late.house.server.stop(5000))
        await settle()
        assert not stopping.done()
        late.gate.set()
        await stopping
        assert late.house.rcode() == "NOERROR"

    run(stop())


def test_stop_answers_what_is_not_done_in_time() -> None:
    """SERVFAIL after the grace, and the chain is cancelled."""

    async def stop() -> None:
        late = Late()
        late.house.ask()
        stopping = asyncio.create_task(late.house.server.stop(1000))
        await settle()
        assert late.house.outcomes == []
        late.house.clock.advance(1000)
        await stopping
        assert late.house.rcode() == "SERVFAIL"
        assert late.was_cancelled

    run(stop())


def test_stop_answers_what_has_not_begun() -> None:
    async def stop() -> None:
        late = Late()
        late.house.ask()
        await late.house.server.stop(0)
        assert late.house.rcode() == "SERVFAIL"

    run(stop())


def test_stop_does_not_wait_for_what_is_answered() -> None:
    """A chain that goes on after its deadline holds nobody up; it is cancelled."""

    async def stop() -> None:
        late = Late()
        late.house.ask()
        await late.pass_ms(4000)
        await late.house.server.stop(5000)
        assert late.was_cancelled

    run(stop())
