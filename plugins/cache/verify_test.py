# SPDX-License-Identifier: Apache-2.0
"""Stale data behind a question: `serve_stale` in its mode `verify` (RFC 8767)."""

import asyncio
from collections.abc import Callable

import pytest

from plugins.cache.conftest import Scene
from resolver.errors import ResolverError
from resolver.response import Response
from resolver.testing import Case, RecordingWriter, request, response, run, serve
from resolver.types import UNWRITTEN_RCODES

pytestmark = pytest.mark.usefixtures("kept_in")

NAME = "example.org. A"
OLD = "example.org. {} IN A 192.0.2.1"
NEW = "example.org. 60 IN A 192.0.2.2"
SOA = "example.org. 600 IN SOA ns.example.org. admin.example.org. 1 7200 3600 1209600 60"
STALE = Case(NAME, [OLD.format(30)], ede=(3,))
FRESH = Case(NAME, [NEW])
NO_NAME = response(NAME, authority=[SOA], rcode="NXDOMAIN")


def expired(line: str = "serve_stale", after_ms: int = 10_000) -> Scene:
    """Return a cache whose entry for NAME ended at this moment, or is so old by then."""
    scene = Scene("cache {\n " + line.replace("; ", "\n ") + "\n}")
    scene.answers(NAME, [OLD.format(10)])
    scene.ask(NAME)
    scene.clock.advance(after_ms)
    scene.answers(NAME, [NEW])
    return scene


@pytest.mark.parametrize(
    "answer, want",
    [
        pytest.param(response(NAME, [NEW]), FRESH, id="a new answer"),
        pytest.param(
            NO_NAME,
            Case(NAME, authority=[SOA.replace(" 600 ", " 60 ")], rcode="NXDOMAIN"),
            id="no name",
        ),
        pytest.param(response(NAME, rcode="SERVFAIL"), STALE, id="a failure"),
        pytest.param(response(NAME, rcode="REFUSED"), STALE, id="a refusal"),
    ],
)
def test_verify_serves_stale_data_if_asking_failed(answer: Response, want: Case) -> None:
    """Any other answer is newer."""
    scene = expired("serve_stale 1h verify")
    scene.upstream.answer = answer
    want.check(scene.ask(NAME))


@pytest.mark.parametrize("rcode", sorted(UNWRITTEN_RCODES))
def test_verify_serves_stale_data_if_nothing_was_written(rcode: int) -> None:
    """What the server would answer bare counts as a failure."""
    scene = expired("serve_stale 1h verify")
    scene.fails(rcode=rcode)
    STALE.check(scene.ask(NAME))


def test_verify_leaves_a_dropped_query_dropped() -> None:
    """NOERROR with nothing written: somebody wants no answer."""
    scene = expired("serve_stale 1h verify")
    scene.fails(rcode=0)
    writer = RecordingWriter()
    assert serve(scene.cache, writer, request(NAME)) == 0
    assert writer.responses == []


def test_verify_passes_an_error_on() -> None:
    """The client has its stale data by then, and `errors` its line."""
    scene = expired("serve_stale 1h verify")
    scene.fails(ResolverError("out of order"))
    writer = RecordingWriter()
    with pytest.raises(ResolverError, match="out of order"):
        serve(scene.cache, writer, request(NAME))
    STALE.check(writer.response)


@pytest.mark.parametrize(
    "line, wait",
    [
        pytest.param(
            "serve_stale 1h verify 100ms",
            lambda scene, writer: scene.clock.advance(100),
            id="at the time-out",
        ),
        pytest.param(
            "serve_stale 1h verify",
            lambda scene, writer: writer.pass_deadline(),
            id="at the deadline",
        ),
    ],
)
def test_verify_does_not_wait_for_ever(
    line: str, wait: Callable[[Scene, RecordingWriter], None]
) -> None:
    """The answer that comes later is kept for the next client."""
    scene = expired(line)
    writer = RecordingWriter()

    async def late() -> None:
        scene.upstream.gate = asyncio.Event()
        task = asyncio.create_task(scene.cache.serve_dns(writer, request(NAME)))
        await asyncio.sleep(0)
        assert writer.responses == []
        wait(scene, writer)
        STALE.check(writer.response)
        scene.upstream.gate.set()
        await task

    run(late())
    scene.upstream.gate = None
    FRESH.check(scene.ask(NAME))
    assert len(scene.asked) == 2
    assert scene.value("coredns_cache_served_stale_total") == 1


def test_verify_in_time_needs_no_stale_data() -> None:
    """The timer is gone with the answer."""
    scene = expired("serve_stale 1h verify 100ms")
    FRESH.check(scene.ask(NAME))
    scene.clock.advance(1000)
    assert scene.value("coredns_cache_served_stale_total") == 0
