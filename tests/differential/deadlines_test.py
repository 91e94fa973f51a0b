# SPDX-License-Identifier: Apache-2.0
"""Both engines say the same where the servers that they ask say nothing: at each deadline."""

import time
from collections.abc import Iterator

import pytest

from tests.differential.asking import pair
from tests.differential.messages import few_ways, query
from tests.internet import Internet

ZONE = "switch.misbehaving.example."
COREFILE = ". {\n bind 127.0.0.1\n loadbalance\n cache {\n %s\n }\n unbound {\n %s\n }\n}"
PROPERTIES = {
    "nothing stale": "",
    "stale at once": "serve_stale 1h",
    "stale after a second": "serve_stale 1h verify 1s",
    "stale at the deadline": "serve_stale 1h verify",
}


@pytest.fixture
def falling_silent(internet: Internet) -> Iterator[Internet]:
    """Yield the mini internet, whose zone `switch` is as it was afterwards."""
    yield internet
    internet.behave(ZONE, "normal")


@pytest.mark.parametrize("properties", PROPERTIES.values(), ids=PROPERTIES)
def test_servers_that_fall_silent(falling_silent: Internet, properties: str) -> None:
    """What was known before, and has ended; what never was known; who comes when it is late."""
    known = [f"d{n}.ttl60.{ZONE}" for n in range(8)]
    new = [f"e{n}.ttl60.{ZONE}" for n in range(8)]
    corefile = COREFILE % (properties, falling_silent.unbound_properties)
    with pair(corefile, wall_s=time.time()) as compared:
        compared.compare([query(name) for name in known], patience_s=10, is_asked=True)
        falling_silent.behave(ZONE, "silent")
        compared.advance(61_000)
        ways = [few_ways(name) for name in known]
        for way in (0, 2, 3, 5):
            compared.compare(
                [each[way] for each in ways], patience_s=0.2, late_ms=1_500, is_asked=True
            )
        compared.compare(
            [query(name) for name in new], patience_s=0.2, late_ms=1_500, is_asked=True
        )
        compared.compare(
            [query(name) for name in new], patience_s=0.2, late_ms=1_500, is_asked=True
        )
    compared.check(0.2)
