# SPDX-License-Identifier: Apache-2.0
"""What is asked: each workload as its queries, and what a right response to them has."""

import random
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from bench.mix import A, Asked, zipf
from bench.world import CACHED_NAMES, SIGNED, UNSIGNED

NOERROR, NXDOMAIN = 0, 3
EITHER = 255  # of the two, in words of load.c
MIXED = 20000  # questions of the mix

_HEADER = struct.Struct("!HHHHHH")
_RD = 0x0100
_IN = 1
_OPT = struct.Struct("!BHHIH")
_DO = 0x8000


@dataclass(frozen=True, slots=True)
class Workload:
    """One row of the table.

    below: the names are numbers below it. prefix: what stands before the number in a name.
    is_cached: the same so many names again and again, else each once: `share` of the names that a
    round has for misses. is_mixed: the mini internet's names instead, by Zipf's law.
    """

    name: str
    below: str = ""
    prefix: str = "n"
    is_cached: bool = True
    do: bool = False
    is_tcp: bool = False
    rcode: int = NOERROR
    answers: int = 1
    share: float = 1.0
    series: str = ""
    names: int = CACHED_NAMES
    is_mixed: bool = False

    @property
    def is_secure(self) -> bool:
        """Whether the AD bit is to be set: signed, and asked for with DO."""
        return self.do and self.below.endswith(SIGNED)

    def cached_queries(self) -> bytes:
        """Return the queries that are repeated."""
        if self.is_mixed:
            return pack(zipf(MIXED, random.Random(MIXED)))
        return self.fresh_queries(0, self.names)

    def fresh_queries(self, first: int, count: int) -> bytes:
        """Return queries for so many names, from one on."""
        names = (f"{self.prefix}{n}{self.series}.{self.below}" for n in range(first, first + count))
        return pack(Asked(name, A, self.do) for name in names)


HIT = Workload("hit, 1 address", f"one.{UNSIGNED}")
MISS = Workload("miss, unsigned", f"fresh.{UNSIGNED}", "f", is_cached=False, series="u")
WORKLOADS = (
    HIT,
    Workload("hit, 4 addresses", f"four.{UNSIGNED}", answers=4),
    Workload("hit, 1 address, signed, DO", f"one.{SIGNED}", do=True, answers=2),
    Workload("hit, 4 addresses, signed, DO", f"four.{SIGNED}", do=True, answers=5),
    Workload("hit, NXDOMAIN", f"none.{UNSIGNED}", rcode=NXDOMAIN, answers=0),
    Workload("hit, NXDOMAIN, signed, DO", f"none.{SIGNED}", do=True, rcode=NXDOMAIN, answers=0),
    Workload("hit, Zipf mix", is_mixed=True, rcode=EITHER, answers=0, names=MIXED),
    Workload("hit, 1 address, TCP", f"one.{UNSIGNED}", is_tcp=True),
    MISS,
    Workload("miss, unsigned, TCP", f"fresh.{UNSIGNED}", "f", False, is_tcp=True, series="t"),
    Workload(
        "miss, signed, DO", f"fresh.{SIGNED}", "f", is_cached=False, do=True, answers=2, share=0.5
    ),
)


def of_many_names(names: int) -> Workload:
    """Return hits of so many names."""
    return Workload(f"hit, {names // 1000}k names", f"one.{UNSIGNED}", "k", names=names)


def pack(queries: Iterable[Asked]) -> bytes:
    """Return queries, each behind its length."""
    wires = (query(*asked) for asked in queries)
    return b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires)


def query(name: str, qtype: int = A, do: bool = False) -> bytes:
    """Return a query with an OPT record, RD set and ID 0."""
    labels = [label for label in name.encode("latin-1").split(b".") if label]
    qname = b"".join(bytes((len(label),)) + label for label in labels) + b"\x00"
    return (
        _HEADER.pack(0, _RD, 1, 0, 0, 1)
        + qname
        + struct.pack("!HH", qtype, _IN)
        + _OPT.pack(0, 41, 1232, _DO if do else 0, 0)
    )
