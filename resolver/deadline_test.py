# SPDX-License-Identifier: Apache-2.0
"""Time in the server core: the deadline, the life of a chain, and the end of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from resolver.request import Request
from resolver.testing import response, run
from resolver.types import Rcode, ResponseWriter
from tests.server_house import Doing, House, Late, asked, settle

STALE = response("www.example.org. A", ["www.example.org. 30 IN A 192.0.2.9"])


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


@pytest.mark.parametrize(
    ("said_ms", "patience_ms"),
    [
        pytest.param(None, 4000, id="nothing said"),
        pytest.param(1500, 1500, id="less"),
        pytest.param(5001, 4000, id="more, which changes nothing"),
    ],
)
def test_a_block_may_have_less_patience(said_ms: int | None, patience_ms: int) -> None:
    """The request knows it, and the client is answered then."""

    async def wait() -> None:
        late = Late()
        late.house.block.patience_ms = said_ms
        late.house.ask(do=True)
        await late.pass_ms(patience_ms - 1)
        assert late.house.outcomes == []
        await late.pass_ms(1)
        assert (late.house.rcode(), late.house.edes()) == ("SERVFAIL", [(22, "no answer in time")])
        late.gate.set()
        await settle()
        assert late.written and len(late.house.outcomes) == 1

    run(wait())


def test_who_has_less_patience_is_answered_first() -> None:
    """Deadlines come in the order of time, not of queries."""

    async def wait() -> None:
        late = Late()
        for said_ms, name in ((None, "a"), (1000, "b"), (2000, "c"), (1000, "d")):
            late.house.block.patience_ms = said_ms
            late.house.ask(f"{name}.example.org. A")
        for by_ms, number in ((999, 0), (1, 2), (999, 2), (1, 3), (2000, 4)):
            await late.pass_ms(by_ms)
            assert len(late.house.outcomes) == number
        late.gate.set()
        await settle()

    run(wait())
