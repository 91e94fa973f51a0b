# SPDX-License-Identifier: Apache-2.0
"""Tests of the fallback's own part, with a libunbound that is played."""

import logging
import select
from collections.abc import Iterator

import pytest

from resolver import names
from resolver.errors import ResolverError, WireError
from resolver.recursion.pyunbound import Pyunbound
from resolver.recursion.pyunbound_module import Module
from resolver.types import Result, Submission
from tests.fallback.played import HEADER, Played, PlayedAnswer


@pytest.fixture
def played() -> Played:
    return Played()


@pytest.fixture
def fallback(played: Played) -> Iterator[Pyunbound]:
    """One group, number 1, whose text is empty."""
    module: Module = played
    made = Pyunbound(module, 300, lambda: played.log.flush() if played.log else None)
    assert made.add(b"") == 1
    yield made
    made.close()
    assert played.alive() == []


def question(text: str, ticket: int = 1, renew: int | None = None) -> Submission:
    return Submission(ticket, names.from_text(text), 1, 1, renew)


def is_readable(fallback: Pyunbound) -> bool:
    return select.select([fallback.fileno()], [], [], 0)[0] != []


@pytest.mark.parametrize(
    ("answer", "status", "expected"),
    [
        pytest.param(
            PlayedAnswer(HEADER, secure=True), 0, Result(1, 0, True, None, HEADER, 0), id="secure"
        ),
        pytest.param(
            PlayedAnswer(b"\0\0\x81\x83" + bytes(8)),
            0,
            Result(1, 3, False, None, b"\0\0\x81\x83" + bytes(8), 0),
            id="NXDOMAIN has its message",
        ),
        pytest.param(
            PlayedAnswer(HEADER, bogus="no \udcff key\n"),
            0,
            Result(1, 0, False, "no ? key?", HEADER, 0),
            id="bogus data with the reason",
        ),
        pytest.param(
            PlayedAnswer(b"\0\0\x81\x82" + bytes(8)),
            0,
            Result(1, 2, False, None, None, 0),
            id="SERVFAIL has no message",
        ),
        pytest.param(PlayedAnswer(None), 0, Result(1, 2, False, None, None, 0), id="no message"),
        pytest.param(None, -4, Result(1, 2, False, None, None, 0), id="a status"),
    ],
)
def test_outcomes(
    fallback: Pyunbound,
    played: Played,
    answer: PlayedAnswer | None,
    status: int,
    expected: Result,
) -> None:
    """Results have the bridge's shape: a failure is rcode 2 without a message."""
    assert fallback.submit([question("www.example.")], 1) == 1
    assert fallback.drain() == []
    played.answer("www.example.", answer, status)
    assert is_readable(fallback)
    assert fallback.drain() == [expected]
    assert not is_readable(fallback)


def test_a_refused_question_is_told_once(
    fallback: Pyunbound, caplog: pytest.LogCaptureFixture
) -> None:
    """It fails at once, and the log says so once, not once a query."""
    assert fallback.submit([question("refused.", ticket) for ticket in (1, 2)], 1) == 2
    assert is_readable(fallback)
    assert [(r.ticket, r.rcode, r.wire) for r in fallback.drain()] == [(1, 2, None), (2, 2, None)]
    assert fallback.submit([question("www.example.", 3)], 7) == 1
    assert [r.ticket for r in fallback.drain()] == [3]
    assert caplog.messages == [
        "question not asked error='error -5'",
        "question not asked error='no such group of contexts'",
    ]


def test_renewal_goes_to_the_other_context(fallback: Pyunbound, played: Played) -> None:
    """The second context is made when first asked for."""
    assert len(played.contexts) == 1
    fallback.submit([question("a.", 1, renew=0), question("b.", 2, renew=1)], 1)
    assert len(played.contexts) == 2
    played.answer("a.", PlayedAnswer(HEADER))
    played.answer("b.", PlayedAnswer(HEADER))
    assert {(r.ticket, r.context) for r in fallback.drain()} == {(1, 1), (2, 0)}


