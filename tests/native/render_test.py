# SPDX-License-Identifier: Apache-2.0
"""rn_render sends the octets that a chain sends: cache's ageing, then resolver.render.render."""

import struct
from typing import NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from plugins.cache.ageing import aged, as_stale
from resolver import wire
from resolver.answering import KEEPALIVE
from resolver.errors import Ede
from resolver.query import Query, Refusal, read_query
from resolver.render import limit_of, render, render_bare, render_refusal
from resolver.response import Response, Validation
from resolver.testing import response
from tests.native.images import Renderer, packed_ede
from tests.native.internals import Internals
from tests.native.queries import any_octets, well_formed
from tests.native.responses import ede, responses

KEPT, AGED, STALE = 0, 1, 2  # enum rn_ageing


class Manner(NamedTuple):
    """What a server block says; the fields of struct rn_manner."""

    payload_size: int = 1232
    response_rd: int = -1
    recursion_available: bool = True
    is_udp: bool = True
    keepalive: int = 0

    def asked(self, query: Query) -> Query:
        return query if self.response_rd < 0 else query._replace(rd=self.response_rd == 1)

    def options(self, query: Query) -> tuple[tuple[int, bytes], ...]:
        sent = query.edns.options if query.edns is not None else ()
        if self.keepalive and any(code == KEEPALIVE for code, _ in sent):
            return ((KEEPALIVE, struct.pack("!H", self.keepalive)),)
        return ()


def rendered(
    query: Query, answer: Response, manner: Manner, ageing: int, seconds: int, room: int
) -> bytes | None:
    """Return what the chain sends, None for what C leaves to it."""
    if ageing == STALE:
        answer = as_stale(answer, seconds)
    elif ageing == AGED:
        count = len(answer.rrs)
        answer = aged(answer, seconds)
        if len(answer.rrs) != count:
            return None
    return render(
        manner.asked(query),
        answer,
        min(limit_of(query, manner.is_udp, manner.payload_size), room),
        recursion_available=manner.recursion_available,
        payload_size=manner.payload_size,
        options=manner.options(query),
    )


def read(octets: bytes) -> Query:
    query = read_query(octets)
    assert isinstance(query, Query)
    return query


@st.composite
def manners(draw: st.DrawFn) -> Manner:
    return Manner(
        draw(st.one_of(st.just(1232), st.integers(512, 4096))),
        draw(st.sampled_from([-1, -1, 0, 1])),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from([0, 1, 300, 65535])),
    )


@given(data=st.data(), octets=well_formed(), manner=manners())
@settings(max_examples=1500, deadline=None)
def test_any_response_is_rendered_as_in_python(
    internals: Internals, data: st.DataObject, octets: bytes, manner: Manner
) -> None:
    """The octets are equal, whatever records, flags, EDEs, sizes, ages and transports are."""
    query = read(octets)
    answer = data.draw(responses(query.qname, query.qtype, query.qclass))
    ageing = data.draw(st.sampled_from([KEPT, AGED, STALE]))
    seconds = data.draw(st.one_of(st.sampled_from([0, 1, 30, 60]), st.integers(0, 2**32 - 1)))
    room = data.draw(st.sampled_from([512, 600, 65535]))
    renderer = Renderer(internals)
    _, asked = renderer.read(octets)
    got = renderer.render(
        asked,
        renderer.image(answer),
        renderer.manner(**manner._asdict()),
        ageing,
        seconds,
        room=room,
    )
    assert got == rendered(query, answer, manner, ageing, seconds, room)


WWW = "www.example.org."
SIGNED = [
    f"{WWW} 300 IN A 192.0.2.1",
    f"{WWW} 300 IN RRSIG A 13 3 300 20300101000000 20200101000000 1 example.org. AAAA",
]
MANY = [f"{WWW} {60 + n} IN A 192.0.2.{n}" for n in range(40)]
SECURE = Validation.SECURE
SOA = "example.org. 300 IN SOA ns1.example.org. root.example.org. 1 2 3 4 60"

SHAPES = [
    pytest.param(response(f"{WWW} A", MANY[:1]), id="one address"),
    pytest.param(response(f"{WWW} A", MANY), id="too many for 512 octets"),
    pytest.param(response(f"{WWW} A", SIGNED, validation=SECURE), id="signed"),
    pytest.param(
        response(f"{WWW} A", authority=[SOA], rcode="NXDOMAIN", ede=(Ede(17, "filtered"),)),
        id="NXDOMAIN with an EDE",
    ),
    pytest.param(
        response(
            "example.org. MX",
            ["example.org. 60 IN MX 1 mx.example.org."],
            additional=["mx.example.org. 90 IN A 192.0.2.1"],
        ),
        id="additional records",
    ),
    pytest.param(
        response(f"{WWW} A", rcode="SERVFAIL", ede=(Ede(9, "x" * 256),) * 2),
        id="EDEs whose texts do not fit into 512 octets",
    ),
    pytest.param(
        response(f"{WWW} A", MANY[:12], ede=(Ede(0), Ede(4, "forged")) * 20, flags=wire.AA),
        id="EDEs that do not fit at all",
    ),
    pytest.param(response(f"{WWW} A", rcode="BADCOOKIE"), id="an RCODE that needs EDNS"),
]


