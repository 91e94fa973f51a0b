# SPDX-License-Identifier: Apache-2.0
"""Both engines say the same: what is kept, at each age of it, asked in every way."""

import pytest

from tests.differential.asking import pair
from tests.differential.content import ORIGIN, SHAPES, setup
from tests.differential.corefiles import BLOCKS, CACHES, IPV6, PLAIN
from tests.differential.messages import every_header, every_type, few_ways, malformed, query, ways

MORE = {"played": setup}
KEPT = [(f"{label}.{ORIGIN}", qtype) for label, shape in SHAPES.items() for qtype in shape.qtypes]
# From one round to the next.
AGES_MS = (0, 1, 999, 17_500, 2_000, 10_000, 25_000, 300_000, 1_900_000, 3_700_000)
# Where less than 60 % of the answers are natively given: much is not kept, or renewed by the chain.
FEWER = {
    "a zone": 0.03,
    "nothing of two kinds": 0.45,
    "prefetch": 0.45,
    "prefetch late": 0.45,
    "prefetch by count": 0.45,
    "prefetch and stale": 0.45,
}
# What acl drops: one MX question in two ways, of three clients by UDP and one by TCP, twice.
UNANSWERED = {"acl": 16}


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_every_way_to_ask(tcp: bool) -> None:
    """Flags, EDNS, OPCODEs, types and classes; the first answer, and those that are kept."""
    messages = [
        *ways(f"four.{ORIGIN}"),
        *ways(f"text.{ORIGIN}", "TXT"),
        *ways(f"secure.{ORIGIN}"),
        *ways(f"servfail.{ORIGIN}"),
        *every_type(f"secure.{ORIGIN}"),
        *every_header(f"one.{ORIGIN}"),
        *malformed(f"one.{ORIGIN}"),
    ]
    with pair(PLAIN, more=MORE) as compared:
        compared.compare_ways([few_ways(*question) for question in KEPT])
        for by_ms in (0, 1500):
            compared.advance(by_ms)
            compared.compare(messages, tcp=tcp)
    compared.check(0.7)


@pytest.mark.parametrize("name", CACHES)
def test_every_property_of_cache(name: str) -> None:
    """Fresh, aged, near their end and past it: each answer has the same TTLs and the same EDEs."""
    cache = CACHES[name]
    corefile = PLAIN.replace("cache", cache)
    asked = [few_ways(*question) for question in KEPT]
    with pair(corefile, more=MORE) as compared:
        for by_ms in AGES_MS:
            compared.advance(by_ms)
            compared.compare_ways(asked)
            if "prefetch" in cache:  # who is first among equals would decide when it is renewed
                compared.compare_ways(asked)
                continue
            for _ in range(4):
                compared.compare([message for ways in asked for message in ways])
    compared.check(FEWER.get(name, 0.6))


@pytest.mark.parametrize("name", BLOCKS)
def test_other_plugins(name: str) -> None:
    """Clients of several addresses, with plugins ahead of the cache and behind it."""
    ways = [
        few_ways(*question)
        for question in [
            *KEPT,
            (f"alias.{ORIGIN}", "A"),
            (f"made.{ORIGIN}", "A"),
            (f"hosted.{ORIGIN}", "A"),
            (f"hosted.{ORIGIN}", "AAAA"),
            (f"four.{ORIGIN}", "AAAA"),
            ("localhost", "A"),
            ("www.example.net", "A"),
            ("example", "DS"),
            (ORIGIN, "DS"),
            (".", "NS"),
        ]
    ]
    asked = every_type(f"one.{ORIGIN}")
    asked += [query("version.bind", "TXT", qclass=3), query("authors.bind", "TXT", qclass=3)]
    with pair(BLOCKS[name], more=MORE) as compared:
        for by_ms in (0, 2000):
            compared.advance(by_ms)
            for source in ("127.0.0.1", "127.0.0.2", "127.0.0.5"):
                compared.compare_ways(ways, source=source)
                compared.compare(asked, source=source)
            compared.compare_ways(ways, tcp=True)
            compared.compare(asked, tcp=True)
    compared.check(0.0, unanswered=UNANSWERED.get(name, 0))


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_clients_by_ipv6(tcp: bool) -> None:
    """What acl and views say of IPv6 addresses, and messages as long as IPv6 lets them be."""
    with pair(IPV6, more=MORE) as compared:
        for _ in range(2):
            ways = [few_ways(*question) for question in KEPT]
            compared.compare_ways(ways, source="::1", tcp=tcp)
    compared.check(0.3)
