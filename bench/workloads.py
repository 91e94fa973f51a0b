# SPDX-License-Identifier: Apache-2.0
"""What is asked: each workload as its queries, and what a right response to them has."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from bench.world import CACHED_NAMES, SIGNED, UNSIGNED

NOERROR, NXDOMAIN = 0, 3

_HEADER = struct.Struct("!HHHHHH")
_RD = 0x0100
_A, _IN = 1, 1
_OPT = struct.Struct("!BHHIH")
_DO = 0x8000


@dataclass(frozen=True, slots=True)
class Workload:
    """One row of the table.

    below: the names are numbers below it. prefix: what stands before the number in a name.
    is_cached: the same 1000 names again and again, else each once: `share` of the names that a
    round has for misses.
    """

    name: str
    below: str
    prefix: str = "n"
    is_cached: bool = True
    do: bool = False
    is_tcp: bool = False
    rcode: int = NOERROR
    answers: int = 1
    share: float = 1.0
    series: str = ""

    @property
    def is_secure(self) -> bool:
        """Whether the AD bit is to be set: signed, and asked for with DO."""
        return self.do and self.below.endswith(SIGNED)

    def cached_queries(self) -> bytes:
        """Return the queries that are repeated."""
        return pack((f"{self.prefix}{n}.{self.below}" for n in range(CACHED_NAMES)), self.do)

    def fresh_queries(self, first: int, count: int) -> bytes:
        """Return queries for so many names that were not asked for before."""
        names = (f"{self.prefix}{n}{self.series}.{self.below}" for n in range(first, first + count))
        return pack(names, self.do)


WORKLOADS = (
    Workload("hit, 1 address", f"one.{UNSIGNED}"),
    Workload("hit, 4 addresses", f"four.{UNSIGNED}", answers=4),
    Workload("hit, 1 address, signed, DO", f"one.{SIGNED}", do=True, answers=2),
    Workload("hit, 4 addresses, signed, DO", f"four.{SIGNED}", do=True, answers=5),
    Workload("hit, NXDOMAIN", f"none.{UNSIGNED}", rcode=NXDOMAIN, answers=0),
    Workload("hit, NXDOMAIN, signed, DO", f"none.{SIGNED}", do=True, rcode=NXDOMAIN, answers=0),
    Workload("hit, 1 address, TCP", f"one.{UNSIGNED}", is_tcp=True),
    Workload("miss, unsigned", f"fresh.{UNSIGNED}", "f", is_cached=False, series="u"),
    Workload("miss, unsigned, TCP", f"fresh.{UNSIGNED}", "f", False, is_tcp=True, series="t"),
    Workload(
        "miss, signed, DO", f"fresh.{SIGNED}", "f", is_cached=False, do=True, answers=2, share=0.5
    ),
)


def pack(names: Iterable[str], do: bool) -> bytes:
    """Return queries for the addresses of names, each behind its length."""
    queries = (query(name, do) for name in names)
    return b"".join(len(wire).to_bytes(2, "big") + wire for wire in queries)


def query(name: str, do: bool) -> bytes:
    """Return a query for the addresses of a name, with an OPT record, RD set and ID 0."""
    labels = name.rstrip(".").encode().split(b".")
    qname = b"".join(bytes((len(label),)) + label for label in labels) + b"\x00"
    return (
        _HEADER.pack(0, _RD, 1, 0, 0, 1)
        + qname
        + struct.pack("!HH", _A, _IN)
        + _OPT.pack(0, 41, 1232, _DO if do else 0, 0)
    )
