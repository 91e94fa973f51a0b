# SPDX-License-Identifier: Apache-2.0
"""Which queries are logged, and that each is logged once."""

import asyncio
import logging

import pytest

from plugins.log.setup import setup
from resolver import names
from resolver.claims import Claim, Claims
from resolver.classify import Class
from resolver.engine.observed import Wanted
from resolver.errors import ResolverError
from resolver.testing import (
    FixedClock,
    LeavingHandler,
    NextHandler,
    PlacedWriter,
    RecordingWriter,
    request,
    response,
    run,
    serve,
    services,
    set_up,
)

SOA = "example.org. 60 IN SOA ns.example.org. host.example.org. 1 2 3 4 60"
GOOD = response("www.example.org. A", ["www.example.org. 60 IN A 192.0.2.1"])
DENIED = response("www.example.org. A", authority=[SOA], rcode="NXDOMAIN")
FAILED = response("www.example.org. A", rcode="SERVFAIL")
SHORT = '"{rcode} {>rflags}"'


def logged(text: str, end: NextHandler, caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines that one query leaves."""
    caplog.set_level(logging.INFO, "log")
    try:
        serve(set_up(setup, text, end), RecordingWriter(), request("www.example.org. A"))
    except (ResolverError, ZeroDivisionError):
        assert end.error is not None
    return caplog.messages


@pytest.mark.parametrize(
    "end, line",
    [
        pytest.param(NextHandler(GOOD), "NOERROR qr,rd", id="a response"),
        pytest.param(NextHandler(DENIED), "NXDOMAIN qr,rd", id="a negative one"),
        pytest.param(NextHandler(rcode=5), "REFUSED qr,rd", id="nothing written: the server will"),
        pytest.param(NextHandler(), "- -", id="dropped on purpose"),
        pytest.param(NextHandler(error=ResolverError("x")), "SERVFAIL qr,rd", id="an error"),
        pytest.param(NextHandler(error=ZeroDivisionError()), "SERVFAIL qr,rd", id="a panic"),
    ],
)
def test_every_query_is_one_line(
    end: NextHandler, line: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever becomes of it."""
    assert logged(f"log . {SHORT}", end, caplog) == [line]


@pytest.mark.parametrize(
    "classes, lines",
    [
        pytest.param("all", 4, id="all"),
        pytest.param("success", 1, id="success"),
        pytest.param("denial", 1, id="denial"),
        pytest.param("error", 2, id="error: a failure, and a drop"),
        pytest.param("success denial", 2, id="two classes"),
    ],
)
def test_classes(classes: str, lines: int, caplog: pytest.LogCaptureFixture) -> None:
    """Of a response, a denial, a failure and a drop."""
    for end in (NextHandler(GOOD), NextHandler(DENIED), NextHandler(FAILED), NextHandler()):
        logged(f"log {{\n class {classes}\n}}", end, caplog)
    assert len(caplog.messages) == lines


@pytest.mark.parametrize(
    "text, lines",
    [
        pytest.param(f"log example.org {SHORT}", ["NOERROR qr,rd"], id="below the name"),
        pytest.param(f"log example.net {SHORT}", [], id="elsewhere"),
        pytest.param(
            'log example.org "first {name}"\nlog . "second {name}"',
            ["first www.example.org."],
            id="the first rule that fits, no other",
        ),
        pytest.param(
            'log example.org "{rcode}" {\n class error\n}\nlog . "{rcode}"',
            [],
            id="its classes decide too",
        ),
    ],
)
def test_rules(text: str, lines: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """By name; the first one that the name falls under counts."""
    assert logged(text, NextHandler(GOOD), caplog) == lines


@pytest.mark.parametrize(
    "text, claims",
    [
        pytest.param("log", (), id="it only observes"),
        pytest.param(
            'log a.org "{/view/name}"\nlog b.org {common}\nlog c.org "{name} {/x/y}"',
            (Claim(zones={b"\1a\3org\0", b"\1c\3org\0"}),),
            id="labels are given by the chain",
        ),
    ],
)
def test_claims(text: str, claims: Claims) -> None:
    """Names whose lines tell labels."""
    assert set_up(setup, text).claims() == claims


def test_at_the_deadline_the_server_answers(caplog: pytest.LogCaptureFixture) -> None:
    """The line tells what the client got, and when; what the chain says later reaches nobody."""
    caplog.set_level(logging.INFO, "log")
    clock, writer = FixedClock(), RecordingWriter()

    async def late() -> None:
        gate = asyncio.Event()
        text = 'log . "{rcode} {>rflags} {rsize} {duration}"'
        handler = set_up(setup, text, NextHandler(GOOD, gate=gate), given=services(clock))
        asking = asyncio.create_task(handler.serve_dns(writer, request("www.example.org. A")))
        await asyncio.sleep(0)
        clock.advance(4000)
        writer.pass_deadline()
        clock.advance(1000)
        gate.set()
        await asking

    run(late())
    assert caplog.messages == ["SERVFAIL qr,rd 33 4.000000000s"]


@pytest.mark.parametrize(
    "text, classes, zones",
    [
        pytest.param("log", set(Class), {"."}, id="all"),
        pytest.param("log {\n class error\n}", {Class.ERROR}, {"."}, id="a class"),
        pytest.param(
            "log a.org {\n class error\n}\nlog b.org {\n class denial\n}",
            {Class.ERROR, Class.DENIAL},
            {"a.org.", "b.org."},
            id="what any rule wants",
        ),
    ],
)
def test_wanted(text: str, classes: set[Class], zones: set[str]) -> None:
    """Events that no rule would tell of need not be made."""
    wanted = set_up(setup, text).wanted
    assert wanted == Wanted(frozenset(classes), frozenset(map(names.from_text, zones)))


def test_json_is_a_line_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """The process's log puts nothing in front of it; a line in words has its level there."""
    logged("log {\n format json\n}", NextHandler(GOOD), caplog)
    logged(f"log . {SHORT}", NextHandler(GOOD), caplog)
    assert [getattr(record, "is_line", False) for record in caplog.records] == [True, False]


@pytest.mark.parametrize(
    "line_format, lines",
    [
        pytest.param(SHORT, [], id="the engine tells"),
        pytest.param('"{rcode} {/unbound/label}"', ["NOERROR -"], id="only the chain knows labels"),
    ],
)
def test_what_the_engine_answers_it_tells(
    line_format: str, lines: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Then the chain leaves no line; where one has labels the engine has no place to answer at."""
    caplog.set_level(logging.INFO, "log")
    handler = set_up(setup, f"log . {line_format}", LeavingHandler(GOOD))
    assert serve(handler, PlacedWriter(), request("www.example.org. A")) == 0
    assert caplog.messages == lines
