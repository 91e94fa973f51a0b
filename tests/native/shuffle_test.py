# SPDX-License-Identifier: Apache-2.0
"""What rn_render shuffles: loadbalance's order, each order as likely, and octets that parse."""

import math
import random
from collections import Counter
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.cache.ageing import aged
from plugins.loadbalance import rules
from resolver import compose, names, wire
from resolver.render import render
from resolver.response import Response
from resolver.testing import response
from resolver.wire import Record
from tests.native.images import Renderer
from tests.native.internals import Internals
from tests.native.render_test import AGED, query_of, read
from tests.native.responses import records

WWW = "www.example.org."
SIGNATURE = "13 3 300 20300101000000 20200101000000 1 example.org. AAAA"
ADDRESSES = [f"{WWW} 60 IN A 192.0.2.{n}" for n in range(4)]
RRSIG = f"{WWW} 60 IN RRSIG A {SIGNATURE}"
MXS = [f"example.org. 60 IN MX {n} mx{n}.example.org." for n in range(3)]
CNAMES = [f"{WWW} 60 IN CNAME a.example.org.", "a.example.org. 60 IN CNAME b.example.org."]
TXT = f"{WWW} 60 IN TXT x"
KEPT, MOVED, WRITTEN = range(3)  # enum rn_order


class Turned(random.Random):
    """Chance by which each list is turned by one, or by none."""

    def __init__(self, by: int) -> None:
        super().__init__(0)
        self._by = by

    def shuffle(self, x: Any) -> None:
        x[:] = x[self._by :] + x[: self._by]


def wanted_order(answer: Response) -> int:
    """Return what rn_order_of is to say: what Python does to the records, however chance falls.

    Of addresses (or MX records) that do not stand in one run, turning moves one into another's.
    """
    with mock.patch.object(compose, "compose", wraps=compose.compose) as written:
        turned = [rules.round_robin(answer, Turned(by)) for by in (0, 1)]
    if written.called:
        return WRITTEN
    return KEPT if all(each is answer for each in turned) else MOVED


def sent(renderer: Renderer, answer: Response, **age: int) -> bytes | None:
    """Return what C sends over TCP."""
    _, asked = renderer.read(query_of(answer.question, is_edns=True))
    manner = renderer.manner(is_udp=False, is_shuffled=True)
    return renderer.render(asked, renderer.image(answer), manner, **age)


def plainly(answer: Response) -> bytes:
    """Return what Python sends over TCP without shuffling."""
    return render(read(query_of(answer.question, is_edns=True)), answer, 65535)


def order_in(octets: bytes, answer: Response) -> list[int]:
    """Return in which order the records of a response stand in what was sent."""
    left = [(index, folded(record)) for index, record in enumerate(answer.records())]
    found = wire.scan(octets, wire.read_question(octets).end)[: len(left)]
    order: list[int] = []
    for record in (folded(wire.read_record(octets, rr)) for rr in found):
        place = next(place for place, (_, known) in enumerate(left) if known == record)
        order.append(left.pop(place)[0])
    return order


def folded(record: Record) -> Record:
    """Return a record with its owner in lower case: the question's own case is the client's."""
    return record._replace(owner=names.lower(record.owner), rdata=names.lower(record.rdata))


def ranks(answer: Response, order: list[int]) -> list[tuple[int, int, int]]:
    """Return section, group and, for what keeps its relative order, index of each record."""
    groups = {wire.CNAME: 0, wire.A: 2, wire.AAAA: 2, wire.MX: 3}
    found: list[tuple[int, int, int]] = []
    for index in order:
        rr = answer.rrs[index]
        group = groups.get(rr.rtype, 1)
        found.append((rr.section, group, index if group < 2 else 0))
    return found


@given(found=records(), seed=st.integers(0, 2**32), seconds=st.sampled_from([0, 30]))
@settings(max_examples=1500, deadline=None)
def test_any_response_is_shuffled_as_in_python(
    internals: Internals, found: list[Record], seed: int, seconds: int
) -> None:
    """C says which orders it can make; what it makes is what Python makes for the same order."""
    answer = Response.from_records(names.from_text(WWW), wire.A, found)
    renderer = Renderer(internals, seed)
    want = wanted_order(answer)
    assert renderer.image(answer).image.order == want
    count = len(answer.rrs)
    octets = sent(renderer, answer, ageing=AGED, seconds=seconds)
    answer = aged(answer, seconds)
    if want == WRITTEN or len(answer.rrs) != count:
        assert octets is None
        return
    assert octets is not None
    order = order_in(octets, answer)
    assert sorted(order) == list(range(count))
    assert ranks(answer, order) == sorted(ranks(answer, order))
    assert octets == plainly(answer.with_order(order))