def test_bounds(fallback: Pyunbound, played: Played) -> None:
    """What is outstanding is bounded, a drain too; what is left keeps the descriptor readable."""
    asked = [question(f"n{n}.", n) for n in range(400)]
    assert fallback.submit(asked, 1) == 300
    assert fallback.submit(asked, 1) == 0
    for n in range(300):
        played.answer(f"n{n}.", PlayedAnswer(HEADER))
    assert [result.ticket for result in fallback.drain()] == list(range(256))
    assert is_readable(fallback)
    assert len(fallback.drain()) == 44
    assert not is_readable(fallback)


def test_what_is_replaced_finishes_first(fallback: Pyunbound, played: Played) -> None:
    """An old context ends with its last result; new questions go to the new one."""
    fallback.submit([question("old.")], 1)
    fallback.reconfigure(b"", group=1)
    fallback.submit([question("new.", 2)], 1)
    assert [len(c.waiting) - ("localhost." in c.waiting) for c in played.alive()] == [1, 1]
    played.answer("old.", PlayedAnswer(HEADER))
    assert [r.ticket for r in fallback.drain()] == [1]
    assert played.alive() == played.contexts[1:]
    fallback.flush(1)
    assert len(played.alive()) == 2


def test_what_is_refused_changes_nothing(fallback: Pyunbound, played: Played) -> None:
    """A text that libunbound does not take leaves the group as it was, and no context."""
    with pytest.raises(ResolverError, match="libunbound: error -3"):
        fallback.reconfigure(b"bad", group=1)
    assert played.alive() == played.contexts[:1]


def test_groups(fallback: Pyunbound, played: Played) -> None:
    """Numbers are used again; a group that is not there cannot be removed or flushed."""
    assert fallback.add(b"") == 2
    fallback.remove(1)
    assert fallback.add(b"") == 1
    assert len(played.alive()) == 2
    for action in (fallback.remove, fallback.flush):
        with pytest.raises(ResolverError, match="no group 9 of contexts"):
            action(9)


def test_the_end(fallback: Pyunbound) -> None:
    """What is in flight comes back as failed; then nothing is taken any more."""
    fallback.submit([question("www.example.", 5)], 1)
    fallback.close()
    fallback.close()
    assert fallback.drain() == [Result(5, 2, False, None, None, 0)]
    assert fallback.submit([question("www.example.")], 1) == 0
    with pytest.raises(ResolverError, match="ended"):
        fallback.fileno()
    with pytest.raises(ResolverError, match="ended"):
        fallback.add(b"")


def test_its_log_becomes_ours(
    fallback: Pyunbound, played: Played, caplog: pytest.LogCaptureFixture
) -> None:
    """Lines come whole, however they were cut."""
    caplog.set_level(logging.INFO)
    assert played.log is not None
    played.log.write("[1] libunbound[1:0] error: bad th")
    assert fallback.drain() == []
    assert caplog.messages == []
    played.log.write("ing\n")
    assert fallback.drain() == []
    assert caplog.record_tuples == [("plugin/unbound", logging.ERROR, "libunbound: bad thing")]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(Submission(1, b"", 1, 1), id="no name"),
        pytest.param(Submission(1, bytes(256), 1, 1), id="name too long"),
        pytest.param(Submission(1, b"\0", 65536, 1), id="type too large"),
        pytest.param(Submission(1, b"\0", 1, -1), id="negative class"),
        pytest.param(Submission(-1, b"\0", 1, 1), id="negative ticket"),
        pytest.param(Submission(1, b"\0", 1, 1, renew=2), id="no such context"),
    ],
)
def test_what_is_no_question(fallback: Pyunbound, played: Played, asked: Submission) -> None:
    """It is an error of the caller, and nothing of the batch is taken."""
    with pytest.raises(WireError):
        fallback.submit([question("www.example."), asked], 1)
    assert "www.example." not in played.contexts[0].waiting
