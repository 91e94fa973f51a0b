# SPDX-License-Identifier: Apache-2.0
"""What is kept, for how long and where: rn_keep does what the plugin `cache` does, step by step.

So does the plugin itself where C judges for it (rn_keeping_keep). Histories of one question and its
neighbour are told to all, and all places are looked at after each step.
"""

import struct
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.cache.policy import Bounds, CachePolicy, ServeStale
from resolver import names, wire
from resolver.classify import Kind, is_answered, kind_of, signatures_left_s
from resolver.errors import Ede
from resolver.response import Response, Validation
from resolver.testing import WALL_S, FixedClock, request, response
from resolver.types import Key
from resolver.wire import Record
from tests.native.images import Image
from tests.native.internals import Internals
from tests.native.kept import BESIDE, PARTITION, ByC, ByPython, BySurface

KINDS = list(Kind)  # in the order of enum rn_kind
NAMES = [names.from_text_as_is(text) for text in ("a.", "B.", "c.a.", "b.")]

ttl = st.sampled_from([0, 1, 5, 9, 60, 300, 4000, 0x7FFFFFFF])
name = st.sampled_from(NAMES)
rcode = st.sampled_from([0, 0, 0, 0, 3, 3, 2, 2, 4, 5, 16])
qtype = st.sampled_from([wire.A, wire.A, wire.A, wire.CNAME, wire.ANY, wire.AXFR, wire.SOA])
ede = st.lists(
    st.builds(Ede, st.sampled_from([0, 6, 22]), st.sampled_from(["", "why"])), max_size=2
)


class Step(NamedTuple):
    """One response to one query for `a. A`, so many milliseconds after the last step."""

    pause_ms: int
    flags: dict[str, Any]
    response: Response


@st.composite
def rdata(draw: st.DrawFn, rtype: int) -> bytes:
    match rtype:
        case wire.CNAME:
            return draw(name | st.just(b"")) if draw(st.integers(0, 20)) == 0 else draw(name)
        case wire.NS:
            return draw(name)
        case wire.SOA:
            minimum = struct.pack("!L", draw(ttl))
            return (
                names.ROOT + names.ROOT + bytes(16) + minimum if draw(st.integers(0, 20)) else b""
            )
        case wire.RRSIG:
            ends = int(WALL_S) + draw(st.sampled_from([-1, 0, 1, 2, 30, 100_000]))
            fixed = struct.pack("!HBBLLLH", wire.A, 13, 1, 300, ends, 1, 2) + names.ROOT
            return fixed if draw(st.integers(0, 20)) else fixed[:10]
    return bytes(4)


@st.composite
def record(draw: st.DrawFn, section: int) -> Record:
    types = [wire.A, wire.A, wire.CNAME, wire.CNAME, wire.RRSIG, wire.SOA, wire.NS]
    if section == wire.AUTHORITY:
        types = [wire.SOA, wire.SOA, wire.SOA, wire.NS, wire.NSEC, wire.RRSIG]
    rtype = draw(st.sampled_from(types))
    return Record(section, draw(name), rtype, wire.IN, draw(ttl), draw(rdata(rtype)))


@st.composite
def responses(draw: st.DrawFn, asked: int = wire.A) -> Response:
    """Return a response to `a.` (seldom to another), which may be any kind of answer."""
    records: list[Record] = []
    for section, size in ((wire.ANSWER, 4), (wire.AUTHORITY, 2), (wire.ADDITIONAL, 1)):
        records += draw(st.lists(record(section), max_size=size))
    return Response.from_records(
        names.from_text("a.") if draw(st.integers(0, 20)) else draw(name),
        asked,
        records,
        rcode=draw(rcode),
        flags=draw(st.sampled_from([0, 0, 0, wire.AA, wire.AA, wire.TC])),
        validation=draw(st.sampled_from(list(Validation))),
        recursive=draw(st.booleans()),
        ede=tuple(draw(ede)),
        context=draw(st.integers(0, 1)),
    )


flags = st.fixed_dictionaries(dict.fromkeys(("do", "cd", "rd"), st.booleans()))
pauses = st.sampled_from([0, 1, 999, 5000, 61_000, 400_000])
zones = st.sampled_from([(), (), (), (names.ROOT,), (b"\1a\0",), (b"\1b\0", b"\1c\1a\0")])
bounds = st.builds(
    Bounds, st.sampled_from([1, 60, 3600]), st.sampled_from([0, 1, 10]), disabled=zones
)
stale = st.none() | st.builds(
    ServeStale, st.sampled_from([1000, 3_600_000]), prefer_positive=st.booleans()
)
policies = st.builds(
    CachePolicy,
    success=bounds,
    denial=bounds,
    stale=stale,
    servfail_ms=st.sampled_from([0, 1000, 5000, 200_000]),
)


