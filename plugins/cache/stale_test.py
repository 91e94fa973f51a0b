# SPDX-License-Identifier: Apache-2.0
"""Serving stale data (RFC 8767): when, with what, and what comes after."""

import asyncio
from collections.abc import Callable

import pytest

from plugins.cache.conftest import Scene, refreshed
from resolver.errors import Ede, ResolverError
from resolver.response import Response, Validation
from resolver.testing import Case, response, run

pytestmark = pytest.mark.usefixtures("kept_in")

NAME = "example.org. A"
OLD = "example.org. {} IN A 192.0.2.1"
NEW = "example.org. 60 IN A 192.0.2.2"
SOA = "example.org. 600 IN SOA ns.example.org. admin.example.org. 1 7200 3600 1209600 60"
STALE = Case(NAME, [OLD.format(30)], ede=(3,))
FRESH = Case(NAME, [NEW])
BOGUS = response(NAME, rcode="SERVFAIL", validation=Validation.BOGUS, ede=(Ede(6),))
NO_NAME = response(NAME, authority=[SOA], rcode="NXDOMAIN")
NO_DATA = response(NAME, authority=[SOA])


def expired(line: str = "serve_stale", after_ms: int = 10_000) -> Scene:
    """Return a cache whose entry for NAME ended at this moment, or is so old by then."""
    scene = Scene("cache {\n " + line.replace("; ", "\n ") + "\n}")
    scene.answers(NAME, [OLD.format(10)])
    scene.ask(NAME)
    scene.clock.advance(after_ms)
    scene.answers(NAME, [NEW])
    return scene


@pytest.mark.parametrize(
    "line, after_ms, want",
    [
        pytest.param("serve_stale", 10_000, STALE, id="at once when it ends"),
        pytest.param("serve_stale", 3_609_999, STALE, id="for an hour"),
        pytest.param("serve_stale", 3_610_000, FRESH, id="not after that"),
        pytest.param("serve_stale 1m", 69_999, STALE, id="for as long as it says"),
        pytest.param("serve_stale 1m", 70_000, FRESH, id="and no longer"),
        pytest.param("serve_stale 0", 10_000, FRESH, id="zero is never"),
        pytest.param("keepttl", 10_000, FRESH, id="not without the word"),
        pytest.param(
            "serve_stale 1h immediate 0",
            10_000,
            Case(NAME, [OLD.format(0)], ede=(3,)),
            id="with another TTL",
        ),
        pytest.param("serve_stale 1h verify", 10_000, FRESH, id="verify asks first"),
    ],
)
def test_how_long_stale_data_serve(line: str, after_ms: int, want: Case) -> None:
    """TTL 30 unless set (RFC 8767, 4), EDE 3 (RFC 8914, 4.4)."""
    want.check(expired(line, after_ms).ask(NAME))


def test_stale_data_are_renewed_behind_the_answer() -> None:
    """The next client gets the new ones."""
    scene = expired()
    STALE.check(scene.ask(NAME))
    FRESH.check(scene.ask(NAME))
    assert len(scene.asked) == 2
    assert scene.value("coredns_cache_served_stale_total") == 1
    assert scene.value("coredns_cache_hits_total", type="success") == 2
    assert scene.value("coredns_cache_prefetch_total") == 1


def test_a_stale_denial_says_so() -> None:
    """EDE 19 (RFC 8914, 4.20)."""
    scene = Scene("cache {\n serve_stale\n}")
    scene.upstream.answer = NO_NAME
    scene.ask(NAME)
    scene.clock.advance(60_000)
    Case(NAME, authority=[SOA.replace(" 600 ", " 30 ")], rcode="NXDOMAIN", ede=(19,)).check(
        scene.ask(NAME)
    )


@pytest.mark.parametrize(
    "line, quiet_ms",
    [
        pytest.param("serve_stale", 30_000, id="30 s"),
        pytest.param("serve_stale 1h immediate 30s 1m", 60_000, id="as long as it says"),
        pytest.param("serve_stale 1h immediate 30s 0", 5000, id="as long as a failure is kept"),
        pytest.param("serve_stale 1h verify 0 30s 1m", 60_000, id="verify"),
    ],
)
@pytest.mark.parametrize(
    "fail",
    [
        pytest.param(lambda scene: scene.answers(NAME, rcode="SERVFAIL"), id="a written failure"),
        pytest.param(lambda scene: scene.answers(NAME, rcode="REFUSED"), id="a written refusal"),
        pytest.param(lambda scene: scene.fails(), id="nothing written"),
    ],
)
def test_a_failed_refresh_is_not_repeated_at_once(
    line: str, quiet_ms: int, fail: Callable[[Scene], None]
) -> None:
    """Failure recheck timer (RFC 8767, 5); stale data go on being served."""
    scene = expired(line)
    fail(scene)
    for at_ms in (0, 1, quiet_ms - 2):
        scene.clock.advance(at_ms)
        STALE.check(scene.ask(NAME))
    assert len(scene.asked) == 2
    scene.clock.advance(1)
    STALE.check(scene.ask(NAME))
    assert len(scene.asked) == 3


