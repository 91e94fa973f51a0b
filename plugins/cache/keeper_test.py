# SPDX-License-Identifier: Apache-2.0
"""Who shares an entry with whom: questions, DO, CD, RD, server blocks."""

from collections.abc import Sequence
from typing import Any

import pytest

from plugins.cache.conftest import Scene
from plugins.cache.setup import setup
from resolver.errors import Ede
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

pytestmark = pytest.mark.usefixtures("kept_in")

NAME = "example.org. A"
A = "example.org. {} IN A 192.0.2.1"
SECURE, BOGUS = Validation.SECURE, Validation.BOGUS


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
