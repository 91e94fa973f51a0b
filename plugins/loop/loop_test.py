# SPDX-License-Identifier: Apache-2.0
"""What goes round, and what becomes of it."""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from plugins.loop.loop import RECHECK_MS, RETRY_MS, Loop, Place
from resolver import names
from resolver.claims import EVERYTHING, is_claimed
from resolver.errors import ResolverError
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.testing import (
    FixedClock,
    QuietServer,
    RecordingWriter,
    request,
    run,
)
from resolver.types import Rcode, ResponseWriter

Behaviour = Callable[[ResponseWriter, Request], Coroutine[Any, Any, Rcode]]

BACK = "192.0.2.7"  # where what went round comes from


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Upstream(Plugin):
    """Does what the present behaviour says with each question; `asked` are all that came."""

    name = "forward"

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.behaviour: Behaviour = answering(5)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        self.asked.append(request)
        return await self.behaviour(writer, request)


def answering(rcode: int) -> Behaviour:
    async def answer(writer: ResponseWriter, request: Request) -> Rcode:
        return rcode

    return answer


async def failing(writer: ResponseWriter, request: Request) -> Rcode:
    raise ResolverError("no upstream")


class Circle:
    """A loop plugin, what stands behind it, and time."""

    def __init__(self) -> None:
        self.clock, self.server, self.upstream = FixedClock(), QuietServer(), Upstream()
        place = Place("dns://:53", names.from_text("example.org"))
        self.loop = Loop(place, self.clock, random.Random(1), self.server)
        self.loop.next_handler = self.upstream

    async def come_back(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Ask the question again from elsewhere, and answer what that is answered."""
        outside = RecordingWriter()
        again = request.replace(client=request.client._replace(host=BACK, port=4000))
        rcode = await self.loop.serve_dns(outside, again)
        for response in outside.responses:
            writer.write(response)
        return rcode

    async def ask(self, question: str, client: str = "192.0.2.1") -> str:
        """Return the RCODE and EDE that a client gets; `passed` for what the end of the chain says.

        The end says NXDOMAIN, which nobody else does.
        """
        writer = RecordingWriter()
        rcode = await self.loop.serve_dns(writer, request(question, client=client))
        if not writer.responses:
            return "passed" if rcode == 3 else str(rcode)
        assert rcode == 0
        return f"{writer.response.rcode} {[ede.text for ede in writer.response.ede]}"

    async def pass_ms(self, by_ms: int) -> None:
        await settle()
        self.clock.advance(by_ms)
        await settle()


def going_round(test: Callable[[Circle], Coroutine[Any, Any, None]]) -> None:
    """Run a test in which what is asked comes back."""

    async def whole() -> None:
        circle = Circle()
        circle.upstream.behaviour = circle.come_back
        await circle.loop.start()
        await settle()
        await test(circle)
        await circle.loop.close()

    run(whole())


def test_a_probe_is_a_name_of_chance() -> None:
    """Two labels below the zone, type HINFO, and nothing else is claimed."""

    async def test() -> None:
        circle = Circle()
        assert circle.upstream.asked == []
        await circle.loop.start()
        await settle()
        (probe,) = circle.upstream.asked
        assert (probe.qtype, probe.qclass, probe.rd) == (13, 1, True)
        first, second, *rest = names.labels(probe.qname)
        assert first.isdigit() and second.isdigit() and rest == [b"example", b"org"]
        assert (probe.message().question[0].name.to_text(), probe.name) == (probe.name,) * 2
        assert is_claimed(circle.loop.claims(), probe)
        assert not is_claimed(circle.loop.claims(), request("www.example.org. A"))
        await circle.loop.close()

    run(test())


def test_a_probe_that_comes_back_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """In CoreDNS's words; the process lives."""

    async def test(circle: Circle) -> None:
        (probe,) = circle.upstream.asked
        assert caplog.record_tuples == [
            (
                "plugin/loop",
                logging.WARNING,
                f'Loop ({BACK}:4000 -> 127.0.0.1:0) detected for zone "example.org.", see'
                f' https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO {probe.name}"',
            )
        ]
        assert circle.loop.claims() == EVERYTHING
        assert circle.server.claims_changes == 1

    going_round(test)


def test_a_question_goes_round_once() -> None:
    """It is refused where it comes in again, and that is what the client gets."""

    async def test(circle: Circle) -> None:
        circle.upstream.asked.clear()
        assert await circle.ask("www.example.org. A") == "5 ['forwarding loop']"
        assert len(circle.upstream.asked) == 1
        assert await circle.ask("www.example.org. A") == "5 ['forwarding loop']"

    going_round(test)


def test_only_what_comes_from_there_is_refused() -> None:
    """Others may ask the same question at the same time, and there other questions."""

    async def test(circle: Circle) -> None:
        gate = asyncio.Event()

        async def wait(writer: ResponseWriter, request: Request) -> Rcode:
            await gate.wait()
            return 3

        circle.upstream.behaviour = wait
        asked = [
            asyncio.create_task(circle.ask(question, client))
            for question, client in (
                ("www.example.org. A", "192.0.2.1"),
                ("www.example.org. A", "192.0.2.2"),
                ("www.example.org. AAAA", BACK),
                ("www.example.org. A", BACK),
            )
        ]
        await settle()
        gate.set()
        got = await asyncio.gather(*asked)
        assert got == ["passed", "passed", "passed", "5 ['forwarding loop']"]

    going_round(test)


def test_a_loop_may_end(caplog: pytest.LogCaptureFixture) -> None:
    """Another probe a minute; one that does not come back ends it, the next that does warns."""
    caplog.set_level(logging.INFO, "plugin/loop")

    async def test(circle: Circle) -> None:
        await circle.pass_ms(RECHECK_MS)
        assert len(circle.upstream.asked) == 2 and len(caplog.records) == 1
        circle.upstream.behaviour = answering(3)
        await circle.pass_ms(RECHECK_MS - 1)
        assert len(circle.upstream.asked) == 2
        await circle.pass_ms(1)
        assert caplog.messages[1:] == ["loop is gone zone=example.org."]
        assert circle.loop.claims() != EVERYTHING and circle.server.claims_changes == 2
        assert await circle.ask("www.example.org. A", BACK) == "passed"
        await circle.pass_ms(10 * RECHECK_MS)
        assert len({probe.qname for probe in circle.upstream.asked if probe.qtype == 13}) == 3
        late = circle.upstream.asked[2].name
        assert await circle.ask(f"{late} HINFO", BACK) == "5 ['forwarding loop']"
        assert len(caplog.records) == 3

    going_round(test)


@pytest.mark.parametrize("behaviour", [answering(2), failing], ids=["SERVFAIL", "an error"])
def test_a_probe_that_fails_is_tried_again(behaviour: Behaviour) -> None:
    """Upstreams may come up after us: for half a minute."""

    async def test() -> None:
        circle = Circle()
        circle.upstream.behaviour = behaviour
        await circle.loop.start()
        for number in (1, 2, 3, 4, 5, 6, 6, 6):
            await settle()
            assert len(circle.upstream.asked) == number
            await circle.pass_ms(RETRY_MS)
        await circle.loop.close()

    run(test())


def test_a_panic_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """One line; nothing else ends."""

    async def panic(writer: ResponseWriter, request: Request) -> Rcode:
        raise ZeroDivisionError("division by zero")

    async def test() -> None:
        circle = Circle()
        circle.upstream.behaviour = panic
        await circle.loop.start()
        await settle()
        circle.upstream.behaviour = answering(3)
        assert await circle.ask("www.example.org. A") == "passed"
        await circle.loop.close()

    run(test())
    assert caplog.messages == ["panic in a probe: ZeroDivisionError('division by zero')"]


def test_it_may_end_before_it_began() -> None:
    """A start that fails elsewhere ends what was not begun."""
    run(Circle().loop.close())
