# SPDX-License-Identifier: Apache-2.0
"""Writers around a writer: what is held goes out at the deadline, what is noted at once."""

from typing import Any

from resolver.testing import FixedClock, PlacedWriter, RecordingWriter, request, response
from resolver.writer import (
    HeldWriter,
    ObserverRecorder,
    ResponseRecorder,
    WriterWrapper,
    place_of,
)

FIRST, LATE = response("first.example. A"), response("late.example. A")


def test_a_held_response_is_the_first_and_nobody_has_it() -> None:
    """The plugin that holds it decides what the client gets."""
    client = RecordingWriter()
    held = HeldWriter(client)
    held.write(FIRST)
    held.write(LATE)
    assert (held.response, client.responses) == (FIRST, [])


def test_a_held_response_goes_out_at_the_deadline() -> None:
    """What a plugin below would have left for this moment is not needed."""
    client = RecordingWriter()
    held = HeldWriter(client)
    held.at_deadline(lambda: held.write(LATE))
    held.write(FIRST)
    client.pass_deadline()
    assert client.responses == [FIRST]


def test_what_is_left_for_the_deadline_passes_a_holder() -> None:
    """Stale data of a plugin below, say: nothing was held."""
    client = RecordingWriter()
    held = HeldWriter(client)
    held.at_deadline(lambda: held.write(LATE))
    client.pass_deadline()
    assert client.responses == [LATE]


def test_a_recorder_notes_the_first_response_and_passes_every_one_on() -> None:
    """And when that was."""
    client, clock = RecordingWriter(), FixedClock()
    recorder = ResponseRecorder(client, clock)
    clock.advance(1500)
    when = clock.now_ns()
    recorder.write(FIRST)
    clock.advance(1500)
    recorder.write(LATE)
    assert (recorder.response, recorder.answered_ns) == (FIRST, when)
    assert client.responses == [FIRST, LATE]


def test_a_recorder_notes_that_the_server_answered() -> None:
    """After the deadline no response counts: it reaches nobody."""
    client, clock = RecordingWriter(), FixedClock()
    recorder = ResponseRecorder(client, clock)
    clock.advance(5000)
    when = clock.now_ns()
    client.pass_deadline()
    clock.advance(1000)
    recorder.write(LATE)
    assert (recorder.response, recorder.answered_ns) == (None, when)


def test_an_observers_recorder_says_that_the_engine_tells() -> None:
    """It has the place below; what is left there has no response to note, nor to tell."""
    asked, placed = request("first.example. A"), PlacedWriter()
    outer = ObserverRecorder(placed, FixedClock())
    inner = ObserverRecorder(outer, FixedClock())
    place = place_of(inner, asked)
    assert place is not None
    assert (place.ticket, place.request) == (placed.given.ticket, asked)
    assert not (placed.given.has_left or outer.is_told or inner.is_told)
    place.leave()
    assert placed.given.has_left and outer.is_told and inner.is_told
    assert outer.response is None


def test_an_observers_recorder_has_no_place_of_its_own() -> None:
    """Where the writer below has none it records like any other."""
    client = RecordingWriter()
    recorder = ObserverRecorder(client, FixedClock())
    assert place_of(recorder, request("first.example. A")) is None
    recorder.write(FIRST)
    assert (recorder.response, recorder.is_told) == (FIRST, False)


class Delegating:
    """A wrapper that hands on all that it does not have."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)


def test_a_wrapper_has_no_place_where_an_engine_may_answer() -> None:
    """It wants to see what is written: only who says otherwise is left out."""
    asked, placed = request("first.example. A"), PlacedWriter()
    assert place_of(placed, asked) is placed.given
    others: tuple[Any, ...] = (
        WriterWrapper(placed),
        HeldWriter(placed),
        ResponseRecorder(placed, FixedClock()),
        Delegating(placed),
    )
    for writer in (*others, RecordingWriter()):
        assert place_of(writer, asked) is None
