# SPDX-License-Identifier: Apache-2.0
"""The server core without sockets: whatever a chain does, each query has one outcome."""

from __future__ import annotations

import asyncio
import logging

import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.errors import Ede, ResolverError
from resolver.request import Request, Transport
from resolver.testing import CLIENT, LOCAL, NextHandler, request, response, run
from resolver.types import Rcode, ResponseWriter
from tests.server_house import ANSWER, Doing, House, asked, settle

HEAD = b"\x12\x34\1\0\0\1\0\0\0\0\0\0"


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
    house.services.rejected.append(lambda req, rcode, size: told.append((req.name, rcode, size)))
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


def test_long_queries_have_little_room() -> None:
    """Those of 1 KiB and more share some octets: beyond them they are refused, others are not."""

    async def flood() -> None:
        gate = asyncio.Event()
        house = House(NextHandler(ANSWER, gate=gate), limits={"long_octets": 5000})
        ordinary = request("www.example.org. A").wire
        long = ordinary.ljust(2000, b"\0")
        for octets in (long, long, long, ordinary.ljust(1023, b"\0"), ordinary):
            house.send(octets)
        assert house.rcode() == "SERVFAIL"
        assert house.rejected("in_flight") == 1
        gate.set()
        await settle()
        assert len(house.outcomes) == 5
        gate.clear()
        house.send(long)
        house.send(long)
        assert len(house.outcomes) == 5
        house.send(long)
        assert len(house.outcomes) == 6
        gate.set()
        await settle()

    run(flood())


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda octets: HEAD + octets))
def test_any_octets_have_one_outcome(octets: bytes) -> None:
    """Whatever comes in, nothing is raised, and what goes out is a response with the query's ID."""
    house = House(NextHandler(rcode=dns.rcode.SERVFAIL))

    async def once() -> None:
        house.send(octets)
        await settle()

    run(once())
    (outcome,) = house.outcomes
    if outcome is not None:
        assert outcome[:2] == octets[:2]
        assert dns.message.from_wire(outcome).flags & dns.flags.QR
