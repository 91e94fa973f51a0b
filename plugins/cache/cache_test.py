# SPDX-License-Identifier: Apache-2.0
"""The plugin as its callers see it: what is asked, what is answered."""

from collections.abc import Sequence
from typing import Any

import dns.rcode
import pytest

from plugins.cache.conftest import Scene
from plugins.cache.setup import setup
from resolver import wire
from resolver.claims import NOTHING
from resolver.errors import Ede, ResolverError
from resolver.plugin import Plugin
from resolver.response import Validation
from resolver.testing import (
    Case,
    NextHandler,
    RecordingWriter,
    controller,
    request,
    response,
    serve,
    services,
    set_up,
)

NAME = "example.org. A"
A = "example.org. {} IN A 192.0.2.1"
SOA = "example.org. 600 IN SOA ns.example.org. admin.example.org. 1 7200 3600 1209600 60"
SECURE, BOGUS = Validation.SECURE, Validation.BOGUS


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


@pytest.mark.parametrize(
    "first, second, shared",
    [
        pytest.param(NAME, "EXAMPLE.ORG. A", True, id="the case does not matter"),
        pytest.param(NAME, "example.org. AAAA", False, id="the type does"),
        pytest.param("example.org. CH A", NAME, False, id="the class does"),
        pytest.param(NAME, "www.example.org. A", False, id="the name does"),
    ],
)
def test_entries_are_found_by_their_question(first: str, second: str, shared: bool) -> None:
    """RFC 4343 for the case."""
    scene = Scene()
    scene.upstream.answer = lambda asked: response("example.org. A", [A.format(300)]).from_records(
        asked.qname, asked.qtype, qclass=asked.qclass
    )
    scene.ask(first)
    scene.ask(second)
    assert len(scene.asked) == (1 if shared else 2)


@pytest.mark.parametrize(
    "validation, options, shared",
    [
        pytest.param(SECURE, ({}, {"do": True}), False, id="DO"),
        pytest.param(SECURE, ({}, {"ad": True}), True, id="AD"),
        pytest.param(SECURE, ({}, {"cd": True}), True, id="secure, then CD"),
        pytest.param(SECURE, ({"cd": True}, {}), True, id="CD, then secure"),
        pytest.param(Validation.INSECURE, ({"cd": True}, {}), True, id="CD, then insecure"),
        pytest.param(Validation.NONE, ({}, {"cd": True}), False, id="not validated here, CD"),
        pytest.param(Validation.NONE, ({"cd": True}, {}), False, id="CD, not validated here"),
    ],
)
def test_entries_are_divided_by_do_and_cd(
    validation: Validation, options: Sequence[dict[str, Any]], shared: bool
) -> None:
    """What our validator accepted serves both values of CD (RFC 6840, 5.9)."""
    scene = Scene()
    scene.answers(NAME, [A.format(300)], validation=validation)
    for each in options:
        assert scene.ask(NAME, **each).validation is validation
    assert len(scene.asked) == (1 if shared else 2)


@pytest.mark.parametrize("cd_first", [False, True])
def test_bogus_data_and_their_failure_are_two_entries(cd_first: bool) -> None:
    """CD=1 gets the data, CD=0 SERVFAIL with its reason, whoever asks first (RFC 6840, 5.9)."""
    scene = Scene()
    data = response(NAME, [A.format(300)], validation=BOGUS)
    failure = response(NAME, rcode="SERVFAIL", validation=BOGUS, ede=(Ede(6),))
    scene.upstream.answer = lambda asked: data if asked.cd else failure
    for cd in [cd_first, not cd_first] * 2:
        got = scene.ask(NAME, cd=cd)
        if cd:
            Case(NAME, [A.format(300)], validation=BOGUS).check(got)
        else:
            Case(NAME, rcode="SERVFAIL", validation=BOGUS, ede=(6,)).check(got)
    assert len(scene.asked) == 2
    scene.clock.advance(60_000)
    scene.ask(NAME, cd=True)
    assert len(scene.asked) == 3


class Snooping(Plugin):
    """Stands for `unbound` with `snoop on` or off."""

    name = "unbound"

    def __init__(self, snoop: bool) -> None:
        self.snoop = snoop


@pytest.mark.parametrize(
    "recursive, snoop, want",
    [
        pytest.param(True, False, 2, id="recursive data"),
        pytest.param(True, True, 1, id="recursive data, snoop on"),
        pytest.param(False, False, 1, id="local data"),
    ],
)
def test_rd_0_sees_no_recursive_data(recursive: bool, snoop: bool, want: int) -> None:
    """Else anybody could tell what others asked for."""
    made = controller("cache", given=services())
    setup(made)
    made.add_plugin(Snooping(snoop))
    cache = made.block.handlers[0]
    upstream = NextHandler(response(NAME, [A.format(300)], recursive=recursive, validation=SECURE))
    assert isinstance(cache, Plugin)
    cache.next_handler = upstream
    for rd in (True, False):
        serve(cache, RecordingWriter(), request(NAME, rd=rd))
    assert len(upstream.requests) == want


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


def test_two_blocks_share_the_store_but_no_entries() -> None:
    """Their answers depend on different things: the partition tells them apart."""
    given = services()
    upstreams = [NextHandler(response(NAME, [A.format(300)])) for _ in range(2)]
    caches = [
        set_up(setup, "cache", upstream, given=given, with_directives=word)
        for upstream, word in zip(upstreams, ["whoami", "unbound"], strict=True)
    ]
    for cache in caches * 2:
        serve(cache, RecordingWriter(), request(NAME))
    assert [len(upstream.requests) for upstream in upstreams] == [1, 1]
    assert given.shared["cache/store"].stats()["entries"] == 2


def test_content_survives_a_reload() -> None:
    """The same words make the same partition of the same store."""
    given = services()
    upstream = NextHandler(response(NAME, [A.format(300)]))
    for _ in range(2):
        serve(set_up(setup, "cache", upstream, given=given), RecordingWriter(), request(NAME))
    assert len(upstream.requests) == 1