def tell(internals: Internals, policy: CachePolicy, steps: list[Step]) -> None:
    """Tell a history to all; they must agree on what is sent, dropped and stored."""
    clock = FixedClock()
    python = ByPython(policy, clock)
    others = ByC(internals, policy, clock), BySurface(policy, clock)
    for step in steps:
        clock.advance(step.pause_ms)
        asked = request("a. A", **step.flags)
        want = python.keep(asked, step.response)
        assert [each.keep(asked, step.response) for each in others] == [want] * 2
        for partition in (PARTITION, BESIDE):
            for bits in range(4):
                key = Key(partition, asked.qname, asked.qtype, 1, bits & 1 != 0, bits > 1)
                assert [each.stored(key) for each in others] == [python.stored(key)] * 2


A, SOA = "a. 60 IN A 192.0.2.1", "a. 60 IN SOA . . 1 1 1 1 9"
GOOD = response("a. A", [A])
DENIED = response("a. A", authority=[SOA], rcode="NXDOMAIN")
FAILED = response("a. A", rcode="SERVFAIL")
CAPPED = response("a. A", rcode="SERVFAIL", ede=(Ede(0, "too many"),))
BOGUS = response("a. A", rcode="SERVFAIL", ede=(Ede(6),), validation=Validation.BOGUS)
PREFERS = CachePolicy(stale=ServeStale(prefer_positive=True))


@pytest.mark.parametrize(
    ("policy", "answers"),
    [
        pytest.param(CachePolicy(), [GOOD, DENIED, GOOD], id="each takes the other's place"),
        pytest.param(CachePolicy(), [FAILED] * 9, id="failures back off"),
        pytest.param(CachePolicy(), [FAILED, FAILED, GOOD, FAILED], id="a success resets them"),
        pytest.param(CachePolicy(), [CAPPED, FAILED, CAPPED], id="what tells of us is not kept"),
        pytest.param(CachePolicy(servfail_ms=0), [FAILED] * 3, id="a second at least"),
        pytest.param(CachePolicy(stale=ServeStale()), [GOOD, BOGUS], id="bogus ends what is stale"),
        pytest.param(PREFERS, [GOOD, DENIED, FAILED, DENIED, GOOD], id="denials stand back"),
        pytest.param(CachePolicy(), [GOOD, response("b. A"), FAILED], id="another question"),
    ],
)
@pytest.mark.parametrize("pause_ms", [0, 5000, 12_000, 400_000])
def test_histories(
    internals: Internals, policy: CachePolicy, answers: list[Response], pause_ms: int
) -> None:
    """What the plugin's own tests tell of."""
    tell(internals, policy, [Step(pause_ms, {"rd": True}, answer) for answer in answers])


@settings(max_examples=600, deadline=None)
@given(policy=policies, steps=st.lists(st.builds(Step, pauses, flags, responses()), max_size=6))
def test_any_history(internals: Internals, policy: CachePolicy, steps: list[Step]) -> None:
    """Responses of any kind, to queries with any flags, at any pace."""
    tell(internals, policy, steps)


def classified(internals: Internals, made: Response, do: bool) -> tuple[Any, ...]:
    lib = internals.lib
    lent = Image(internals, made)
    left_s = internals.ffi.new("int64_t *")
    has_any = lib.rn_signatures_left_s(lent.image, int(WALL_S), left_s)
    kind = KINDS[lib.rn_kind_of(lent.image, do, int(WALL_S))]
    return kind, left_s[0] if has_any else None, lib.rn_is_answered(lent.image)


@settings(max_examples=1000, deadline=None)
@given(made=qtype.flatmap(responses), do=st.booleans())
def test_what_responses_say(internals: Internals, made: Response, do: bool) -> None:
    """Kinds, signatures, and whether a chain of CNAMEs leads to an answer."""
    assert classified(internals, made, do) == (
        kind_of(made, do=do, wall_s=WALL_S),
        signatures_left_s(made, WALL_S),
        is_answered(made),
    )


@pytest.mark.parametrize(("length", "want"), [(32, True), (33, False)])
@pytest.mark.parametrize("is_reversed", [False, True])
def test_chains_of_aliases(
    internals: Internals, length: int, want: bool, is_reversed: bool
) -> None:
    """They are followed in any order, up to a length; names are equal whatever their case."""
    aliases = [f"A{n}. 60 IN CNAME a{n + 1}." for n in range(length)]
    lines = [*aliases[:: -1 if is_reversed else 1], f"a{length}. 60 IN A 192.0.2.1"]
    made = response("a0. A", lines)
    assert classified(internals, made, False)[2] is is_answered(made) is want
