# SPDX-License-Identifier: Apache-2.0
"""What the numbers of a ledger's counters mean; native/surface_observed.h has them."""

from collections.abc import Iterator, Mapping

from resolver._native import lib
from resolver.classify import Class
from resolver.engine.observed import Counted, Recursed, Tallied
from resolver.metrics import Spread
from resolver.tallies import REJECTIONS

PROTOS = ("udp", "tcp")
FAMILIES = (1, 2)
PLUGINS = ("", "cache", "unbound", "acl")  # who answered; the server itself has no name
CAPS = ("flights", "waiters", "client", "suffix")
OTHER = 0  # stands for the types that are not told apart

# The QTYPEs that are told apart (IANA, DNS parameters), in the order of their counters.
TYPES = (1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 46, 47, 48, 50, 64, 65, 251, 252, 255, OTHER)

Group = Mapping[int, int]
"""How much the counters of a group have grown, by their number in it; 0 where nothing stands."""


def of_listener(server: str, group: Group) -> Iterator[Recursed | Tallied]:
    """Yield what was counted of a listener."""
    rejected = {
        reason: group[lib.RN_LISTENER_REJECTED + index]
        for index, reason in enumerate(REJECTIONS)
        if lib.RN_LISTENER_REJECTED + index in group
    }
    late, unsent = group.get(lib.RN_LISTENER_LATE, 0), group.get(lib.RN_LISTENER_UNSENT, 0)
    if rejected or late or unsent:
        yield Tallied(server, rejected, late, unsent)
    recursed = Recursed(
        server,
        _durations(group, lib.RN_LISTENER_DURATIONS),
        _numbered(group, lib.RN_LISTENER_RCODES, lib.RN_RCODES),
        {
            CAPS[index]: count
            for index, count in _numbered(group, lib.RN_LISTENER_CAPPED, len(CAPS)).items()
        },
        group.get(lib.RN_LISTENER_COALESCED, 0),
        group.get(lib.RN_LISTENER_SECURE, 0),
        group.get(lib.RN_LISTENER_BOGUS, 0),
        group.get(lib.RN_LISTENER_MISSED, 0),
    )
    if recursed != Recursed(server):
        yield recursed


def of_row(counted: Counted, group: Group) -> Counted:
    """Set what was counted of a listener, block and zone; return it."""
    counted.dos = group.get(lib.RN_ROW_DO, 0)
    counted.served_stale = group.get(lib.RN_ROW_STALE, 0)
    counted.drops = group.get(lib.RN_ROW_DROPS, 0)
    counted.lost_queries = group.get(lib.RN_ROW_LOST_QUERIES, 0)
    counted.lost_failures = group.get(lib.RN_ROW_LOST_FAILURES, 0)
    counted.durations = _durations(group, lib.RN_ROW_DURATIONS)
    for index, proto in enumerate(PROTOS):
        at = index * lib.RN_SIZES
        for sizes, first in (
            (counted.query_sizes, lib.RN_ROW_QUERY_SIZES),
            (counted.response_sizes, lib.RN_ROW_RESPONSE_SIZES),
        ):
            spread = _spread(group, first + at, lib.RN_SIZES)
            if spread is not None:
                sizes[proto] = spread
    for number, count in _numbered(group, lib.RN_ROW_REQUESTS, _REQUESTS).items():
        ends, qtype = divmod(number, lib.RN_TYPES)
        at, family = divmod(ends, lib.RN_FAMILIES)
        counted.requests[PROTOS[at], FAMILIES[family], TYPES[qtype]] = count
    for number, count in _numbered(group, lib.RN_ROW_RESPONSES, _RESPONSES).items():
        by, rcode = divmod(number, lib.RN_RCODES)
        counted.responses[rcode, PLUGINS[by]] = count
    _set_found(counted, group)
    _set_access(counted, group)
    return counted


def of_acl(counted: Counted, group: Group) -> Counted:
    """Set what acl's rules for a zone did; return it."""
    zone = counted.zone
    for by_zone, index in (
        (counted.blocked, lib.RN_ACL_BLOCKED),
        (counted.filtered, lib.RN_ACL_FILTERED),
        (counted.dropped, lib.RN_ACL_DROPPED),
    ):
        if zone is not None and index in group:
            by_zone[zone] = group[index]
    return counted


_REQUESTS = lib.RN_PROTOS * lib.RN_FAMILIES * lib.RN_TYPES
_RESPONSES = lib.RN_ANSWERERS * lib.RN_RCODES


def _set_found(counted: Counted, group: Group) -> None:
    _, success, denial, missed = (group.get(lib.RN_ROW_FOUND + index, 0) for index in range(4))
    if success:
        counted.hits[Class.SUCCESS] = success
    if denial:
        counted.hits[Class.DENIAL] = denial
    counted.misses = missed


def _set_access(counted: Counted, group: Group) -> None:
    """Set what acl did under the zone of the block: a rule without one, or none at all."""
    allowed, blocked, filtered, dropped, prohibited = (
        group.get(lib.RN_ROW_ACCESS + index, 0) for index in range(5)
    )
    counted.allowed = allowed
    for by_zone, count in (
        (counted.blocked, blocked + prohibited),
        (counted.filtered, filtered),
        (counted.dropped, dropped),
    ):
        if count and counted.zone is not None:
            by_zone[counted.zone] = count


def _numbered(group: Group, first: int, size: int) -> dict[int, int]:
    return {
        number - first: count for number, count in group.items() if first <= number < first + size
    }


def _spread(group: Group, first: int, size: int) -> Spread | None:
    """Return the buckets that begin at `first`, their sum behind them; None if all are 0."""
    *counts, total = [group.get(number, 0) for number in range(first, first + size)]
    return Spread(counts, float(total)) if any(counts) else None


def _durations(group: Group, first: int) -> Spread | None:
    spread = _spread(group, first, lib.RN_DURATIONS)
    return None if spread is None else Spread(spread.counts, spread.total / 1_000_000_000)
