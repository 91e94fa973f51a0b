# SPDX-License-Identifier: Apache-2.0
"""Queries to compare replies to: every way to ask, and what is no good query at all."""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Iterator, Sequence

import dns.rdatatype

from resolver import names

RD, AD, CD, Z = 0x0100, 0x0020, 0x0010, 0x0040
AA, TC, RA = 0x0400, 0x0200, 0x0080
DO = 0x8000
FLAGS = tuple(sum(bits) for bits in itertools.product((RD, 0), (0, AD), (0, CD), (0, Z)))
TYPES = (
    *("A", "NS", "CNAME", "SOA", "PTR", "MX", "TXT", "AAAA", "SRV", "NAPTR", "DNAME", "OPT", "DS"),
    *("RRSIG", "NSEC", "DNSKEY", "NSEC3", "SVCB", "HTTPS", "TKEY", "TSIG", "IXFR", "AXFR"),
    *("MAILB", "MAILA", "ANY", "TYPE0", "TYPE65280", "TYPE65535"),
)
CLASSES = (1, 0, 3, 4, 254, 255, 65535)
SIZES = (0, 1, 511, 512, 513, 800, 1100, 1231, 1232, 1233, 4096, 65535)
OPTIONS = (
    b"",
    struct.pack("!HH", 3, 0),  # NSID
    struct.pack("!HH", 10, 8) + b"a cookie",
    struct.pack("!HHHBB", 8, 7, 1, 24, 0) + bytes((192, 0, 2)),  # ECS
    struct.pack("!HH", 11, 0),  # keepalive
    struct.pack("!HHH", 11, 2, 300),
    struct.pack("!HH", 12, 40) + bytes(40),  # padding
    struct.pack("!HHH", 15, 2, 1),
    struct.pack("!HH", 65001, 1) + b"x",
    struct.pack("!HH", 3, 0) + struct.pack("!HH", 10, 8) + b"a cookie" + struct.pack("!HH", 3, 0),
    struct.pack("!HH", 11, 0) * 64,
)


def opt(size: int = 1232, *, do: bool = False, ttl: int = 0, options: bytes = b"") -> bytes:
    """Return an OPT record."""
    return b"\0" + struct.pack("!HHLH", 41, size, ttl | (DO if do else 0), len(options)) + options


def query(
    name: str,
    qtype: str | int = "A",
    *,
    flags: int = RD,
    qclass: int = 1,
    edns: bytes = b"",
    is_upper: bool = False,
) -> bytes:
    """Return the octets of a query with ID 0. edns: an OPT record, or what stands in its place."""
    number = qtype if isinstance(qtype, int) else int(dns.rdatatype.from_text(qtype))
    qname = names.from_text_as_is(name)
    if is_upper:
        qname = bytes(o - 32 if 97 <= o <= 122 and i % 3 else o for i, o in enumerate(qname))
    head = struct.pack("!HHHHHH", 0, flags, 1, 0, 0, 1 if edns else 0)
    return head + qname + struct.pack("!HH", number, qclass) + edns


EDNS = tuple(
    [b""]
    + [opt(size, do=do) for size in SIZES for do in (False, True)]
    + [opt(options=each, do=do) for each in OPTIONS for do in (False, True)]
)


def ways(name: str, qtype: str = "A") -> list[bytes]:
    """Return one question with all combinations of flags and EDNS."""
    return [
        query(name, qtype, flags=flags, edns=edns, is_upper=(n + len(edns)) % 2 == 1)
        for n, flags in enumerate(FLAGS)
        for edns in EDNS
    ]


def few_ways(name: str, qtype: str = "A") -> list[bytes]:
    """Return one question in the ways in which most clients ask, and two in which they do not."""
    return [
        query(name, qtype),
        query(name, qtype, flags=RD | AD, edns=opt(1232), is_upper=True),
        query(name, qtype, edns=opt(4096, do=True)),
        query(name, qtype, flags=RD | CD, edns=opt(512, do=True)),
        query(name, qtype, flags=RD | CD),
        query(name, qtype, flags=0, edns=opt(1232)),
    ]


