# SPDX-License-Identifier: Apache-2.0
"""Tests of the handler, on a stand-in for libunbound that says what it is told."""

import asyncio
from typing import Any

import pytest

from resolver import wire
from resolver.errors import Ede, ResolverError
from resolver.recursion.caps import Limits
from resolver.response import Validation
from resolver.testing import Case, PlacedWriter, RecordingWriter, request, response
from tests.recursion.handler import ADDRESS, SIGNATURE, SIGNED, WHY, Say, World, ask, said
from tests.recursion.stand_in import settle


@pytest.mark.parametrize(
    ("result", "flags", "case"),
    [
        pytest.param(
            {"secure": True},
            {"do": True},
            Case("www.example.org. A", [ADDRESS, SIGNATURE], validation=Validation.SECURE),
            id="secure, to DO with its signature",
        ),
        pytest.param(
            {"secure": True},
            {},
            Case("www.example.org. A", [ADDRESS], validation=Validation.SECURE),
            id="secure, without DO without it",
        ),
        pytest.param(
            {},
            {"do": True},
            Case("www.example.org. A", [ADDRESS, SIGNATURE], validation=Validation.INSECURE),
            id="insecure",
        ),
        pytest.param(
            {"why_bogus": WHY},
            {"do": True},
            Case("www.example.org. A", rcode="SERVFAIL", validation=Validation.BOGUS, ede=(7,)),
            id="bogus is SERVFAIL and why",
        ),
        pytest.param(
            {"why_bogus": WHY},
            {"do": True, "cd": True},
            Case("www.example.org. A", [ADDRESS, SIGNATURE], validation=Validation.BOGUS),
            id="bogus to CD is the data",
        ),
        pytest.param(
            {"why_bogus": WHY},
            {"cd": True},
            Case("www.example.org. A", [ADDRESS], validation=Validation.BOGUS),
            id="bogus to CD without DO",
        ),
        pytest.param(
            {"secure": True},
            {"cd": True},
            Case("www.example.org. A", [ADDRESS], validation=Validation.SECURE),
            id="secure data is secure with CD too",
        ),
    ],
)
def test_validation(result: dict[str, Any], flags: dict[str, Any], case: Case) -> None:
    """RFC 4035, 3.1 and 5.5; RFC 6840, 5.9: each client gets its variant of one result."""
    written = ask("www.example.org. A", said(SIGNED, **result), **flags)
    case.check(written)
    assert (written.recursive, written.plugin) == (True, "unbound")


@pytest.mark.parametrize(
    ("result", "ede", "validation"),
    [
        pytest.param(
            said(None, rcode=2), Ede(22), Validation.NONE, id="no server said anything of use"
        ),
        pytest.param(
            said(None, rcode=2, was_ratelimited=True),
            Ede(0, "too many queries to the servers of this zone"),
            Validation.NONE,
            id="libunbound's own rate limit",
        ),
        pytest.param(
            said(None, rcode=2, was_ratelimited=True, why_bogus=WHY),
            Ede(0, "too many queries to the servers of this zone"),
            Validation.NONE,
            id="the rate limit is looked at first",
        ),
        pytest.param(
            said(None, rcode=2, why_bogus=WHY), Ede(7, WHY), Validation.BOGUS, id="bogus, no data"
        ),
    ],
)
@pytest.mark.parametrize("cd", [False, True])
def test_failures(result: Say, ede: Ede, validation: Validation, cd: bool) -> None:
    """A failure is a response that can be stored (RFC 9520), with why as far as is known."""
    written = ask("www.example.org. A", result, cd=cd, do=True)
    assert (written.rcode, written.ede, written.validation) == (2, (ede,), validation)
    assert written.recursive


def test_special_names_have_no_aa() -> None:
    """libunbound answers its local zones with AA: we are no authority for them."""
    local = response("localhost. A", ["localhost. 10800 IN A 127.0.0.1"], flags=wire.AA).wire
    Case("localhost. A", ["localhost. 10800 IN A 127.0.0.1"], validation=Validation.INSECURE).check(
        ask("localhost. A", said(local))
    )


