# SPDX-License-Identifier: Apache-2.0
"""How a question finds an upstream that answers, and what happens if there is none."""

import asyncio
import errno
import os
import socket

import pytest

from plugins.forward.conftest import House, Upstream, failing, honest, silent
from plugins.forward.group import Group
from resolver.errors import ResolverError
from resolver.testing import Case, FixedClock, run

NAME = "www.example.org. A"
ANSWER = Case(NAME, ["www.example.org. 60 IN A 192.0.2.1"])
BROKEN = "coredns_forward_healthcheck_broken_total"


def nobody() -> tuple[socket.socket, str]:
    """Return an address where a query is refused, and the socket that keeps it so."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    return sock, f"127.0.0.1:{sock.getsockname()[1]}"


def group_of(house: House) -> Group:
    """Return the upstreams of the only line."""
    return house.lines[0].group


async def probed(house: House, index: int, fails: int) -> None:
    """Return once so many probes of an upstream have failed."""
    while group_of(house).proxies[index].health.fails < fails:
        await asyncio.sleep(0)


def test_who_refuses_is_passed_over() -> None:
    """A port where nobody listens costs no time: the next upstream answers."""

    async def scene() -> None:
        held, dead = nobody()
        with held:
            async with Upstream() as good:
                text = f"forward . {dead} {good.at} {{\npolicy sequential\n}}"
                async with House(text) as house:
                    ANSWER.check(await house.query(NAME))

    run(scene())


def test_who_is_silent_is_passed_over_in_time() -> None:
    """`read_timeout` ends an attempt, and the next upstream is asked within the same deadline."""

    async def scene() -> None:
        clock = FixedClock()

        def stop(*_: object) -> list[bytes]:
            asyncio.get_running_loop().call_soon(clock.advance, 2000)
            return []

        async with Upstream(stop) as mute, Upstream() as good:
            text = f"forward . {mute.at} {good.at} {{\npolicy sequential\n}}"
            async with House(text, clock=clock) as house:
                ANSWER.check(await house.query(NAME))
                assert len(mute.queries) >= 1

    run(scene())


def test_time_is_shared_out_among_upstreams() -> None:
    """With four of which three are silent, the last one still has its turn before the deadline."""

    async def scene() -> None:
        clock = FixedClock()

        def stop(*_: object) -> list[bytes]:
            asyncio.get_running_loop().call_soon(clock.advance, 1000)
            return []

        async with Upstream(stop) as a, Upstream(stop) as b, Upstream(stop) as c, Upstream() as d:
            text = f"forward . {a.at} {b.at} {c.at} {d.at} {{\npolicy sequential\nmax_fails 0\n}}"
            async with House(text, clock=clock) as house:
                ANSWER.check(await house.query(NAME))

    run(scene())


def test_nobody_answers() -> None:
    """SERVFAIL with the reason: which upstream, and Extended DNS Error 23."""

    async def scene() -> None:
        held, dead = nobody()
        with held:
            async with House(f"forward . {dead}") as house:
                with pytest.raises(ResolverError, match="Connection refused") as caught:
                    await house.ask(NAME)
        assert str(caught.value).startswith(f"plugin/forward: {dead}: ")
        assert caught.value.ede is not None and caught.value.ede.code == 23

    run(scene())


@pytest.mark.parametrize(
    "properties, queries",
    [
        pytest.param("", 2, id="two for each upstream"),
        pytest.param("max_connect_attempts 1", 1, id="one"),
        pytest.param("max_connect_attempts 5", 5, id="five"),
    ],
)
def test_attempts_are_bounded(properties: str, queries: int) -> None:
    """`max_connect_attempts` counts all attempts for one question."""

    async def scene() -> None:
        async with Upstream() as upstream:
            upstream.closes_after = 1
            upstream.behave = lambda *_: []
            text = f"forward . {upstream.at} {{\nforce_tcp\nmax_fails 0\n{properties}\n}}"
            async with House(text) as house:
                with pytest.raises(ResolverError, match="connection closed by upstream"):
                    await house.ask(NAME)
                assert len(upstream.queries) == queries

    run(scene())


def test_who_is_down_is_asked_no_more_until_a_probe_is_answered() -> None:
    """After `max_fails` failed probes; a probe asks for `. NS`, and every reply will do."""

    async def scene() -> None:
        clock = FixedClock()
        held, dead = nobody()
        with held:
            async with Upstream() as good:
                text = f"forward . {dead} {good.at} {{\npolicy sequential\nmax_fails 1\n}}"
                async with House(text, clock=clock) as house:
                    await house.query(NAME)
                    first = group_of(house).proxies[0].health
                    await probed(house, 0, 1)
                    assert not first.is_down(1)
                    clock.advance(500)
                    await probed(house, 0, 2)
                    assert first.is_down(1)
                    label = {"proxy_name": "forward", "to": dead}
                    assert house.metric("coredns_proxy_healthcheck_failures_total", **label) == 2
                    assert house.metric(BROKEN) == 0
                    held.close()
                    async with Upstream(failing("REFUSED"), port=int(dead.split(":")[1])) as back:
                        await house.query(NAME)
                        assert back.queries == []
                        clock.advance(500)
                        while first.is_probing:
                            await asyncio.sleep(0)
                        assert (back.asked, first.fails) == ([". NS"], 0)

    run(scene())


@pytest.mark.parametrize(
    "properties, asked",
    [
        pytest.param("", True, id="one is asked all the same"),
        pytest.param("failfast_all_unhealthy_upstreams", False, id="nobody is asked"),
    ],
)
def test_all_are_down(properties: str, asked: bool) -> None:
    """Probes may be what is broken: one is asked by chance; `failfast` answers SERVFAIL."""

    async def scene() -> None:
        async with Upstream() as a, Upstream() as b:
            async with House(f"forward . {a.at} {b.at} {{\n{properties}\n}}") as house:
                for proxy in group_of(house).proxies:
                    proxy.health.fails = 3
                if asked:
                    ANSWER.check(await house.query(NAME))
                else:
                    with pytest.raises(ResolverError, match="no healthy proxies") as caught:
                        await house.ask(NAME)
                    assert caught.value.ede is not None and caught.value.ede.code == 22
            assert len(a.queries) + len(b.queries) == asked
            assert house.metric(BROKEN) == 1

    run(scene())


def test_max_fails_zero_is_never_down() -> None:
    """And nothing is probed."""

    async def scene() -> None:
        held, dead = nobody()
        with held:
            async with House(f"forward . {dead} {{\nmax_fails 0\n}}") as house:
                with pytest.raises(ResolverError):
                    await house.ask(NAME)
                health = group_of(house).proxies[0].health
                health.fails = 1000
                assert not health.is_probing and not health.is_down(0)

    run(scene())


@pytest.mark.parametrize(
    "second, rcode",
    [
        pytest.param(honest, 0, id="the next one answers"),
        pytest.param(failing("NXDOMAIN"), 3, id="with another RCODE"),
        pytest.param(failing("SERVFAIL"), 2, id="the next one fails too"),
    ],
)
def test_failover_leads_on_by_rcode(second: object, rcode: int) -> None:
    """Each upstream is asked once for it; what the last one says is the answer."""

    async def scene() -> None:
        assert callable(second)
        async with Upstream(failing("SERVFAIL")) as a, Upstream(second) as b:
            text = f"forward . {a.at} {b.at} {{\npolicy sequential\nfailover SERVFAIL REFUSED\n}}"
            async with House(text) as house:
                assert (await house.query(NAME)).rcode == rcode
            assert (len(a.queries), len(b.queries)) == (1, 1)

    run(scene())


def test_without_failover_an_rcode_is_an_answer() -> None:
    """A server that says SERVFAIL is alive."""

    async def scene() -> None:
        async with Upstream(failing("SERVFAIL")) as a, Upstream() as b:
            async with House(f"forward . {a.at} {b.at} {{\npolicy sequential\n}}") as house:
                assert (await house.query(NAME)).rcode == 2
                assert not group_of(house).proxies[0].health.is_probing
            assert b.queries == []

    run(scene())


def test_a_deadline_that_has_passed_asks_nobody() -> None:
    """Nobody waits any more."""

    async def scene() -> None:
        async with Upstream(silent) as upstream, House(f"forward . {upstream.at}") as house:
            with pytest.raises(ResolverError, match="no answer in time"):
                await house.ask(NAME, patience_ms=0)
            assert upstream.queries == []

    run(scene())


def test_too_many_open_files_are_no_fault_of_an_upstream(monkeypatch: pytest.MonkeyPatch) -> None:
    """SERVFAIL that is not kept (Extended DNS Error 0), and no probe."""

    async def scene() -> None:
        async with House("forward . 192.0.2.9") as house:
            monkeypatch.setattr(
                "plugins.forward.datagrams.connected",
                lambda *_: (_ for _ in ()).throw(OSError(errno.EMFILE, os.strerror(errno.EMFILE))),
            )
            with pytest.raises(ResolverError, match="Too many open files") as caught:
                await house.ask(NAME)
            assert caught.value.ede is not None and caught.value.ede.code == 0
            assert not group_of(house).proxies[0].health.is_probing

    run(scene())


def test_who_refuses_at_once_is_not_asked_without_end() -> None:
    """With `max_connect_attempts 0` time is the only bound: there is a rest between rounds."""

    async def scene() -> None:
        async with Upstream(silent) as upstream:
            upstream.closes_after = 1
            text = f"forward . {upstream.at} {{\nforce_tcp\nmax_fails 0\nmax_connect_attempts 0\n}}"
            async with House(text) as house:
                with pytest.raises(ResolverError, match="connection closed by upstream"):
                    await house.ask(NAME, patience_ms=100)
            assert 1 < len(upstream.queries) <= 6

    run(scene())
