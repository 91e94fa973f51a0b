# SPDX-License-Identifier: Apache-2.0
"""What `erratic` answers, and whom it treats badly."""

import asyncio

import pytest

from plugins.erratic.erratic import Erratic, Every
from resolver import wire
from resolver.testing import Case, FixedClock, RecordingWriter, request, run, serve

SOA = "ns1.example.org. hostmaster.example.org. 1 3600 3600 3600 3600"


@pytest.mark.parametrize(
    "qtype, answer",
    [
        pytest.param("A", ["example.org. 0 IN A 192.0.2.53"], id="A"),
        pytest.param("AAAA", ["example.org. 0 IN AAAA 2001:db8::53"], id="AAAA"),
        pytest.param(
            "AXFR",
            [
                f"example.org. 0 IN SOA {SOA}",
                "example.org. 0 IN A 192.0.2.53",
                f"example.org. 0 IN SOA {SOA}",
            ],
            id="a zone transfer",
        ),
    ],
)
def test_static_answers(qtype: str, answer: list[str]) -> None:
    """Whatever the name."""
    writer = RecordingWriter()
    assert serve(Erratic(Every(), FixedClock()), writer, request(f"example.org. {qtype}")) == 0
    Case(f"example.org. {qtype}", answer, aa=True).check(writer.response)


def test_other_types_fail() -> None:
    """The server answers SERVFAIL."""
    writer = RecordingWriter()
    assert serve(Erratic(Every(), FixedClock()), writer, request("example.org. MX")) == 2
    assert writer.responses == []


@pytest.mark.parametrize("qtype", ["A", "AAAA"])
def test_large_answers(qtype: str) -> None:
    """Thirty records, all different."""
    writer = RecordingWriter()
    serve(Erratic(Every(large=True), FixedClock()), writer, request(f"example.org. {qtype}"))
    assert len({record.rdata for record in writer.response.records()}) == 30


@pytest.mark.parametrize(
    "every, dropped, truncated",
    [
        pytest.param(Every(), [], [], id="nobody"),
        pytest.param(Every(drop=3), [0, 3], [], id="every third is dropped"),
        pytest.param(Every(truncate=2), [], [0, 2, 4], id="every second is truncated"),
        pytest.param(Every(drop=1), [0, 1, 2, 3, 4, 5], [], id="all are dropped"),
        pytest.param(Every(drop=2, truncate=3), [0, 2, 4], [3], id="both"),
    ],
)
def test_every_nth_query_is_treated_badly(
    every: Every, dropped: list[int], truncated: list[int]
) -> None:
    """The first, and every Nth after it."""
    handler = Erratic(every, FixedClock())
    seen: tuple[list[int], list[int]] = ([], [])
    for number in range(6):
        writer = RecordingWriter()
        assert serve(handler, writer, request("example.org. A")) == 0
        if not writer.responses:
            seen[0].append(number)
        elif writer.response.flags & wire.TC:
            seen[1].append(number)
    assert seen == (dropped, truncated)


def test_a_late_answer() -> None:
    """The time is the clock's."""
    clock = FixedClock()
    handler, writer = Erratic(Every(delay=2, delay_ms=250), clock), RecordingWriter()

    async def ask() -> None:
        asked = asyncio.create_task(handler.serve_dns(writer, request("example.org. A")))
        for due_ms, number in ((249, 0), (1, 1)):
            await asyncio.sleep(0)
            clock.advance(due_ms)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert len(writer.responses) == number
        await asked
        assert await handler.serve_dns(writer, request("example.org. A")) == 0

    run(ask())
    assert len(writer.responses) == 2


def test_a_late_answer_may_be_given_up() -> None:
    """Its timer is cancelled with it."""
    clock = FixedClock()
    handler, writer = Erratic(Every(delay=1), clock), RecordingWriter()

    async def give_up() -> None:
        asked = asyncio.create_task(handler.serve_dns(writer, request("example.org. A")))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        clock.advance(1000)

    run(give_up())
    assert writer.responses == []


def test_it_is_ready_now_and_then() -> None:
    """So that the plugin `ready` can be tried too: after the third query, until the fifth."""
    handler, seen = Erratic(Every(), FixedClock()), list[bool]()
    for _ in range(6):
        seen.append(handler.ready())
        serve(handler, RecordingWriter(), request("example.org. A"))
    assert seen == [False, False, False, True, True, False]
