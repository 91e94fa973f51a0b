# SPDX-License-Identifier: Apache-2.0
"""A mix of questions like a house's: few names are asked for often, many now and then (Zipf's law).

The names are those of the mini internet that exist and resolve, and some that do not exist, of
signed and unsigned zones. What is bogus, slow or broken there is left out: this is about hits.
"""

import itertools
import random
from typing import NamedTuple

A, NS, MX, TXT, AAAA, HTTPS = 1, 2, 15, 16, 28, 65


class Asked(NamedTuple):
    """One question, and whether with DO."""

    name: str
    qtype: int = A
    do: bool = False


_GREAT = ("example.org.", "example.com.", "example.net.")
_SMALL = ("secure.example.org.", "insecure.example.org.", "unsigned.com.", "ed25519.example.")
_DO_SHARE = 0.3


def zipf(count: int, rng: random.Random) -> list[Asked]:
    """Return so many questions, where the nth most frequent one is asked for 1/n as often."""
    population = _population()
    rng.shuffle(population)
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(population) + 1)))
    return rng.choices(population, cum_weights=weights, k=count)


def _population() -> list[Asked]:
    asked = [Asked(zone, qtype) for zone in _GREAT + _SMALL for qtype in (NS, MX, A)]
    for zone in _GREAT:
        for host in ("www", "mail", "three", "alias", "alias2"):
            asked += (Asked(f"{host}.{zone}", qtype) for qtype in (A, AAAA, HTTPS))
        for number in range(100):
            asked += (
                Asked(f"h{number}.wild.{zone}"),
                Asked(f"no{number}.{zone}", A),
                Asked(f"no{number}.{zone}", AAAA),
            )
    for zone in ("example.org.", "example.net."):
        for number in range(1, 14):
            asked += (Asked(f"a{number}.{zone}"), Asked(f"aaaa{number}.{zone}", AAAA))
            asked.append(Asked(f"mx{number}.{zone}", MX))
    asked += (Asked(f"www.{zone}", qtype) for zone in _SMALL for qtype in (A, AAAA, TXT))
    # every third one as a validating client would ask
    return [one._replace(do=number % 10 < _DO_SHARE * 10) for number, one in enumerate(asked)]
