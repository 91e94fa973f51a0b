# SPDX-License-Identifier: Apache-2.0
"""What observers are told of queries that were served without the chain.

The chain tells an observer of a query by running through it. Where it does not run, counters are
kept and events are noted; a handler that would have seen the queries takes them here.

    CountsObserver     sums, before metrics are read (prometheus, cache, acl)
    RejectionsObserver sums of what no chain was asked about (prometheus)
    RecursionObserver  sums of what recursion did (unbound)
    EventObserver      each query, or each failure, soon after it (log, errors)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, Protocol, runtime_checkable

from resolver import names
from resolver.block import Block
from resolver.classify import Class
from resolver.metrics import Spread
from resolver.request import Transport

FAILURES = (
    "",
    "plugin/unbound: too many queries in flight",
    "plugin/unbound: no answer in time",
)  # texts of ResolverErrors, by Event.failure


@dataclass(slots=True)
class Counted:
    """Queries of one listener, block and zone, counted since the last time.

    server: the listener's name. block and zone are None if no chain was to be asked. requests: by
    proto, address family (1 or 2) and QTYPE (0: one that is not told apart). dos: with the DO bit.
    durations: in seconds; sizes: in octets, by proto. responses: by RCODE and the plugin that
    answered. looked_up: that `cache` looked for, `hits` of them found (stale data too), `misses`
    not; drops: responses that did not fit. allowed, blocked, filtered, dropped: by acl, the last
    three by the zone of its rule.
    """

    server: str
    block: Block | None
    zone: bytes | None
    requests: dict[tuple[str, int, int], int] = field(default_factory=dict)
    dos: int = 0
    durations: Spread | None = None
    query_sizes: dict[str, Spread] = field(default_factory=dict)
    response_sizes: dict[str, Spread] = field(default_factory=dict)
    responses: dict[tuple[int, str], int] = field(default_factory=dict)
    hits: dict[Class, int] = field(default_factory=dict)
    misses: int = 0
    served_stale: int = 0
    drops: int = 0
    allowed: int = 0
    blocked: dict[bytes, int] = field(default_factory=dict)
    filtered: dict[bytes, int] = field(default_factory=dict)
    dropped: dict[bytes, int] = field(default_factory=dict)
    lost_queries: int = 0
    lost_failures: int = 0

    @property
    def view(self) -> str:
        """The name of the view."""
        return self.block.view if self.block is not None else ""

    @property
    def looked_up(self) -> int:
        """How many queries `cache` looked for an answer to."""
        return self.misses + sum(self.hits.values())


@dataclass(slots=True)
class Recursed:
    """Recursions for the queries of one listener, since the last time.

    durations: in seconds, until the answer or the query's deadline. refused: by reason (see
    resolver.types.Refused). rcodes: of responses.
    """

    server: str
    durations: Spread | None = None
    rcodes: dict[int, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    coalesced: int = 0
    secure: int = 0
    bogus: int = 0
    deadline_missed: int = 0


@dataclass(frozen=True, slots=True)
class Tallied:
    """What else happened to one listener, since the last time; see resolver.tallies."""

    server: str
    rejected: Mapping[str, int]
    deadlines: int = 0
    unsent: int = 0


class Place(NamedTuple):
    """Where a query was served: its listener's name, its block, and the zone that it matched.

    observers: those of the block that want events, in the order of the chain.
    """

    server: str
    block: Block
    zone: bytes
    observers: tuple[EventObserver, ...] = ()


class Event(NamedTuple):
    """One query that was served, or failed, without the chain.

    query: its octets. client, local: host and port. response_class, response_size, flags, rcode: of
    the response before truncation, the flags the header's second word without RCODE; nothing of it
    holds unless `is_sent`. plugin: who answered, empty for the server. failure: an index of
    FAILURES, 0 for none.
    """

    place: Place
    query: bytes
    qname: bytes
    qtype: int
    qclass: int
    do: bool
    payload_size: int | None
    client: tuple[str, int]
    local: tuple[str, int]
    transport: Transport
    is_sent: bool
    rcode: int
    flags: int
    response_size: int
    response_class: Class
    plugin: str
    duration_ns: int
    failure: int

    @property
    def name(self) -> str:
        """The QNAME in presentation form, lower-case, with its final dot."""
        return _text(self.qname)


@lru_cache(4096)  # events come by the ten thousand, and names again and again
def _text(name: bytes) -> str:
    return names.to_text(name)


class Wanted(NamedTuple):
    """Which events an observer is to get.

    classes: of responses to queries, at or below `zones`. failures: those that have one.
    """

    classes: frozenset[Class] = frozenset()
    zones: frozenset[bytes] = frozenset((names.ROOT,))
    failures: bool = False


@runtime_checkable
class CountsObserver(Protocol):
    """A handler that counts queries."""

    def observe_counts(self, counted: Counted) -> None:
        """Add what was counted of queries that would have come through here."""


@runtime_checkable
class RejectionsObserver(Protocol):
    """A handler that counts queries that no chain was asked about."""

    @property
    def observe_rejected(self) -> Callable[[Counted], None]:
        """What is to be told of them. Where it equals that of others, it is told once for all."""


@runtime_checkable
class RecursionObserver(Protocol):
    """A handler that counts recursions."""

    def observe_recursions(self, recursed: Recursed) -> None:
        """Add what was counted."""


@runtime_checkable
class EventObserver(Protocol):
    """A handler that tells of single queries."""

    @property
    def name(self) -> str:
        """The directive's word."""

    @property
    def wanted(self) -> Wanted:
        """Which events it wants; all others need not be made. Does not change."""

    def observe(self, events: Sequence[Event]) -> None:
        """Tell of queries; some that are not wanted may be among them."""


def event_observers(block: Block) -> tuple[EventObserver, ...]:
    """Return the handlers of a block that want events, in the order of the chain."""
    return tuple(handler for handler in block.handlers if isinstance(handler, EventObserver))


def wanted_of(block: Block) -> Wanted:
    """Return what the observers of a block want together."""
    each = [observer.wanted for observer in event_observers(block)]
    of_queries = [wanted for wanted in each if wanted.classes]
    return Wanted(
        frozenset(kind for wanted in of_queries for kind in wanted.classes),
        frozenset(zone for wanted in of_queries for zone in wanted.zones),
        any(wanted.failures for wanted in each),
    )


def acl_zones_of(block: Block) -> tuple[bytes, ...]:
    """Return the zones of acl's rules in the order by which a plan numbers them."""
    policy = getattr(block.handler("acl"), "policy", None)
    rules = getattr(policy, "rules", ())
    return tuple(dict.fromkeys(zone for rule in rules for zone in rule.zones))
