# SPDX-License-Identifier: Apache-2.0
"""Who gets the token."""

import pytest

from plugins.nsid.nsid import Nsid
from resolver.errors import Ede, ResolverError
from resolver.request import Edns
from resolver.testing import NextHandler, RecordingWriter, request, response, serve

ANSWER = response(
    "example.org. A", ["example.org. 60 IN A 192.0.2.1"], options=((10, b"cookie"), (3, b"theirs"))
)
ASKING = Edns(options=((3, b""),))


@pytest.mark.parametrize(
    "edns, options",
    [
        pytest.param(ASKING, ((10, b"cookie"), (3, b"ns1")), id="who asks for it"),
        pytest.param(Edns(options=((3, b"x"),)), ((10, b"cookie"), (3, b"ns1")), id="with data"),
        pytest.param(Edns(), ANSWER.options, id="EDNS alone"),
        pytest.param(Edns(options=((10, b"12345678"),)), ANSWER.options, id="another option"),
        pytest.param(None, ANSWER.options, id="no EDNS"),
    ],
)
def test_who_gets_the_token(edns: Edns | None, options: tuple[tuple[int, bytes], ...]) -> None:
    """RFC 5001, 2.1 and 2.2: who sent the option, whatever its data."""
    handler, writer = Nsid(b"ns1"), RecordingWriter()
    handler.next_handler = NextHandler(ANSWER)
    assert serve(handler, writer, request("example.org. A", edns=edns)) == 0
    assert writer.response == ANSWER.replace(options=options)


@pytest.mark.parametrize("rcode", [2, 5])
def test_what_the_server_would_write_has_the_token_as_well(rcode: int) -> None:
    """It is written here, so that nothing is left to the server."""
    handler, writer = Nsid(b"ns1"), RecordingWriter()
    handler.next_handler = NextHandler(rcode=rcode)
    assert serve(handler, writer, request("example.org. A", edns=ASKING)) == 0
    assert (writer.response.rcode, writer.response.options) == (rcode, ((3, b"ns1"),))


@pytest.mark.parametrize("ede", [None, Ede(22, "no answer")])
def test_a_failure_has_the_token_as_well(ede: Ede | None) -> None:
    """SERVFAIL with its EDE; the error goes on."""
    handler, writer = Nsid(b"ns1"), RecordingWriter()
    handler.next_handler = NextHandler(error=ResolverError("no luck", ede))
    with pytest.raises(ResolverError, match="no luck"):
        serve(handler, writer, request("example.org. A", edns=ASKING))
    assert (writer.response.rcode, writer.response.options) == (2, ((3, b"ns1"),))
    assert writer.response.ede == (() if ede is None else (ede,))


def test_a_dropped_query_stays_dropped() -> None:
    """The token is no reason to answer."""
    handler, writer = Nsid(b"ns1"), RecordingWriter()
    handler.next_handler = NextHandler(rcode=0)
    assert serve(handler, writer, request("example.org. A", edns=ASKING)) == 0
    assert writer.responses == []
