# SPDX-License-Identifier: Apache-2.0
"""Both engines say the same to what tests have asked, to what is damaged, and to any octets."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.differential.asking import pair
from tests.differential.content import ORIGIN, SHAPES, setup
from tests.differential.corefiles import BLOCKS, PLAIN
from tests.differential.messages import query
from tests.differential.recording import ASKED
from tests.native.queries import any_octets, flags, opt

MORE = {"played": setup}
RECORDED = [bytes.fromhex(line) for line in ASKED.read_text().split()]
NAMES = [f"{label}.{ORIGIN}" for label in SHAPES]

kept = st.builds(
    query,
    st.sampled_from(NAMES),
    st.sampled_from(["A", "TXT", "MX", "ANY"]),
    flags=flags,
    edns=st.one_of(st.just(b""), opt()),
    is_upper=st.booleans(),
)


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_what_tests_have_asked(tcp: bool) -> None:
    """Each query of each kind that a test of this repository asks a server."""
    corefiles = [PLAIN, BLOCKS["answers beside"], BLOCKS["header and sizes"]]
    for corefile in corefiles:
        with pair(corefile, more=MORE) as compared:
            for by_ms in (0, 0, 3_000, 70_000):
                compared.advance(by_ms)
                compared.compare(RECORDED, tcp=tcp)
        compared.check(0.1)


def damaged(rng: random.Random) -> bytes:
    """Return one of those queries with a few octets changed, cut or added."""
    octets = bytearray(rng.choice(RECORDED))
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(octets))
        match rng.randrange(4):
            case 0:
                octets[at] ^= 1 << rng.randrange(8)
            case 1:
                octets[at] = rng.randrange(256)
            case 2 if len(octets) > 13:
                del octets[at : at + rng.randint(1, 8)]
                octets = octets or bytearray(1)
            case _:
                octets[at:at] = rng.randbytes(rng.randint(1, 8))
    return bytes(octets)


@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_what_is_damaged(tcp: bool) -> None:
    """Octets that were changed on the way."""
    rng = random.Random(8)
    with pair(PLAIN, more=MORE) as compared:
        compared.compare([damaged(rng) for _ in range(2_000)], tcp=tcp, patience_s=0.3)
    compared.check(0.1)


def test_anything() -> None:
    """Octets of any kind, and queries with flags and options of any kind for what is kept."""
    with pair(PLAIN, more=MORE) as compared:
        compared.compare([query(name) for name in NAMES])

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(any_octets | kept, min_size=20, max_size=48))
        def hold(messages: list[bytes]) -> None:
            compared.compare(messages, patience_s=0.3)

        hold()
    compared.check(0.2)
