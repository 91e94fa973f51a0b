# SPDX-License-Identifier: Apache-2.0
"""Malformed packets: what is wrong with each is chosen at random, by a seed."""

import random
import struct

from bench.workloads import query

_NAMES = ("www.example.org.", "n1.one.bench.example.net.", "a30.example.net.", ".", "x" * 63 + ".")
_HEADER = 12


def packets(count: int, seed: int) -> bytes:
    """Return so many packets, each behind its length. Few of them are well-formed."""
    rng = random.Random(seed)
    kinds = (_cut, _flipped, _noise, _counted, _pointing, _overlong, _optioned, _response)
    made = (rng.choice(kinds)(rng)[:1400] for _ in range(count))
    return b"".join(len(packet).to_bytes(2, "big") + packet for packet in made)


def _good(rng: random.Random) -> bytearray:
    packet = bytearray(query(rng.choice(_NAMES), rng.choice((1, 28, 15, 255)), rng.random() < 0.5))
    packet[:2] = rng.randbytes(2)
    return packet


def _cut(rng: random.Random) -> bytes:
    """End somewhere."""
    packet = _good(rng)
    return bytes(packet[: rng.randrange(len(packet))])


def _flipped(rng: random.Random) -> bytes:
    """Have some octets be others."""
    packet = _good(rng)
    for _ in range(rng.randint(1, 8)):
        packet[rng.randrange(len(packet))] = rng.randrange(256)
    return bytes(packet)


def _noise(rng: random.Random) -> bytes:
    """Be noise, with or without the header of a query."""
    return rng.choice((b"", bytes(_good(rng)[:_HEADER]))) + rng.randbytes(rng.randrange(600))


def _counted(rng: random.Random) -> bytes:
    """Announce other numbers of records than there are."""
    packet = _good(rng)
    packet[4:_HEADER] = struct.pack("!4H", *(rng.choice((0, 1, 2, 65535)) for _ in range(4)))
    return bytes(packet)


def _pointing(rng: random.Random) -> bytes:
    """Have a name point to itself, forwards, behind the end, or to the next pointer."""
    target = rng.choice((_HEADER, _HEADER + 1, _HEADER + 2, 200, 0x3FFF, 0))
    pointers = struct.pack("!H", 0xC000 | target) * rng.choice((1, 2, 100))
    return bytes(_good(rng)[:_HEADER]) + pointers + b"\x00\x01\x00\x01"


def _overlong(rng: random.Random) -> bytes:
    """Have a name of more than 255 octets, or a label of a kind that is not in use."""
    label = bytes((rng.choice((63, 63, 64, 128)),)) + b"a" * 63
    return bytes(_good(rng)[:_HEADER]) + label * rng.randint(4, 20) + b"\x00\x00\x01\x00\x01"


def _optioned(rng: random.Random) -> bytes:
    """Have EDNS options that lie about their length, a second OPT record, or a strange version."""
    packet = _good(rng)
    option = struct.pack("!HH", rng.choice((3, 8, 10, 12, 15)), rng.randrange(65536))
    data = option + rng.randbytes(rng.randrange(40))
    length = rng.choice((len(data), len(data) + 9, 65535))
    opt = struct.pack("!BHHIH", 0, 41, rng.randrange(65536), rng.getrandbits(32), length) + data
    packet[10:_HEADER] = struct.pack("!H", 2)
    return bytes(packet) + opt * rng.randint(1, 3)


def _response(rng: random.Random) -> bytes:
    """Be a response, or have an opcode that nobody serves."""
    packet = _good(rng)
    packet[2] = rng.choice((0x80, 0x84, 0x28, 0x78, 0x20))
    return bytes(packet)
