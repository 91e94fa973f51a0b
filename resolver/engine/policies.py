# SPDX-License-Identifier: Apache-2.0
"""What the policy of a native step looks like: data that plugins offer and a plan carries.

Protocols, so that nothing here knows a plugin by name; the classes are the plugins' own.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Mapping, Sequence, Set
from typing import Protocol, runtime_checkable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Prefixes(Protocol):
    """A set of client addresses."""

    @property
    def networks(self) -> Sequence[Network]:
        """The networks that it is made of."""


class Rule(Protocol):
    """A rule of a CLASSIFY step: all of its conditions must hold; None is any."""

    @property
    def zones(self) -> Sequence[bytes]:
        """At or below which of these the name is; the longest is told."""

    @property
    def action(self) -> enum.Enum:
        """`allow`, `block`, `filter` or `drop`, as the value of an enum."""

    @property
    def qtypes(self) -> Set[int] | None:
        """Which types."""

    @property
    def sources(self) -> Prefixes | None:
        """Which clients."""


@runtime_checkable
class Access(Protocol):
    """The policy of a CLASSIFY step: the first rule that matches decides."""

    @property
    def rules(self) -> Sequence[Rule]:
        """In their order."""

    @property
    def default(self) -> Prefixes | None:
        """Who may ask if no rule matches; None for everybody."""


class Bounds(Protocol):
    """How long one class of responses is kept, in seconds, and where it is not."""

    @property
    def max_s(self) -> int:
        """The longest."""

    @property
    def min_s(self) -> int:
        """The shortest."""

    @property
    def disabled(self) -> Sequence[bytes]:
        """Zones for which nothing of the class is kept."""


class Prefetch(Protocol):
    """When an entry is renewed before it ends."""

    @property
    def amount(self) -> int:
        """After how many hits."""

    @property
    def gap_ms(self) -> int:
        """With no gap above this."""

    @property
    def percent(self) -> int:
        """Once no more of its time is left."""


class Stale(Protocol):
    """How data whose time is up are served."""

    @property
    def ttl_s(self) -> int:
        """The TTL that they carry."""

    @property
    def recheck_ms(self) -> int:
        """How long after a failed refresh there is no other."""

    @property
    def prefer_positive(self) -> bool:
        """Whether a denial takes not their place."""


@runtime_checkable
class Keeping(Protocol):
    """The policy of a CACHE step."""

    @property
    def zones(self) -> Sequence[bytes]:
        """Names outside of them are passed on."""

    @property
    def success(self) -> Bounds:
        """For answers."""

    @property
    def denial(self) -> Bounds:
        """For denials."""

    @property
    def prefetch(self) -> Prefetch | None:
        """None: nothing is renewed ahead of time."""

    @property
    def stale(self) -> Stale | None:
        """None: nothing is served past its time."""

    @property
    def max_stale_ms(self) -> int:
        """How long past its time."""

    @property
    def servfail_ms(self) -> int:
        """How long the first failure is kept."""

    @property
    def keep_ttl(self) -> bool:
        """Whether answers carry the TTLs with which they came."""


@runtime_checkable
class Shuffling(Protocol):
    """The policy of a SHUFFLE step. What it does besides, its handler claims."""

    @property
    def is_round_robin(self) -> bool:
        """Whether addresses and MX records of what is not claimed are shuffled."""


@runtime_checkable
class Recursing(Protocol):
    """The policy of a RECURSE step."""

    @property
    def zones(self) -> Set[bytes]:
        """What it answers."""

    @property
    def excepted(self) -> Set[bytes]:
        """What it leaves to the next plugin."""

    @property
    def snoop(self) -> bool:
        """Whether RD=0 sees recursive data."""

    @property
    def is_limited(self) -> bool:
        """Whether there are names that are not answered there."""

    @property
    def refused_types(self) -> Mapping[int, object]:
        """QTYPEs that are never asked."""

    @property
    def bogus(self) -> Sequence[tuple[str, int]]:
        """Texts of the validator, and the INFO-CODE of the error that each is (RFC 8914)."""

    def covers(self, qname: bytes) -> bool:
        """Return whether names like this are answered there."""
