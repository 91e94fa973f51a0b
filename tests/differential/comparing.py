# SPDX-License-Identifier: Apache-2.0
"""What two replies to one question have to have in common, and what they may differ in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from resolver import wire
from resolver.errors import WireError
from resolver.wire import Record

AGED_S = 10  # seconds between two servers, on a machine that has much to do
_WHY = re.compile(rb"(..)(?=..validation failure <)|(?<=>): .*", re.DOTALL)
SHUFFLED = (wire.A, wire.AAAA, wire.MX)  # records that `loadbalance` moves among themselves


class Decoded(NamedTuple):
    """A reply, taken apart. opt: class, TTL field, options. records: of three sections."""

    header: bytes
    question: bytes
    records: tuple[tuple[Record, ...], ...]
    opt: tuple[int, int, bytes] | None


def decoded(octets: bytes) -> Decoded:
    """Return what a reply says; the names in it are not compressed any more.

    Raises WireError if it is no message.
    """
    counts = wire.SIX_WORDS.unpack_from(octets)[2:]
    end = wire.HEADER_OCTETS
    if counts[0]:
        end = wire.read_question(octets).end
    rrs = wire.scan(octets, end)
    if rrs and rrs[-1].end != len(octets) or not rrs and end != len(octets):
        raise WireError("octets beyond the last record")
    records = [wire.read_record(octets, each) for each in rrs]
    opts = [each for each in records if each.rtype == wire.OPT]
    assert len(opts) <= 1
    return Decoded(
        octets[:4],
        octets[wire.HEADER_OCTETS : end],
        tuple(
            tuple(each for each in records if each.section == number and each.rtype != wire.OPT)
            for number in (1, 2, 3)
        ),
        (opts[0].rclass, opts[0].ttl, opts[0].rdata) if opts else None,
    )


def _settled(records: Sequence[Record]) -> list[Record]:
    """Return records with those that a shuffle may have moved in an order of their own."""
    found: list[Record] = []
    run: list[Record] = []
    for record in records:
        if record.rtype in SHUFFLED:
            run.append(record)
            continue
        found += [*sorted(run), record]
        run = []
    return found + sorted(run)


def _is_alike(python: Decoded, native: Decoded) -> bool:
    """Return whether answer and authority are the same but for TTLs that AGED_S accounts for.

    In which order libunbound puts a proof together depends on what of it was there already.
    """
    ours, theirs = (
        [
            *_settled(each.records[0]),
            *sorted(each.records[1], key=lambda record: record._replace(ttl=0)),
        ]
        for each in (native, python)
    )
    return len(ours) == len(theirs) and all(
        one._replace(ttl=0) == other._replace(ttl=0) and abs(one.ttl - other.ttl) <= AGED_S
        for one, other in zip(ours, theirs, strict=True)
    )


def _without_servers(opt: tuple[int, int, bytes] | None) -> tuple[int, int, bytes] | None:
    """Return an OPT record whose EDE says what failed, and not at which server."""
    return None if opt is None else (*opt[:2], _WHY.sub(b"", opt[2]))


def difference(python: bytes | None, native: bytes | None, is_asked: bool = False) -> str | None:
    """Return how the native engine's reply differs from the python engine's; None: it does not.

    A None for octets is a question without a reply. is_asked: each has asked other servers, so what
    depends on which, and when, and what else libunbound knew by then, is not compared.
    """
    if python == native:
        return None
    if python is None or native is None:
        return "only one of them answered"
    theirs, ours = decoded(python), decoded(native)
    if is_asked:
        theirs, ours = (each._replace(opt=_without_servers(each.opt)) for each in (theirs, ours))
    elif len(native) > len(python):
        return f"{len(native)} octets, not {len(python)}"
    for field in ("header", "question", "opt"):
        if getattr(ours, field) != getattr(theirs, field):
            return f"{field}: {getattr(ours, field)!r}, not {getattr(theirs, field)!r}"
    one, other = (list(map(_settled, each.records)) for each in (theirs, ours))
    if one == other or is_asked and _is_alike(theirs, ours):
        return None
    return f"{other!r}, not {one!r}"
