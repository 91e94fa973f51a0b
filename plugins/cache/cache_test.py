# SPDX-License-Identifier: Apache-2.0
"""The plugin as its callers see it: what is asked, what is answered."""

import dns.rcode
import pytest

from plugins.cache.conftest import Scene
from plugins.cache.setup import setup
from plugins.cache.writer import CacheWriter
from resolver import wire
from resolver.claims import NOTHING
from resolver.errors import ResolverError
from resolver.testing import (
    Case,
    PlacedWriter,
    RecordingWriter,
    request,
    response,
    serve,
    set_up,
)

pytestmark = pytest.mark.usefixtures("kept_in")

NAME = "example.org. A"
A = "example.org. {} IN A 192.0.2.1"
SOA = "example.org. 600 IN SOA ns.example.org. admin.example.org. 1 7200 3600 1209600 60"


def test_it_claims_nothing() -> None:
    """A plan carries its policy."""
    assert set_up(setup, "cache").claims() == NOTHING


def test_the_second_question_is_answered_from_the_store(scene: Scene) -> None:
    """With the time that is left, without AA, and by the plugin `cache`."""
    scene.answers(NAME, [A.format(300)], flags=wire.AA, plugin="next")
    first = scene.ask(NAME)
    Case(NAME, [A.format(300)], aa=True).check(first)
    assert first.plugin == "next"
    scene.clock.advance(10_999)
    second = scene.ask(NAME)
    Case(NAME, [A.format(290)]).check(second)
    assert second.plugin == "cache"
    assert len(scene.asked) == 1


def test_an_entry_dies_with_its_first_record(scene: Scene) -> None:
    """And is asked for anew then."""
    scene.answers(NAME, [A.format(300)], authority=["example.org. 20 IN NS ns.example.org."])
    scene.ask(NAME)
    scene.clock.advance(19_999)
    scene.ask(NAME)
    assert len(scene.asked) == 1
    scene.clock.advance(1)
    scene.ask(NAME)
    assert len(scene.asked) == 2


def test_denials_are_kept_too(scene: Scene) -> None:
    """For the SOA's MINIMUM (RFC 2308, 5)."""
    scene.answers("no.example.org. A", authority=[SOA], rcode="NXDOMAIN")
    for _ in range(2):
        got = scene.ask("no.example.org. A")
        Case("no.example.org. A", authority=[SOA.replace(" 600 ", " 60 ")], rcode="NXDOMAIN").check(
            got
        )
    scene.clock.advance(60_000)
    scene.ask("no.example.org. A")
    assert len(scene.asked) == 2


def test_failures_are_kept_longer_each_time(scene: Scene) -> None:
    """5 s, 10 s, 20 s, until a success (RFC 9520, 3.2); a cached one says so."""
    scene.answers(NAME, rcode="SERVFAIL")
    for kept_s in (5, 10, 20):
        before = len(scene.asked)
        assert scene.ask(NAME).ede == ()
        scene.clock.advance(1000 * kept_s - 1)
        Case(NAME, rcode="SERVFAIL", ede=(13,)).check(scene.ask(NAME))
        assert len(scene.asked) == before + 1
        scene.clock.advance(1)
    scene.answers(NAME, [A.format(1)])
    Case(NAME, [A.format(1)]).check(scene.ask(NAME))
    scene.clock.advance(1000)
    scene.answers(NAME, rcode="SERVFAIL")
    scene.ask(NAME)
    scene.clock.advance(4999)
    before = len(scene.asked)
    scene.ask(NAME)
    assert len(scene.asked) == before
    scene.clock.advance(1)
    scene.ask(NAME)
    assert len(scene.asked) == before + 1


def test_one_failure_told_to_many_counts_once(scene: Scene) -> None:
    """All who waited for it write it; the time is not doubled by that."""
    failure = response(NAME, rcode="SERVFAIL")
    for _ in range(5):
        scene.cache.keeper.keep(request(NAME), failure)
    scene.answers(NAME, [A.format(300)])
    scene.clock.advance(5000)
    Case(NAME, [A.format(300)]).check(scene.ask(NAME))


