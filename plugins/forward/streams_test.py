# SPDX-License-Identifier: Apache-2.0
"""Connections to an upstream: when they are used again, and when they end."""

import asyncio

import dns.flags
import dns.message
import pytest

from plugins.forward.conftest import House, Replies, Upstream, answer, silent
from plugins.forward.message import Asked
from resolver import names
from resolver.errors import ResolverError
from resolver.testing import Case, FixedClock, run

NAME = "www.example.org. A"
ANSWER = Case(NAME, ["www.example.org. 60 IN A 192.0.2.1"])


def line(upstream: Upstream, properties: str = "") -> str:
    """Return a line that asks over TCP."""
    return f"forward . {upstream.at} {{\nforce_tcp\n{properties}\n}}"


def counted(house: House, upstream: Upstream) -> tuple[float, float]:
    """Return how many uses of kept connections there were, and how many were opened."""
    labels = {"proxy_name": "forward", "to": upstream.at, "proto": "tcp"}
    return (
        house.metric("coredns_proxy_conn_cache_hits_total", **labels),
        house.metric("coredns_proxy_conn_cache_misses_total", **labels),
    )


def truncating(query: dns.message.Message, how: str) -> Replies:
    """Answer over TCP alone."""
    made = answer(query)
    if how == "udp":
        made.answer.clear()
        made.flags |= dns.flags.TC
    return [made]


def test_a_truncated_reply_leads_to_tcp() -> None:
    """The client gets the whole answer (RFC 7766, 5)."""

    async def scene() -> None:
        async with Upstream(truncating) as upstream, House(f"forward . {upstream.at}") as house:
            got = await house.query(NAME)
            ANSWER.check(got)
            assert not got.flags & dns.flags.TC
            assert upstream.over == ["udp", "tcp"]

    run(scene())


def test_an_answer_larger_than_a_datagram_comes_whole() -> None:
    """Sixty kilobytes over TCP."""

    def behave(query: dns.message.Message, how: str) -> Replies:
        lines = [f"www.example.org. 60 IN TXT {'x' * 200}{n:03d}" for n in range(280)]
        return [answer(query, *lines)] if how == "tcp" else truncating(query, how)

    async def scene() -> None:
        async with Upstream(behave) as upstream, House(f"forward . {upstream.at}") as house:
            assert len((await house.query("www.example.org. TXT")).rrs) == 280

    run(scene())


@pytest.mark.parametrize(
    "properties, wait_ms, connections",
    [
        pytest.param("", 9_999, 1, id="it is used again"),
        pytest.param("", 10_000, 2, id="not after ten seconds without use"),
        pytest.param("expire 20s", 19_999, 1, id="or as `expire` says"),
        pytest.param("max_age 15s", 9_000, 2, id="not when it is older than `max_age`"),
        pytest.param("max_age 25s", 9_000, 1, id="while it is younger"),
    ],
)
def test_a_connection_is_kept(properties: str, wait_ms: int, connections: int) -> None:
    """For the next question, while it is neither old nor idle for long."""

    async def scene() -> None:
        clock = FixedClock()
        async with Upstream() as upstream, House(line(upstream, properties), clock=clock) as house:
            await house.query(NAME)
            if "max_age" in properties:
                clock.advance(9_000)
                await house.query(NAME)
                assert upstream.connections == 1
            clock.advance(wait_ms)
            await house.query(NAME)
            assert upstream.connections == connections
            hits, misses = counted(house, upstream)
            assert (hits + misses, misses) == (len(upstream.queries), connections)

    run(scene())


@pytest.mark.parametrize("allowed, opened", [("", 3), ("max_idle_conns 1", 5)])
def test_how_many_are_kept(allowed: str, opened: int) -> None:
    """`max_idle_conns`: three questions at a time, then three again."""

    async def scene() -> None:
        async with Upstream() as upstream, House(line(upstream, allowed)) as house:
            for _ in range(2):
                proxy = house.lines[0].group.proxies[0]
                asked = [_asked(n) for n in "abc"]
                await asyncio.gather(*(proxy.ask(each, 2000) for each in asked))
            assert upstream.connections == opened

    run(scene())


def _asked(label: str) -> Asked:
    return Asked(names.from_text(f"{label}.example.org"), 1)


def test_a_kept_connection_that_was_closed_is_no_fault() -> None:
    """An upstream may close it at any time (RFC 7766, 6.2.4): another one is opened."""

    async def scene() -> None:
        async with Upstream() as upstream, House(line(upstream)) as house:
            upstream.closes_after = 1
            for _ in range(3):
                ANSWER.check(await house.query(NAME))
            assert upstream.connections == 3
            assert not house.lines[0].group.proxies[0].health.is_probing

    run(scene())


def test_a_connection_that_ends_in_the_middle_of_a_reply() -> None:
    """It is an error of the upstream, and nothing of it is believed."""

    def behave(query: dns.message.Message, _: str) -> Replies:
        upstream_octets = answer(query).to_wire()
        return [upstream_octets[:-4]]

    async def scene() -> None:
        async with Upstream(behave) as upstream:
            upstream.closes_after = 1
            async with House(line(upstream, "max_connect_attempts 1")) as house:
                with pytest.raises(ResolverError, match="connection closed by upstream"):
                    await house.ask(NAME)

    run(scene())


def test_messages_that_are_no_reply_are_passed_over() -> None:
    """A few on a connection; who sends more is given up."""

    def behave(query: dns.message.Message, _: str) -> Replies:
        wrong = answer(query, "www.example.org. 60 IN A 192.0.2.66")
        wrong.id ^= 1
        return [wrong] * misses + [answer(query)]

    misses = 3

    async def scene() -> None:
        nonlocal misses
        async with Upstream(behave) as up, House(line(up, "max_connect_attempts 1")) as house:
            ANSWER.check(await house.query(NAME))
            misses = 4
            with pytest.raises(ResolverError, match="no reply to the question"):
                await house.ask(NAME)

    run(scene())


def test_a_late_reply_does_not_meet_the_next_question() -> None:
    """A connection whose reply was not awaited to the end is closed, not kept."""

    async def scene() -> None:
        clock, once = FixedClock(), "max_connect_attempts 1"
        async with Upstream(silent) as up, House(line(up, once), clock=clock) as house:
            task = asyncio.create_task(house.ask(NAME))
            while not up.queries:
                await asyncio.sleep(0)
            clock.advance(2000)
            with pytest.raises(ResolverError, match="i/o timeout"):
                await task
            up.behave = lambda query, _: [answer(query)]
            ANSWER.check(await house.query(NAME))
            assert up.connections >= 2

    run(scene())
