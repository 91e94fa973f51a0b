# SPDX-License-Identifier: Apache-2.0
"""What `chaos` answers."""

import random

import pytest

from plugins.chaos.chaos import Chaos
from resolver import wire
from resolver.testing import NextHandler, RecordingWriter, request, serve


def chaos(version: str = "R-1", authors: tuple[str, ...] = (), host: str = "ns1") -> Chaos:
    return Chaos(version, authors, host, random.Random(1))


def texts(handler: Chaos, question: str) -> list[bytes]:
    """Return the RDATA of the answer, which has TTL 0 and class CH throughout."""
    writer = RecordingWriter()
    assert serve(handler, writer, request(question)) == 0
    assert writer.response.plugin == "chaos"
    records = writer.response.records()
    assert {(r.section, r.rtype, r.rclass, r.ttl) for r in records} <= {
        (wire.ANSWER, wire.TXT, wire.CH, 0)
    }
    return [record.rdata for record in records]


@pytest.mark.parametrize(
    "question, want",
    [
        pytest.param("version.bind. CH TXT", [b"\3R-1"], id="version"),
        pytest.param("VERSION.server. CH TXT", [b"\3R-1"], id="version, its other name"),
        pytest.param("hostname.bind. CH TXT", [b"\3ns1"], id="host"),
        pytest.param("id.server. CH TXT", [b"\3ns1"], id="host, its other name (RFC 4892)"),
        pytest.param("authors.bind. CH TXT", [], id="no authors"),
    ],
)
def test_names_of_class_ch(question: str, want: list[bytes]) -> None:
    """RFC 4892, 3: TXT records in class CH."""
    assert texts(chaos(), question) == want


def test_authors_stand_in_another_order_every_time() -> None:
    """A record each; nobody is always the first."""
    handler = chaos(authors=("a", "b", "c", "d"))
    seen = {tuple(texts(handler, "authors.bind. CH TXT")) for _ in range(20)}
    assert len(seen) > 1
    assert {frozenset(order) for order in seen} == {frozenset({b"\1a", b"\1b", b"\1c", b"\1d"})}


def test_long_texts_are_cut_between_characters() -> None:
    """RFC 1035, 3.3: a character-string has 255 octets at most."""
    (string,) = texts(chaos(version="x" * 254 + "é"), "version.bind. CH TXT")
    assert string == b"\xfe" + b"x" * 254


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("version.bind. IN TXT", id="class IN"),
        pytest.param("version.bind. CH A", id="another type"),
        pytest.param("example.bind. CH TXT", id="another name"),
    ],
)
def test_all_else_passes(question: str) -> None:
    """It is the next plugin's."""
    handler, end = chaos(), NextHandler(rcode=5)
    handler.next_handler = end
    assert serve(handler, RecordingWriter(), request(question)) == 5
    assert len(end.requests) == 1