@pytest.mark.parametrize(
    ("lines", "want"),
    [
        pytest.param([], KEPT, id="nothing"),
        pytest.param(ADDRESSES[:1], KEPT, id="one address"),
        pytest.param(ADDRESSES[:2], MOVED, id="two addresses"),
        pytest.param(MXS[:2], MOVED, id="two MX"),
        pytest.param([*CNAMES, *ADDRESSES], MOVED, id="a chain to addresses"),
        pytest.param([*ADDRESSES, RRSIG], MOVED, id="a signature leaves before the addresses"),
        pytest.param([CNAMES[0], RRSIG, *ADDRESSES, RRSIG], MOVED, id="a signed alias"),
        pytest.param([CNAMES[0], RRSIG, CNAMES[1], RRSIG], WRITTEN, id="a signed chain of two"),
        pytest.param([ADDRESSES[0], CNAMES[0]], WRITTEN, id="an alias behind its address"),
        pytest.param([ADDRESSES[0], TXT], WRITTEN, id="something behind an address"),
        pytest.param([TXT, ADDRESSES[0]], KEPT, id="something before an address"),
        pytest.param([TXT, CNAMES[0]], WRITTEN, id="an alias behind something"),
        pytest.param([MXS[0], ADDRESSES[0]], MOVED, id="an address behind an MX"),
    ],
)
def test_what_can_be_ordered_by_moving(internals: Internals, lines: list[str], want: int) -> None:
    """Only address, MX and RRSIG records move, and only inside a run of such records."""
    answer = response(f"{WWW} ANY", lines)
    assert (Renderer(internals).image(answer).image.order, wanted_order(answer)) == (want, want)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response(f"{WWW} A", ADDRESSES, rcode="NXDOMAIN"), id="an error"),
        pytest.param(response(f"{WWW} AXFR", ADDRESSES), id="a zone transfer"),
        pytest.param(response(f"{WWW} IXFR", ADDRESSES), id="an incremental one"),
        pytest.param(response(f"{WWW} A", [CNAMES[0]], additional=ADDRESSES[:1]), id="one of each"),
    ],
)
def test_what_is_not_shuffled(internals: Internals, answer: Response) -> None:
    """Only NOERROR is, and no transfer."""
    renderer = Renderer(internals)
    assert {sent(renderer, answer) for _ in range(20)} == {plainly(answer)}


def test_what_no_list_says_keeps_its_order(internals: Internals) -> None:
    """Without loadbalance nothing is shuffled."""
    answer = response(f"{WWW} A", ADDRESSES)
    renderer = Renderer(internals)
    _, asked = renderer.read(query_of(answer.question, is_edns=True))
    manner = renderer.manner(is_udp=False)
    assert renderer.render(asked, renderer.image(answer), manner) == plainly(answer)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response(f"{WWW} A", ADDRESSES), id="4 addresses"),
        pytest.param(response("example.org. MX", MXS), id="3 MX"),
        pytest.param(
            response(f"{WWW} A", [*CNAMES, *ADDRESSES[:2], *MXS], additional=ADDRESSES[2:]),
            id="2 addresses, 3 MX, 2 more addresses",
        ),
        pytest.param(response(f"{WWW} A", [*ADDRESSES[:3], RRSIG]), id="3 signed addresses"),
    ],
)
def test_each_order_is_as_likely(internals: Internals, answer: Response) -> None:
    """As many of each as chance allows (chi squared, within 5 standard deviations)."""
    renderer = Renderer(internals, seed=20)
    counts = Counter[tuple[int, ...]]()
    groups = Counter(
        (section, group)
        for section, group, _ in ranks(answer, list(range(len(answer.rrs))))
        if group > 1
    )
    orders = math.prod(math.factorial(count) for count in groups.values())
    draws = orders * 300
    for _ in range(draws):
        octets = sent(renderer, answer)
        assert octets is not None
        counts[tuple(order_in(octets, answer))] += 1
    assert len(counts) == orders
    chi_squared = sum((count - 300) ** 2 / 300 for count in counts.values())
    assert chi_squared < (orders - 1) + 5 * math.sqrt(2 * (orders - 1))


def test_more_records_than_c_orders_are_left_to_the_chain(internals: Internals) -> None:
    """4096 are ordered here."""
    a = Record(wire.ANSWER, names.ROOT, wire.A, 1, 60, bytes(4))
    for count, want in ((4096, MOVED), (4097, WRITTEN)):
        answer = Response.from_records(names.ROOT, wire.A, [a] * count)
        assert Renderer(internals).image(answer).image.order == want
