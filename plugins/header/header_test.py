# SPDX-License-Identifier: Apache-2.0
"""Which bits `header` alters, and when."""

import pytest

from plugins.header.header import Header
from resolver import wire
from resolver.claims import EVERYTHING, NOTHING
from resolver.response import Response, Validation
from resolver.testing import NextHandler, RecordingWriter, request, response, serve


def answer(flags: int = 0) -> Response:
    return response(
        "example.org. A",
        ["example.org. 60 IN A 192.0.2.1"],
        flags=flags,
        validation=Validation.SECURE,
    )


@pytest.mark.parametrize("before", [0, wire.AA, wire.AA | wire.TC])
@pytest.mark.parametrize("aa", [None, False, True])
def test_aa_of_responses(aa: bool | None, before: int) -> None:
    """No other bit, and neither records nor validation state."""
    handler, writer = Header({}, {} if aa is None else {"aa": aa}), RecordingWriter()
    handler.next_handler = NextHandler(answer(before))
    assert serve(handler, writer, request("example.org. A")) == 0
    want = before if aa is None else before & ~wire.AA | (wire.AA if aa else 0)
    assert writer.response == answer(want)


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("rd", [None, False, True])
def test_rd_of_queries(rd: bool | None, sent: bool) -> None:
    """The plugins behind see it; nothing else is another."""
    handler, end = Header({} if rd is None else {"rd": rd}, {}), NextHandler(rcode=5)
    handler.next_handler = end
    asked = request("example.org. A", rd=sent)
    assert serve(handler, RecordingWriter(), asked) == 5
    assert end.requests == [asked.replace(rd=sent if rd is None else rd)]


@pytest.mark.parametrize(
    "query, responses, everything",
    [
        pytest.param({"rd": True}, {}, True, id="RD of queries"),
        pytest.param({}, {"aa": False}, True, id="AA of responses"),
        pytest.param({"aa": True, "ra": True}, {"ra": True, "rd": False}, False, id="others"),
    ],
)
def test_it_claims_what_it_alters(
    query: dict[str, bool], responses: dict[str, bool], everything: bool
) -> None:
    """RA and RD of responses are settings of the block."""
    assert Header(query, responses).claims() == (EVERYTHING if everything else NOTHING)