def test_a_renewal_names_the_context() -> None:
    """The label `cache/renew` says which context's cached data must not serve."""
    world = World()
    written = ask(
        "www.example.org. A",
        said(SIGNED, context=1),
        world,
        labels={"cache/renew": lambda: "0"},
    )
    assert [submission.renew for submission in world.recursions.asked] == [0]
    assert written.context == 1


def test_a_cap_is_an_answer_at_once() -> None:
    """Too many in flight: SERVFAIL + EDE 0, never stored, counted by the cap."""
    world = World(limits=Limits(waiters=0))
    with pytest.raises(ResolverError, match="too many queries in flight") as caught:
        world.serve(request("www.example.org. A"), said(SIGNED), RecordingWriter())
    assert caught.value.ede == Ede(0, "too many queries in flight")
    assert world.counted("rootward_unbound_refused_total", reason="waiters") == 1


def test_who_comes_late_is_answered_at_once() -> None:
    """A flight past its deadline: SERVFAIL + EDE 22 for who joins, its result for who waits."""
    world, early = World(), RecordingWriter()

    async def main() -> None:
        world.open()
        asked = request("www.example.org. A")
        task = asyncio.get_running_loop().create_task(world.handler.serve_dns(early, asked))
        await settle()
        world.clock.advance(4000)
        with pytest.raises(ResolverError) as caught:
            await world.handler.serve_dns(RecordingWriter(), asked)
        assert caught.value.ede == Ede(22, "no answer in time")
        world.answer(said(SIGNED))
        await task
        world.close()

    asyncio.run(main())
    assert early.response.has(wire.ANSWER)
    assert len(world.recursions.asked) == 1
    assert world.counted("rootward_unbound_deadline_missed_total") == 2
    assert world.counted("rootward_unbound_coalesced_total") == 1


@pytest.mark.parametrize(
    ("result", "name", "labels"),
    [
        pytest.param({"secure": True}, "rootward_unbound_secure_total", {}, id="secure"),
        pytest.param({"why_bogus": WHY}, "rootward_unbound_bogus_total", {}, id="bogus"),
        pytest.param(
            {"why_bogus": WHY},
            "coredns_unbound_response_rcode_count_total",
            {"rcode": "SERVFAIL"},
            id="RCODE of the response",
        ),
        pytest.param({}, "coredns_unbound_request_duration_seconds_count", {}, id="duration"),
    ],
)
def test_it_counts(result: dict[str, Any], name: str, labels: dict[str, str]) -> None:
    """Each recursion is counted under the server that it was asked of."""
    world = World()
    ask("www.example.org. A", said(SIGNED, **result), world)
    assert world.counted(name, **labels) == 1


@pytest.mark.parametrize(
    ("result", "rcode"),
    [
        pytest.param({"secure": True}, "NOERROR", id="secure"),
        pytest.param({"why_bogus": WHY}, "SERVFAIL", id="bogus"),
    ],
)
@pytest.mark.parametrize("is_answered", [True, False])
def test_an_engine_may_answer_in_its_place(
    result: dict[str, Any], rcode: str, is_answered: bool
) -> None:
    """Then nothing is written, and the engine counts; else it is all as without one."""
    world, writer = World(), PlacedWriter()
    say = said(SIGNED, is_answered=is_answered, **result)
    assert world.serve(request("www.example.org. A"), say, writer) == 0
    assert writer.given.has_left is is_answered
    ours = int(not is_answered)
    assert len(writer.responses) == ours
    assert world.counted("coredns_unbound_response_rcode_count_total", rcode=rcode) == ours
    assert world.counted("coredns_unbound_request_duration_seconds_count") == ours
    kind = "secure" if rcode == "NOERROR" else "bogus"
    assert world.counted(f"rootward_unbound_{kind}_total") == ours


def test_before_the_start_there_is_an_error() -> None:
    """Without libunbound there is no answer and no panic."""
    world = World()
    world.handler.flights = None
    with pytest.raises(ResolverError, match="not started"):
        world.serve(request("www.example.org. A"), said(SIGNED), RecordingWriter())
