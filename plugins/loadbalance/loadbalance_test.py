# SPDX-License-Identifier: Apache-2.0
"""Which responses are shuffled."""

import ipaddress
import random

import pytest

from plugins.loadbalance.loadbalance import LoadBalance, Policy, ShuffleWriter
from resolver.claims import EVERYTHING, NOTHING, Claim, Claims
from resolver.response import Response
from resolver.testing import NextHandler, PlacedWriter, RecordingWriter, request, response, serve

MANY = [f"example.org. 60 IN A 192.0.2.{n}" for n in range(1, 40)]


def asked(question: str, policy: Policy, rcode: str = "NOERROR") -> tuple[Response, Response]:
    """Return what the next handler wrote, and what came out."""
    written = response(question, MANY, rcode=rcode)
    handler, writer = LoadBalance(policy, random.Random(1)), RecordingWriter()
    handler.next_handler = NextHandler(written)
    assert serve(handler, writer, request(question)) == 0
    return written, writer.response


@pytest.mark.parametrize(
    "question, policy, rcode, shuffled",
    [
        pytest.param("example.org. A", Policy(), "NOERROR", True, id="an answer"),
        pytest.param("example.org. TXT", Policy(), "NOERROR", True, id="of any type"),
        pytest.param("example.org. A", Policy(), "NXDOMAIN", False, id="not NXDOMAIN"),
        pytest.param("example.org. AXFR", Policy(), "NOERROR", False, id="not a zone transfer"),
        pytest.param("example.org. A", Policy(weights={}), "NOERROR", True, id="weighted"),
        pytest.param("example.org. TXT", Policy(weights={}), "NOERROR", False, id="weighted TXT"),
    ],
)
def test_what_is_shuffled(question: str, policy: Policy, rcode: str, shuffled: bool) -> None:
    """NOERROR answers; with weights only those to A, AAAA and SRV."""
    written, got = asked(question, policy, rcode)
    assert (got != written) is shuffled
    assert sorted(got.records()) == sorted(written.records())


@pytest.mark.parametrize(
    "policy, claims",
    [
        pytest.param(Policy(), NOTHING, id="round robin: a rule that needs no Python"),
        pytest.param(
            Policy(prefer=(ipaddress.ip_network("10.0.0.0/8"),)),
            EVERYTHING,
            id="prefer puts all records in order",
        ),
        pytest.param(Policy(weights={}), (Claim(qtypes={1, 28, 33}),), id="weighted"),
    ],
)
def test_what_it_claims(policy: Policy, claims: Claims) -> None:
    """What is put in an order that only Python knows."""
    assert LoadBalance(policy, random.Random(1)).claims() == claims


@pytest.mark.parametrize(
    "policy, has_place",
    [
        pytest.param(Policy(), True, id="round robin"),
        pytest.param(Policy(prefer=(ipaddress.ip_network("10.0.0.0/8"),)), False, id="prefer"),
        pytest.param(Policy(weights={}), False, id="weighted"),
    ],
)
def test_an_engine_may_answer_where_it_does_the_same(policy: Policy, has_place: bool) -> None:
    """In the place that the writer below has."""
    asked, below = request("example.org. A"), PlacedWriter()
    place = ShuffleWriter(below, policy, random.Random(1)).place(asked)
    assert (place is not None and place is below.given) is has_place
    assert ShuffleWriter(RecordingWriter(), policy, random.Random(1)).place(asked) is None