def every_type(name: str) -> list[bytes]:
    """Return a name with each type and each class, with and without EDNS."""
    return [
        query(name, qtype, qclass=qclass, edns=edns)
        for qtype in TYPES
        for qclass in (CLASSES if qtype in ("A", "TXT", "ANY") else (1,))
        for edns in (b"", opt(do=True))
    ]


def every_header(name: str) -> list[bytes]:
    """Return a question with each OPCODE, RCODE and flag, and each version of EDNS."""
    heads = [opcode << 11 | flags for opcode in range(16) for flags in (0, RD, RD | CD | AD | Z)]
    heads += [RD | bit for bit in (AA, TC, RA, 1, 2, 5, 15, 0x8000)]
    found = [query(name, flags=flags, edns=edns) for flags in heads for edns in (b"", opt())]
    ttls = [version << 16 for version in (1, 2, 255)] + [0x01000000, 0xFF000000, 0x7FFF, 0xFFFF]
    return found + [query(name, edns=opt(ttl=ttl)) for ttl in ttls]


def malformed(name: str) -> list[bytes]:
    """Return messages in which something is wrong, each in its own way."""
    good, edns = query(name), query(name, edns=opt(options=OPTIONS[2]))
    found = [good[:end] for end in range(len(good))]
    found += [edns[:end] for end in range(len(good), len(edns))]
    found += [good + b"\0", edns + b"\0", good + bytes(500), good + good]
    for counts in itertools.product((0, 1, 2, 65535), (0, 1), (0, 1), (0, 1, 2)):
        found.append(good[:4] + struct.pack("!HHHH", *counts) + good[12:])
        found.append(edns[:4] + struct.pack("!HHHH", *counts) + edns[12:])
    head, tail = good[:12], struct.pack("!HH", 1, 1)
    found += [
        head + b"\xc0\x0c" + tail,
        head + b"\xc0\x0e" + b"\0" + tail,
        head + b"\x03www\xc0\x0c" + tail,
        head + b"\x40" + bytes(64) + tail,
        head + b"\x80a\0" + tail,
        head + b"\x3f" + b"a" * 63 + b"\0" + tail,
        head + (b"\x3f" + b"a" * 63) * 4 + b"\0" + tail,
        head + (b"\x3f" + b"a" * 63) * 3 + b"\x3d" + b"a" * 61 + b"\0" + tail,
        head + (b"\x3f" + b"a" * 63) * 3 + b"\x3e" + b"a" * 62 + b"\0" + tail,
        head + b"\1a" * 127 + b"\0" + tail,
        head + b"\1a" * 128 + b"\0" + tail,
        query(name, edns=opt() + opt())[:11] + b"\2" + query(name, edns=opt() + opt())[12:],
        query(name, edns=b"\1a" + opt()),
        query(name, edns=opt()[:-2] + b"\0\1"),
        query(name, edns=opt(options=b"\0\3\0")),
        query(name, edns=opt(options=b"\0\3\0\5abc")),
        query(name, edns=opt(options=struct.pack("!HH", 11, 0) * 65)),
        query(name, edns=opt(options=struct.pack("!HH", 8, 3) + b"\0\1\40")),
        query(name, edns=b"\0" + struct.pack("!HHLH", 250, 255, 0, 4) + bytes(4)),
        query(name, edns=b"\xc0\x0c" + struct.pack("!HHLH", 1, 1, 60, 4) + bytes(4)),
    ]
    return found


def zipf(questions: Sequence[tuple[str, str]], count: int, rng: random.Random) -> Iterator[bytes]:
    """Yield so many queries, the questions as often as their places say (1, 1/2, 1/3 ...)."""
    weights = [1 / place for place in range(1, len(questions) + 1)]
    for name, qtype in rng.choices(questions, weights, k=count):
        yield query(
            name,
            qtype,
            flags=RD | rng.choice((0, 0, AD, CD)),
            edns=rng.choice((b"", opt(), opt(do=True), opt(4096, options=OPTIONS[2]))),
            is_upper=rng.random() < 0.2,
        )
