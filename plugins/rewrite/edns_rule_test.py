# SPDX-License-Identifier: Apache-2.0
"""EDNS options of queries, and of the responses to them."""

import pytest

from plugins.rewrite.setup import setup
from resolver.request import Edns
from resolver.response import Validation
from resolver.testing import NextHandler, RecordingWriter, request, response, serve, set_up


@pytest.mark.parametrize(
    "text, sent, want",
    [
        pytest.param("nsid set", None, [(3, b"")], id="set without EDNS"),
        pytest.param("local set 0xffee 0x0102", [(65518, b"x")], [(65518, b"\1\2")], id="set"),
        pytest.param("local append 65518 abc", [(65518, b"x")], [(65518, b"x")], id="append"),
        pytest.param("local append 65518 abc", [], [(65518, b"abc")], id="append to nothing"),
        pytest.param("local replace 65518 abc", [], [], id="replace nothing"),
        pytest.param("local replace 65518 abc", [(65518, b"x")], [(65518, b"abc")], id="replace"),
        pytest.param("local unset 65518", [(65518, b"x"), (9, b"y")], [(9, b"y")], id="unset"),
        pytest.param("local set 9 {qname}", [], [(9, b"a.example.")], id="qname"),
        pytest.param("local set 9 {qtype}", [], [(9, b"\0\1")], id="qtype"),
        pytest.param("local set 9 {client_ip}", [], [(9, b"\x0a\xf0\0\1")], id="client_ip"),
        pytest.param("local set 9 {client_port}", [], [(9, b"\x9d\x14")], id="client_port"),
        pytest.param("local set 9 {protocol}", [], [(9, b"udp")], id="protocol"),
        pytest.param("local set 9 {server_ip}", [], [(9, b"\x7f\0\0\1")], id="server_ip"),
        pytest.param("local set 9 {server_port}", [], [(9, b"\0\x35")], id="server_port"),
        pytest.param("local set 9 {test/who}", [], [(9, b"me")], id="metadata"),
        pytest.param("local set 9 {test/none}", [], [(9, b"")], id="no metadata"),
        pytest.param("subnet set 9 56", [], [(8, b"\0\1\x09\0\x0a\x80")], id="subnet"),
        pytest.param("subnet unset", [(8, b"x")], [], id="no subnet"),
    ],
)
def test_edns_options(
    text: str, sent: list[tuple[int, bytes]] | None, want: list[tuple[int, bytes]]
) -> None:
    """RFC 6891, 6.1.2: code and data."""
    edns = None if sent is None else Edns(options=tuple(sent))
    end = NextHandler(None)
    handler = set_up(setup, f"rewrite edns0 {text}", end)
    asked = request("a.example. A", edns=edns, labels={"test/who": lambda: "me"})
    serve(handler, RecordingWriter(), asked)
    assert end.requests[0].edns is not None
    assert list(end.requests[0].edns.options) == want


@pytest.mark.parametrize(
    "text, sent, want",
    [
        pytest.param("local set 9 x revert", (), ((10, b"z"),), id="put in: taken out"),
        pytest.param("local set 9 x revert", ((9, b"y"),), ((10, b"z"), (9, b"y")), id="restored"),
        pytest.param("local set 9 x", (), ((9, b"x"), (10, b"z")), id="left as it is"),
    ],
)
def test_options_of_a_response(
    text: str, sent: tuple[tuple[int, bytes], ...], want: tuple[tuple[int, bytes], ...]
) -> None:
    """With `revert` the client sees the data that it sent."""
    answer = response(
        "a.example. A",
        ["a.example. 9 IN A 192.0.2.1"],
        options=((9, b"x"), (10, b"z")),
        validation=Validation.SECURE,
    )
    writer = RecordingWriter()
    handler = set_up(setup, f"rewrite edns0 {text}", NextHandler(answer))
    serve(handler, writer, request("a.example. A", edns=Edns(options=sent)))
    assert writer.response.options == want
    assert writer.response.validation is Validation.SECURE