@pytest.mark.parametrize(
    "error, rcode",
    [
        pytest.param(None, dns.rcode.SERVFAIL, id="SERVFAIL"),
        pytest.param(None, dns.rcode.REFUSED, id="REFUSED"),
        pytest.param(ResolverError("out of order"), 0, id="an error"),
    ],
)
def test_what_is_not_written_is_not_kept(scene: Scene, error: Exception | None, rcode: int) -> None:
    """It goes up the chain as it came."""
    scene.fails(error, rcode)
    writer = RecordingWriter()
    for _ in range(2):
        if error is None:
            assert serve(scene.cache, writer, request(NAME)) == rcode
        else:
            with pytest.raises(ResolverError, match="out of order"):
                serve(scene.cache, writer, request(NAME))
    assert len(scene.asked) == 2
    assert writer.responses == []


def test_a_late_response_is_kept(scene: Scene) -> None:
    """The client was answered at the deadline; the next one gets what came later."""
    writer = RecordingWriter()
    writer.write(response(NAME, rcode="SERVFAIL"))
    scene.answers(NAME, [A.format(300)])
    serve(scene.cache, writer, request(NAME))
    Case(NAME, [A.format(300)]).check(scene.ask(NAME))
    assert len(scene.asked) == 1


@pytest.mark.parametrize(
    "name, asked",
    [
        pytest.param("www.example.org.", 1, id="below a zone"),
        pytest.param("example.net.", 2, id="elsewhere"),
    ],
)
def test_only_its_zones_are_kept(name: str, asked: int) -> None:
    """`cache ZONES`."""
    scene = Scene("cache example.org")
    for _ in range(2):
        scene.answers(f"{name} A", [f"{name} 300 IN A 192.0.2.1"])
        scene.ask(f"{name} A")
    assert len(scene.asked) == asked


def test_ttls_can_be_kept() -> None:
    """`keepttl`: as they came, until the entry dies."""
    scene = Scene("cache {\n keepttl\n}")
    scene.answers(NAME, [A.format(300)])
    scene.ask(NAME)
    scene.clock.advance(299_999)
    Case(NAME, [A.format(300)]).check(scene.ask(NAME))
    scene.clock.advance(1)
    scene.ask(NAME)
    assert len(scene.asked) == 2


@pytest.mark.parametrize(
    "text, answered",
    [
        pytest.param("cache {\n max_bytes 100\n}", NAME, id="larger than the store"),
        pytest.param("cache", "example.net. A", id="an answer to another question"),
    ],
)
def test_what_cannot_be_kept_is_counted(text: str, answered: str) -> None:
    """The client gets it all the same."""
    scene = Scene(text)
    for _ in range(2):
        scene.answers(answered, [A.format(300)])
        assert scene.ask(NAME).wire == response(answered, [A.format(300)]).wire
    assert len(scene.asked) == 2
    assert scene.value("coredns_cache_drops_total") == 2


def test_a_capacity_bounds_a_class() -> None:
    """`denial 1`: answers have no part in it."""
    scene = Scene("cache {\n denial 1\n}")
    for name in ("a.example.org. A", "b.example.org. A"):
        scene.answers(name, authority=[SOA], rcode="NXDOMAIN")
        scene.ask(name)
    for host in ("c", "d"):
        scene.answers(f"{host}.example.org. A", [f"{host}.example.org. 300 IN A 192.0.2.1"])
        scene.ask(f"{host}.example.org. A")
    assert scene.value("coredns_cache_entries", type="denial") == 1
    assert scene.value("coredns_cache_entries", type="success") == 2
    assert scene.value("coredns_cache_evictions_total", type="denial") == 1
    assert scene.value("coredns_cache_evictions_total", type="success") == 0


def test_hits_and_misses_are_counted(scene: Scene) -> None:
    """With CoreDNS's names and labels; a kept failure counts as denial."""
    scene.answers(NAME, [A.format(300)])
    for _ in range(3):
        scene.ask(NAME)
    scene.answers("no.example.org. A", rcode="SERVFAIL")
    for _ in range(2):
        scene.ask("no.example.org. A")
    assert scene.value("coredns_cache_requests_total") == 5
    assert scene.value("coredns_cache_misses_total") == 2
    assert scene.value("coredns_cache_hits_total", type="success") == 2
    assert scene.value("coredns_cache_hits_total", type="denial") == 1


def test_an_engine_may_answer_where_its_store_keeps(scene: Scene) -> None:
    """In the place that the writer below has, if that has one."""
    asked, below, keeper = request(NAME), PlacedWriter(), scene.cache.keeper
    place = CacheWriter(keeper, below, asked).place(asked)
    assert (place is not None and place is below.given) is keeper.is_native
    assert CacheWriter(keeper, RecordingWriter(), asked).place(asked) is None
