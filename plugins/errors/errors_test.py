# SPDX-License-Identifier: Apache-2.0
"""What is logged of a failed query."""

import logging

import pytest

from plugins.errors.errors import Errors
from plugins.errors.setup import setup
from resolver.classify import Class
from resolver.engine.observed import Event, Place, Wanted
from resolver.errors import Ede, ResolverError
from resolver.testing import (
    FixedClock,
    NextHandler,
    RecordingWriter,
    controller,
    request,
    run,
    serve,
    services,
    set_up,
)


def fail(handler: Errors, text: str) -> ResolverError:
    """Send a query whose chain fails with `text`; return what comes out."""
    handler.next_handler = NextHandler(error=ResolverError(text, Ede(22)))
    with pytest.raises(ResolverError) as caught:
        serve(handler, RecordingWriter(), request("Example.org. A"))
    return caught.value


def test_an_error_is_one_line_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    """RCODE, lower-case name, type, text; the server answers it, with its EDE."""
    error = fail(set_up(setup, "errors"), "plugin/unbound: no luck")
    assert error.ede == Ede(22)
    assert [(r.name, r.levelname, r.message) for r in caplog.records] == [
        ("plugin/errors", "ERROR", "2 example.org. A: plugin/unbound: no luck")
    ]


def test_what_is_no_error_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An RCODE that the next handler returns is an answer like any other."""
    handler = set_up(setup, "errors", NextHandler(rcode=5))
    assert serve(handler, RecordingWriter(), request("example.org. A")) == 5
    assert caplog.messages == []


@pytest.mark.parametrize(
    "options, count, told",
    [
        pytest.param("", 3, ["E 3 errors like 'no luck' occurred in last 1m"], id="summary"),
        pytest.param("", 1, ["E 1 errors like 'no luck' occurred in last 1m"], id="of one"),
        pytest.param("warning", 1, ["W 1 errors like 'no luck' occurred in last 1m"], id="level"),
        pytest.param("show_first", 1, ["E 2 example.org. A: no luck"], id="the first only"),
        pytest.param(
            "info show_first",
            3,
            ["I 2 example.org. A: no luck", "I 3 errors like 'no luck' occurred in last 1m"],
            id="the first, and a summary",
        ),
    ],
)
@pytest.mark.parametrize("ends", ["by time", "at shutdown"])
def test_errors_alike_become_one_line(
    caplog: pytest.LogCaptureFixture, options: str, count: int, told: list[str], ends: str
) -> None:
    """The period starts with the first one; what is counted is told at shutdown too."""
    caplog.set_level(logging.DEBUG, "plugin/errors")
    clock = FixedClock()
    text = f'errors {{\n consolidate 1m "no luck" {options}\n}}'
    handler = set_up(setup, text, given=services(clock))
    for _ in range(count):
        fail(handler, "no luck")
    clock.advance(59_999)
    if ends == "by time":
        clock.advance(1)
    else:
        run(handler.flush())
        clock.advance(60_000)
    assert [f"{r.levelname[0]} {r.message}" for r in caplog.records] == told


def test_the_first_pattern_that_matches_counts(caplog: pytest.LogCaptureFixture) -> None:
    """And what none matches is logged at once."""
    clock = FixedClock()
    text = "errors {\n consolidate 1m luck\n consolidate 1m no\n}"
    handler = set_up(setup, text, given=services(clock))
    fail(handler, "no luck")
    fail(handler, "something else")
    assert caplog.messages == ["2 example.org. A: something else"]
    clock.advance(60_000)
    assert caplog.messages[1:] == ["1 errors like 'luck' occurred in last 1m"]


def test_failures_without_the_chain_are_told_alike(caplog: pytest.LogCaptureFixture) -> None:
    """With the text that `unbound` would have raised, and consolidated by the same rules."""
    clock = FixedClock()
    text = 'errors {\n consolidate 1m "too many"\n}'
    handler = set_up(setup, text, given=services(clock))
    assert handler.wanted == Wanted(failures=True)
    handler.observe([event(1), event(0), event(2), event(1)])
    assert caplog.messages == ["2 example.org. A: plugin/unbound: no answer in time"]
    clock.advance(60_000)
    assert caplog.messages[1:] == ["2 errors like 'too many' occurred in last 1m"]


def event(failure: int) -> Event:
    """Return a query that failed, or did not."""
    asked = request("Example.org. A")
    place = Place("dns://:53", controller("errors").block, asked.zone)
    return Event(
        place,
        asked.wire,
        asked.qname,
        asked.qtype,
        asked.qclass,
        do=False,
        payload_size=None,
        client=asked.client,
        local=asked.local,
        transport=asked.transport,
        is_sent=True,
        rcode=2,
        flags=0,
        response_size=29,
        response_class=Class.ERROR,
        plugin="",
        duration_ns=0,
        failure=failure,
    )


def test_it_claims_nothing() -> None:
    """It only observes."""
    assert set_up(setup, "errors").claims() == ()
