# SPDX-License-Identifier: Apache-2.0
"""The numbers of a policy and what follows from them."""

import pytest

from plugins.cache.policy import Bounds, CachePolicy, Prefetch
from resolver.classify import Class


@pytest.mark.parametrize(
    "bounds, ttl_s, want",
    [
        pytest.param(Bounds(3600), 300, 300, id="inside"),
        pytest.param(Bounds(3600), 86400, 3600, id="too long"),
        pytest.param(Bounds(3600, 5), 1, 5, id="too short"),
        pytest.param(Bounds(3600), 1, 1, id="short, without a minimum"),
        pytest.param(Bounds(3600, 5), 0, 0, id="zero is not raised"),
        pytest.param(Bounds(10, 60), 30, 10, id="the maximum has the last word"),
    ],
)
def test_ttls_are_brought_between_bounds(bounds: Bounds, ttl_s: int, want: int) -> None:
    """Zero means that it must not be kept (RFC 1035, 3.2.1)."""
    assert bounds.clamp(ttl_s) == want


@pytest.mark.parametrize(
    "servfail_ms, want",
    [
        pytest.param(5000, [5, 10, 20, 40, 80, 160, 300, 300], id="default"),
        pytest.param(0, [1, 2, 4, 8, 16, 32, 64, 128], id="zero means one second"),
        pytest.param(300_000, [300, 300, 300, 300, 300, 300, 300, 300], id="the most"),
    ],
)
def test_failures_are_kept_longer_each_time(servfail_ms: int, want: list[int]) -> None:
    """Twice as long as the one before, from one second to five minutes (RFC 9520, 3.2)."""
    policy = CachePolicy(servfail_ms=servfail_ms)
    kept: list[int] = [0]
    for _ in want:
        kept.append(policy.failure_ms(kept[-1]))
    assert kept[1:] == [seconds * 1000 for seconds in want]


@pytest.mark.parametrize(
    "prefetch, hits, left_ms, kept_ms, want",
    [
        pytest.param(Prefetch(2), 2, 30_000, 300_000, True, id="at a tenth"),
        pytest.param(Prefetch(2), 2, 31_000, 300_000, False, id="above a tenth"),
        pytest.param(Prefetch(2), 1, 1_000, 300_000, False, id="not asked for enough"),
        pytest.param(Prefetch(1, percent=50), 1, 3_000, 5_000, True, id="rounded up"),
        pytest.param(Prefetch(1), 1, 1_999, 5_000, True, id="in the last second at least"),
    ],
)
def test_when_an_entry_is_renewed(
    prefetch: Prefetch, hits: int, left_ms: int, kept_ms: int, want: bool
) -> None:
    """Enough hits, and little time left."""
    assert prefetch.is_due(hits, left_ms, kept_ms) is want


def test_what_is_no_success_has_the_bounds_of_denials() -> None:
    """Failures too."""
    policy = CachePolicy(success=Bounds(1), denial=Bounds(2))
    assert [policy.bounds(kind).max_s for kind in Class] == [1, 2, 2]
