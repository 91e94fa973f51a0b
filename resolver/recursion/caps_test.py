# SPDX-License-Identifier: Apache-2.0
"""Tests of the caps on who waits."""

import pytest

from resolver import names
from resolver.recursion.caps import Limits, Waiters, client_of

ORG = names.from_text("example.org.")
NET = names.from_text("example.net.")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("192.0.2.1", "192.0.2.1", True, id="an IPv4 address is a client"),
        pytest.param("192.0.2.1", "192.0.2.2", False, id="its neighbour is another"),
        pytest.param("2001:db8::1", "2001:db8::ffff:1", True, id="an IPv6 /64 is one client"),
        pytest.param("2001:db8::1", "2001:db8:0:1::1", False, id="the next /64 is another"),
        pytest.param("fe80::1%eth0", "fe80::2", True, id="the scope does not count"),
    ],
)
def test_who_is_a_client(one: str, other: str, same: bool) -> None:
    """An IPv4 address, or an IPv6 /64: who has one address of it has them all."""
    assert (client_of(one) == client_of(other)) is same


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_is_no_client(host: str) -> None:
    """Behind loopback may stand a whole machine."""
    assert client_of(host) is None


def test_a_client_may_wait_so_many_times() -> None:
    """Beyond its cap a client is refused, others are not, and one who leaves makes room."""
    waiters = Waiters(Limits(waiters=10, client_waiters=2))
    waiters.enter(b"a", ORG)
    waiters.enter(b"a", ORG)
    assert waiters.refusal(b"a", ORG) == "client"
    assert waiters.refusal(b"b", ORG) is None
    assert waiters.refusal(None, ORG) is None
    waiters.leave(b"a", ORG)
    assert waiters.refusal(b"a", ORG) is None


def test_all_together_may_wait_so_many_times() -> None:
    """The cap on all holds for loopback too."""
    waiters = Waiters(Limits(waiters=2))
    waiters.enter(None, ORG)
    waiters.enter(b"a", ORG)
    assert (waiters.refusal(b"b", ORG), waiters.refusal(None, ORG)) == ("waiters", "waiters")
    waiters.leave(None, ORG)
    assert waiters.refusal(None, ORG) is None


def test_a_suffix_has_its_share() -> None:
    """Once half of the places are taken one suffix has a tenth at most, and others have room."""
    waiters = Waiters(Limits(waiters=1000))
    for _ in range(500):
        assert waiters.refusal(None, ORG) is None
        waiters.enter(None, ORG)
    assert waiters.refusal(None, ORG) == "suffix"
    for _ in range(100):
        assert waiters.refusal(None, NET) is None
        waiters.enter(None, NET)
    assert waiters.refusal(None, NET) == "suffix"
    for _ in range(101):
        waiters.leave(None, ORG)
    assert waiters.refusal(None, ORG) is None
    assert waiters.refusal(None, NET) is None


def test_the_numbers() -> None:
    """What DNS at large asks of a house or a cluster node fits by far; a flood does not."""
    assert Limits() == Limits(2048, 16_384, 16_384, 1024, 4000)