def test_a_failed_refresh_that_raised_is_not_repeated_at_once() -> None:
    """Nobody hears of the error, since nobody asked; the failure is kept."""
    scene = expired()
    scene.fails(ResolverError("out of order", Ede(23)))
    for _ in range(2):
        STALE.check(scene.ask(NAME))
    assert len(scene.asked) == 2


def test_a_failure_hides_no_stale_data() -> None:
    """It is what is left when the stale time is over."""
    scene = expired("serve_stale 20s")
    scene.answers(NAME, rcode="SERVFAIL")
    scene.clock.advance(16_000)
    STALE.check(scene.ask(NAME))
    scene.clock.advance(4000)
    Case(NAME, rcode="SERVFAIL", ede=(13,)).check(scene.ask(NAME))
    assert len(scene.asked) == 2


@pytest.mark.parametrize("line", ["serve_stale", "serve_stale 1h verify"])
@pytest.mark.parametrize("do", [False, True])
def test_nothing_stale_after_a_bogus_refresh(line: str, do: bool) -> None:
    """Stale data must not outlive the proof that they are no longer true."""
    scene = expired(line)
    scene.upstream.answer = BOGUS
    for _ in range(2):
        got = scene.ask(NAME, do=do)
    Case(NAME, rcode="SERVFAIL", validation=Validation.BOGUS, ede=(6,)).check(got)
    Case(NAME, rcode="SERVFAIL", validation=Validation.BOGUS, ede=(6,)).check(scene.ask(NAME))


def test_a_bogus_prefetch_ends_no_fresh_entry() -> None:
    """What was validated is good for its TTL, and no longer."""
    scene = Scene("cache {\n serve_stale\n prefetch 1 1m 90%\n}")
    scene.answers(NAME, [OLD.format(10)], validation=Validation.SECURE)
    scene.ask(NAME)
    scene.upstream.answer = BOGUS
    scene.clock.advance(2000)
    for _ in range(2):
        got = scene.ask(NAME)
        Case(NAME, [OLD.format(8)], validation=Validation.SECURE).check(got)
    scene.clock.advance(8000)
    assert scene.ask(NAME).rcode == BOGUS.rcode


@pytest.mark.parametrize(
    "rd, asked",
    [pytest.param(True, 2, id="RD=1"), pytest.param(False, 1, id="RD=0")],
)
def test_who_must_not_recurse_starts_no_refresh(rd: bool, asked: int) -> None:
    """A client with RD=0 sees local data only, and causes no question."""
    scene = expired()
    STALE.check(scene.ask(NAME, rd=rd))
    assert len(scene.asked) == asked


@pytest.mark.parametrize("mode", ["immediate", "verify"])
@pytest.mark.parametrize("denial", [NO_NAME, NO_DATA], ids=["no name", "no data"])
def test_positive_data_can_be_preferred(mode: str, denial: Response) -> None:
    """`serve_stale_policy prefer_positive`: a denial does not take the place of data."""
    scene = expired(f"serve_stale 1h {mode}; serve_stale_policy prefer_positive")
    scene.upstream.answer = denial
    for _ in range(3):
        STALE.check(scene.ask(NAME))
    assert len(scene.asked) == 2
    scene.clock.advance(60_000)
    scene.answers(NAME, [NEW])
    (STALE if mode == "immediate" else FRESH).check(scene.ask(NAME))
    FRESH.check(scene.ask(NAME))
    assert len(scene.asked) == 3


def test_a_preferred_answer_ends_with_its_stale_time() -> None:
    """Then the denial is what is known."""
    scene = expired("serve_stale 30s; serve_stale_policy prefer_positive")
    scene.upstream.answer = NO_NAME
    STALE.check(scene.ask(NAME))
    scene.clock.advance(30_000)
    assert scene.ask(NAME).rcode == NO_NAME.rcode
    assert len(scene.asked) == 2


def test_without_preference_the_newest_is_served() -> None:
    """A denial replaces data."""
    scene = expired()
    scene.upstream.answer = NO_NAME
    STALE.check(scene.ask(NAME))
    assert scene.ask(NAME).rcode == NO_NAME.rcode


def test_many_clients_cause_one_refresh() -> None:
    """One at a time for each entry."""
    scene = expired()

    async def rush() -> None:
        scene.upstream.gate = asyncio.Event()
        for _ in range(5):
            STALE.check(await scene.query(NAME))
        await asyncio.sleep(0)
        assert len(scene.asked) == 2
        scene.upstream.gate.set()
        await refreshed()

    run(rush())
    FRESH.check(scene.ask(NAME))
