# SPDX-License-Identifier: Apache-2.0
"""Who is greeted."""

import pytest

from resolver.claims import is_claimed
from resolver.testing import (
    Case,
    NextHandler,
    RecordingWriter,
    request,
    response,
    serve,
    services,
    set_up,
)
from rootward_greet.setup import setup

NEXT = response("example.org. A", ["example.org. 60 IN A 192.0.2.1"])


def test_txt_is_answered() -> None:
    """With the name that was asked for; and it is counted."""
    given, writer = services(), RecordingWriter()
    handler = set_up(setup, "greet hello", given=given)
    assert serve(handler, writer, request("www.example.org. TXT")) == 0
    Case("www.example.org. TXT", ['www.example.org. 60 IN TXT "hello"']).check(writer.response)
    assert given.metrics.value("coredns_greet_greetings_total", server="dns://:53") == 1


@pytest.mark.parametrize("question", ["example.org. A", "example.org. ANY", "example.org. CH A"])
def test_all_else_passes(question: str) -> None:
    """Unaltered in both directions, and it is not claimed."""
    after, writer, asked = NextHandler(NEXT), RecordingWriter(), request(question)
    handler = set_up(setup, "greet hello", after)
    assert serve(handler, writer, asked) == 0
    assert (after.requests, writer.responses) == ([asked], [NEXT])
    assert not is_claimed(handler.claims(), asked)


def test_what_is_answered_is_claimed() -> None:
    """A claim that is too small would have the plugin left out."""
    handler = set_up(setup, "greet hello")
    assert is_claimed(handler.claims(), request("example.org. TXT"))
