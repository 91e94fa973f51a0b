# SPDX-License-Identifier: Apache-2.0
"""The order of records: which move, which keep their places, and how often each comes first."""

import ipaddress
import random
from collections import Counter
from collections.abc import MutableSequence
from typing import Any

import pytest

from plugins.loadbalance import rules
from resolver import names, wire
from resolver.response import Response
from resolver.testing import response

NAME = "www.example.org."
SECTIONS = ("answer", "authority", "additional")
SIGNATURE = "RRSIG A 13 2 60 20300101000000 20250101000000 1 example.org. YWFhYQ=="
RECORDS = {
    "cname": "alias.example.org. 60 IN CNAME www.example.org.",
    "a1": f"{NAME} 60 IN A 192.0.2.1",
    "a2": f"{NAME} 60 IN A 192.0.2.2",
    "a3": f"{NAME} 60 IN A 198.51.100.3",
    "aaaa": f"{NAME} 60 IN AAAA 2001:db8::1",
    "mx1": f"{NAME} 60 IN MX 1 mx1.example.org.",
    "mx2": f"{NAME} 60 IN MX 1 mx2.example.org.",
    "rrsig": f"{NAME} 60 IN {SIGNATURE}",
    "ns1": "example.org. 60 IN NS ns1.example.org.",
    "ns2": "example.org. 60 IN NS ns2.example.org.",
}


class Backwards(random.Random):
    """Chance that turns lists round and draws the heaviest."""

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """Reverse."""
        x.reverse()


def given(words: str, section: str = "answer") -> Response:
    """Return a response with the records of these words in one section."""
    lines = [RECORDS[word] for word in words.split()]
    return response(f"{NAME} A", *(lines if name == section else [] for name in SECTIONS))


def words(response: Response) -> str:
    """Return the words for a response's records."""
    return " ".join(WORD_OF[record[1:]] for record in response.records())


# a record without its section, to its word
WORD_OF = {given(word).records()[0][1:]: word for word in RECORDS}


@pytest.mark.parametrize(
    "before, after",
    [
        pytest.param("a1", "a1", id="one record"),
        pytest.param("a1 a2 a3", "a3 a2 a1", id="addresses"),
        pytest.param("a1 aaaa", "aaaa a1", id="A and AAAA among each other"),
        pytest.param("mx1 mx2", "mx2 mx1", id="mail exchangers"),
        pytest.param("a1 rrsig a2", "rrsig a2 a1", id="the rest goes ahead of addresses"),
        pytest.param("a1 mx1 a2 cname mx2", "cname a2 a1 mx2 mx1", id="CNAME first, MX last"),
        pytest.param("ns1 ns2", "ns1 ns2", id="name servers keep their order"),
    ],
)
@pytest.mark.parametrize("section", SECTIONS)
def test_round_robin(section: str, before: str, after: str) -> None:
    """CNAME, the rest, addresses, MX; addresses and MX are shuffled, in every section."""
    assert words(rules.round_robin(given(before, section), Backwards())) == after


@pytest.mark.parametrize(
    "networks, before, after",
    [
        pytest.param("198.51.100.0/24", "a1 a2 a3", "a3 a1 a2", id="the preferred one first"),
        pytest.param("2001:db8::/32 192.0.2.2/32", "a1 a2 aaaa", "aaaa a2 a1", id="in order"),
        pytest.param("203.0.113.0/24", "a1 a2", "a1 a2", id="none matches"),
        pytest.param("192.0.2.0/24", "rrsig a3 mx1 a1", "a1 a3 mx1 rrsig", id="the rest last"),
    ],
)
def test_prefer(networks: str, before: str, after: str) -> None:
    """CNAME, addresses by their first network, MX, the rest."""
    parsed = [ipaddress.ip_network(word) for word in networks.split()]
    assert words(rules.prefer(given(before), parsed)) == after


def test_prefer_leaves_the_authority_section() -> None:
    """Answer and additional only."""
    before = given("a1 a3", "authority")
    assert rules.prefer(before, [ipaddress.ip_network("198.51.100.0/24")]) == before


@pytest.mark.parametrize(
    "weights, shares",
    [
        pytest.param({}, {"a1": 1, "a2": 1, "a3": 1}, id="unknown addresses weigh 1"),
        pytest.param({"192.0.2.2": 8}, {"a1": 1, "a2": 8, "a3": 1}, id="one is heavy"),
    ],
)
def test_weighted(weights: dict[str, int], shares: dict[str, int]) -> None:
    """Each address leads in proportion to its weight; it trades places with the first."""
    table = {names.from_text(NAME): {ipaddress.ip_address(a).packed: w for a, w in weights.items()}}
    rng, count = random.Random(7), 6000
    seen = Counter(words(rules.weighted(given("a1 a2 a3"), table, rng)) for _ in range(count))
    assert set(seen) == {"a1 a2 a3", "a2 a1 a3", "a3 a2 a1"}
    total = sum(shares.values())
    for order, times in seen.items():
        assert abs(times / count - shares[order.split()[0]] / total) < 0.03


def test_every_order_of_round_robin_is_as_likely_as_the_others() -> None:
    """Six orders of three addresses."""
    rng, count = random.Random(7), 6000
    seen = Counter(words(rules.round_robin(given("a1 a2 aaaa"), rng)) for _ in range(count))
    assert len(seen) == 6
    assert all(abs(times / count - 1 / 6) < 0.03 for times in seen.values())


def test_what_was_given_is_not_altered() -> None:
    """The cache holds it."""
    before = given("a1 a2 a3")
    octets = before.wire
    after = rules.round_robin(before, Backwards())
    assert before.wire == octets and after.wire != octets
    assert after.rrs == wire.scan(after.wire, after.question.end)