def query_of(question: wire.Question, is_edns: bool) -> bytes:
    """Return a query as a client may send it: in any case, with AD, a cookie and keepalive."""
    opt = (
        b"\0"
        + struct.pack("!HHLH", wire.OPT, 600, 0x8000, 16)
        + bytes.fromhex("000a0008")
        + b"cookie42"
    )
    opt += struct.pack("!HH", KEEPALIVE, 0)
    header = struct.pack("!HHHHHH", 7, wire.RD | wire.AD, 1, 0, 0, is_edns)
    asked = question.qname.upper() + struct.pack("!HH", question.qtype, question.qclass)
    return header + asked + (opt if is_edns else b"")


@pytest.mark.parametrize("is_edns", [False, True], ids=["without EDNS", "EDNS"])
@pytest.mark.parametrize("is_udp", [False, True], ids=["TCP", "UDP"])
@pytest.mark.parametrize(("ageing", "seconds"), [(KEPT, 0), (AGED, 0), (AGED, 59), (STALE, 30)])
@pytest.mark.parametrize("answer", SHAPES)
def test_a_response_is_rendered_as_in_python(
    internals: Internals, answer: Response, ageing: int, seconds: int, is_udp: bool, is_edns: bool
) -> None:
    """The usual shapes, each to every kind of client."""
    octets = query_of(answer.question, is_edns)
    manner = Manner(is_udp=is_udp, keepalive=0 if is_udp else 300)
    renderer = Renderer(internals)
    _, asked = renderer.read(octets)
    image, fields = renderer.image(answer), renderer.manner(**manner._asdict())
    got = renderer.render(asked, image, fields, ageing, seconds)
    assert got is not None
    assert got == rendered(read(octets), answer, manner, ageing, seconds, 65535)


@pytest.mark.parametrize(("seconds", "is_left"), [(89, False), (90, True), (2**32 - 1, True)])
def test_an_additional_record_that_ended_is_left_to_the_chain(
    internals: Internals, seconds: int, is_left: bool
) -> None:
    """What is left out moves what stands behind it; also where all would be truncated."""
    answer = response(f"{WWW} A", MANY, additional=["ns.example.org. 90 IN A 192.0.2.1"])
    renderer = Renderer(internals)
    for room in (512, 65535):
        _, asked = renderer.read(query_of(answer.question, is_edns=True))
        image, manner = renderer.image(answer), renderer.manner(is_udp=False)
        got = renderer.render(asked, image, manner, AGED, seconds, room=room)
        assert (got is None) == is_left


def test_an_image_of_no_such_question_is_left_to_the_chain(internals: Internals) -> None:
    """An image that ends inside of what was asked cannot be its answer."""
    renderer = Renderer(internals)
    image = renderer.image(response(". A"))
    _, asked = renderer.read(query_of(response(f"{WWW} A").question, is_edns=True))
    assert renderer.render(asked, image, renderer.manner()) is None


@given(octets=well_formed(), manner=manners(), rcode=st.integers(0, 4095), errors=ede)
@settings(max_examples=500, deadline=None)
def test_a_bare_response_is_rendered_as_in_python(
    internals: Internals, octets: bytes, manner: Manner, rcode: int, errors: list[Ede]
) -> None:
    """An RCODE, the question, and what errors there are."""
    query, renderer = read(octets), Renderer(internals)
    _, asked = renderer.read(octets)
    got = renderer.bare(asked, rcode, packed_ede(errors), renderer.manner(**manner._asdict()))
    assert got == render_bare(
        manner.asked(query),
        rcode,
        errors,
        recursion_available=manner.recursion_available,
        payload_size=manner.payload_size,
        options=manner.options(query),
    )


@given(octets=any_octets, manner=manners())
@settings(max_examples=1000, deadline=None)
def test_a_refusal_is_rendered_as_in_python(
    internals: Internals, octets: bytes, manner: Manner
) -> None:
    """No chain was chosen, so nothing of a block's manner is told."""
    refusal = read_query(octets)
    assume(isinstance(refusal, Refusal))
    assert isinstance(refusal, Refusal)
    renderer = Renderer(internals)
    _, asked = renderer.read(octets)
    assert renderer.refusal(asked, renderer.manner(**manner._asdict())) == render_refusal(
        refusal,
        recursion_available=manner.recursion_available,
        payload_size=manner.payload_size,
    )
