# SPDX-License-Identifier: Apache-2.0
"""Promises about servers out there that fail, lie or say nothing, and about storms of questions."""

import time
from collections import Counter

import dns.message
import dns.rcode
import pytest

from resolver.limits import Limits
from tests.acceptance.asking import Crowd, Resolve, short
from tests.internet import Internet
from tests.internet.behaviours import FORGED
from tests.serve import Running

SILENT = "silent.misbehaving.example."
DEADLINE_S = 4.0


def seconds(start: float) -> float:
    """Return the time since `start`, of time.monotonic()."""
    return time.monotonic() - start


@pytest.mark.parametrize(
    ("name", "want"),
    [
        (f"www.{SILENT}", "SERVFAIL 0 22"),
        ("www.dead.example.", "SERVFAIL 0 22"),
        ("www.half-dead.example.", "NOERROR 1"),
    ],
)
def test_a_dead_zone_is_answered_in_time(resolver: Running, name: str, want: str) -> None:
    """Within 5 s, before clients give up, and well if there is a server that answers."""
    start = time.monotonic()
    assert short(resolver.query(f"{name} A", edns=True)) == want
    assert seconds(start) < DEADLINE_S + 1


def test_a_storm_of_one_question_is_one_query(resolver: Running, internet: Internet) -> None:
    """3000 clients, one recursion, and all have the answer.

    On a machine that is busy libunbound may take the answer for late and send the query again.
    """
    name = "storm.slow-500.misbehaving.example."
    # else libunbound sends again too soon: it learns here how slow the server is
    resolver.query("first.slow-500.misbehaving.example. A")
    internet.reset_queries()
    with Crowd(resolver) as crowd:
        crowd.ask(f"{name} A" for _ in range(3000))
        assert Counter(map(short, crowd.answers())) == {"NOERROR 1": 3000}
    assert internet.queries(name, "A") in (1, 2)


def test_a_failing_name_is_not_asked_for_every_client(
    resolver: Running, internet: Internet
) -> None:
    """RFC 9520: the failure is kept for some seconds."""
    name = "www.servfail.misbehaving.example."
    assert short(resolver.query(f"{name} A", edns=True)) == "SERVFAIL 0 22"
    internet.reset_queries()
    with Crowd(resolver) as crowd:
        crowd.ask(f"{name} A" for _ in range(200))
        assert {response.rcode() for response in crowd.answers()} == {dns.rcode.SERVFAIL}
    assert internet.queries() == 0


def test_a_flood_of_a_dead_zone_costs_nobody_else(resolver: Running) -> None:
    """Thousands wait for one silent server: kept and new names of others are all answered."""
    kept = [f"chain{n}.example.org. A" for n in range(1, 11)]
    for question in kept:
        resolver.query(question)
    new = [f"{kind}{n}.example.net. {kind.upper()}" for n in range(1, 31) for kind in ("a", "aaaa")]
    with Crowd(resolver) as flood, Crowd(resolver) as others:
        flood.ask(f"n{n}.{SILENT} A" for n in range(3000))
        start = time.monotonic()
        others.ask([*kept, *new])
        got = Counter(dns.rcode.to_text(response.rcode()) for response in others.answers())
        assert got == {"NOERROR": len(kept) + len(new)}
        assert seconds(start) < DEADLINE_S / 2
        assert Counter(map(short, flood.answers())) == {"SERVFAIL 0 22": 3000}
        assert seconds(start) < DEADLINE_S + 2


def test_new_names_after_all_servers_were_silent(internet: Internet, resolve: Resolve) -> None:
    """Eight seconds in which nobody answers are forgotten once somebody does."""
    resolver = resolve()
    zones = ("example.org.", "example.com.", "example.net.", "switch.misbehaving.example.")
    for zone in zones:
        assert short(resolver.query(f"www.{zone} A")) == "NOERROR 1"
    with internet.silenced():
        for n in range(2):  # 4 s each
            with Crowd(resolver) as crowd:
                crowd.ask(f"{n}.wild.{zone} A" for zone in zones)
                assert Counter(map(short, crowd.answers())) == {"SERVFAIL 0 22": len(zones)}
    start = time.monotonic()
    for n in range(10):
        for zone in zones:
            assert short(resolver.query(f"after{n}.wild.{zone} A")) == "NOERROR 1"
    assert seconds(start) < DEADLINE_S


@pytest.mark.parametrize(
    "label",
    [
        "wrong-id",
        "wrong-question",
        "garbage",
        "truncated",
        "no-edns",
        "drops-first",
        "drops-two",
        "slow-500",
        "poison",
        "lower-case",
        "twice",
        "changing",
    ],
)
def test_a_misbehaving_server_that_knows_is_survived(resolver: Running, label: str) -> None:
    """The answer is found, and it is never the forged one."""
    response = resolver.query(f"try.{label}.misbehaving.example. A")
    assert short(response) == "NOERROR 1"
    (rdata,) = response.answer[0]
    assert rdata.to_text() != FORGED
    victim = resolver.query("www.example.net. A")
    assert [rdata.to_text() for rdata in victim.answer[0]] == ["192.0.2.10"]


@pytest.mark.parametrize(
    "label",
    [
        "truncated-no-tcp",
        "truncated-silent-tcp",
        "refused",
        "servfail",
        "notimp",
        "formerr",
        "silent",
        "always-garbage",
        "drops-edns",  # since the flag day of 2019 nobody asks again without
        "upward-referral",
    ],
)
def test_a_misbehaving_server_that_never_helps_is_a_failure(
    resolve: Resolve, internet: Internet, label: str
) -> None:
    """SERVFAIL in time, and the next question to somebody else is answered."""
    resolver = resolve(Limits(patience_ms=1000))
    internet.reset_queries()
    name = f"try.{label}.misbehaving.example."
    assert short(resolver.query(f"{name} A", edns=True)) == "SERVFAIL 0 22"
    assert internet.queries(name) < 60  # no loop of questions
    assert short(resolver.query("www.example.org. A")) == "NOERROR 1"
