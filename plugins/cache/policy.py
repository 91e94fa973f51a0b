# SPDX-License-Identifier: Apache-2.0
"""All numbers of a `cache` directive, as data: the plugin follows them, a plan can carry them."""

from dataclasses import dataclass

from resolver import names
from resolver.classify import Class

SUCCESS_MAX_S = 3600
DENIAL_MAX_S = 1800
EMPTY_S = 5  # for what has no record whose TTL could tell
SERVFAIL_S = 5
MIN_FAILURE_MS = 1000  # RFC 9520, 3.2: no less than one second
MAX_FAILURE_MS = 300_000  # RFC 9520, 3.2: no more than five minutes
MAX_BOGUS_MS = 60_000
STALE_MS = 3_600_000
STALE_TTL_S = 30  # RFC 8767, 4
STALE_RECHECK_MS = 30_000  # RFC 8767, 5
DEFAULT_OCTETS = 64 << 20


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how much of one class is kept.

    max_s, min_s: TTLs are brought between them; a TTL of 0 stays 0 and is not kept.
    capacity: how many entries there may be at most, None for no such bound.
    disabled: nothing is kept for names in these zones.
    """

    max_s: int
    min_s: int = 0
    capacity: int | None = None
    disabled: tuple[bytes, ...] = ()

    def clamp(self, ttl_s: int) -> int:
        """Return a TTL brought between the bounds; 0 stays 0."""
        return min(max(ttl_s, self.min_s), self.max_s) if ttl_s else 0


@dataclass(frozen=True, slots=True)
class Prefetch:
    """When an entry is renewed before it ends.

    After `amount` hits with no gap above `gap_ms`, once no more than `percent` of its time is left.
    """

    amount: int
    gap_ms: int = 60_000
    percent: int = 10

    def is_due(self, hits: int, left_ms: int, kept_ms: int) -> bool:
        """Return whether an entry with these hits, and so much time left of its whole, is due."""
        threshold_s = -(-self.percent * (kept_ms // 1000) // 100)
        return hits >= self.amount and left_ms // 1000 <= threshold_s


@dataclass(frozen=True, slots=True)
class ServeStale:
    """How data whose time is up are served (RFC 8767).

    max_stale_ms: how long after their time. verify: ask first, and serve them only if that fails
    or, unless 0, takes longer than `timeout_ms`. ttl_s: the TTL they carry. recheck_ms: how long
    after a failed refresh there is no other. prefer_positive: a denial does not take their place.
    """

    max_stale_ms: int = STALE_MS
    verify: bool = False
    timeout_ms: int = 0
    ttl_s: int = STALE_TTL_S
    recheck_ms: int = STALE_RECHECK_MS
    prefer_positive: bool = False


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """What a `cache` directive says.

    zones: names outside of them are passed on. servfail_ms: how long the first failure is kept.
    keep_ttl: answers carry the TTLs with which they came. max_octets: None if it is not said here.
    sized_at: `FILE:LINE` where it is. persist, persisted_at: likewise the file that content is
    written to, None for none.
    """

    zones: tuple[bytes, ...] = (names.ROOT,)
    success: Bounds = Bounds(SUCCESS_MAX_S)
    denial: Bounds = Bounds(DENIAL_MAX_S)
    prefetch: Prefetch | None = None
    stale: ServeStale | None = None
    servfail_ms: int = SERVFAIL_S * 1000
    keep_ttl: bool = False
    max_octets: int | None = None
    sized_at: str = ""
    persist: str | None = None
    persisted_at: str = ""

    @property
    def max_stale_ms(self) -> int:
        """How long data may be served after their time, 0 if not at all."""
        return self.stale.max_stale_ms if self.stale is not None else 0

    def bounds(self, kept_as: Class) -> Bounds:
        """Return the bounds of a class; what is no success counts as denial."""
        return self.success if kept_as is Class.SUCCESS else self.denial

    def failure_ms(self, previous_ms: int) -> int:
        """Return how long a failure is kept (RFC 9520, 3.2).

        `previous_ms` is how long the one before it was, 0 if it is the first: each is kept twice as
        long as the one before, up to five minutes.
        """
        if not previous_ms:
            return max(self.servfail_ms, MIN_FAILURE_MS)
        return min(2 * previous_ms, MAX_FAILURE_MS)
