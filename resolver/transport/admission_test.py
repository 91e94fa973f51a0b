# SPDX-License-Identifier: Apache-2.0
"""Admission: who may come in, and who goes for it."""

import pytest

from resolver.limits import Limits
from resolver.metrics import Metrics
from resolver.tallies import Tallies
from resolver.transport.admission import Admission


class Guest:
    def __init__(self, host: str) -> None:
        self.host = host
        self.is_evicted = False

    def evict(self) -> None:
        self.is_evicted = True


class House:
    def __init__(self, connections: int, per_client: int) -> None:
        self.metrics = Metrics()
        limits = Limits(connections=connections, connections_per_client=per_client)
        self.admission = Admission(limits, Tallies(self.metrics, "dns://:53"))

    def enter(self, *hosts: str) -> list[Guest]:
        guests = [Guest(host) for host in hosts]
        for guest in guests:
            assert self.admission.has_room(guest.host)
            self.admission.enter(guest)
        return guests

    def open(self) -> float:
        return self.metrics.value("rootward_server_tcp_connections", server="dns://:53")

    def closed(self, reason: str) -> float:
        name = "rootward_server_tcp_closed_total"
        return self.metrics.value(name, server="dns://:53", reason=reason)


def test_the_connection_idle_longest_gives_way() -> None:
    """Not the one that came first: it was busy since."""
    house = House(3, 3)
    first, second, third = house.enter("192.0.2.1", "192.0.2.2", "192.0.2.3")
    house.admission.set_busy(first, True)
    house.admission.set_busy(first, False)
    assert house.admission.has_room("192.0.2.4")
    assert [first.is_evicted, second.is_evicted, third.is_evicted] == [False, True, False]
    assert (len(house.admission), house.open(), house.closed("full")) == (2, 2, 1)


def test_busy_connections_stay() -> None:
    """In a full house of busy ones the newcomer is turned away."""
    house = House(2, 2)
    guests = house.enter("192.0.2.1", "192.0.2.2")
    for guest in guests:
        house.admission.set_busy(guest, True)
    assert not house.admission.has_room("192.0.2.3")
    assert not any(guest.is_evicted for guest in guests)
    assert house.closed("full") == 1


@pytest.mark.parametrize(
    ("theirs", "newcomer", "others"),
    [
        pytest.param("192.0.2.1", "192.0.2.1", "192.0.2.2", id="IPv4 address"),
        pytest.param("2001:db8::1", "2001:db8::2", "2001:db8:1::1", id="IPv6 /64"),
    ],
)
def test_a_client_makes_room_among_its_own(theirs: str, newcomer: str, others: str) -> None:
    """However many connections a client opens, those of others stay."""
    house = House(10, 2)
    other, first, second = house.enter(others, theirs, theirs)
    assert house.admission.has_room(newcomer)
    assert [g.is_evicted for g in (other, first, second)] == [False, True, False]
    (third,) = house.enter(newcomer)
    for guest in (second, third):
        house.admission.set_busy(guest, True)
    assert not house.admission.has_room(newcomer)
    assert house.admission.has_room(others)
    assert house.closed("client_full") == 2


def test_loopback_has_no_cap_of_its_own() -> None:
    house = House(10, 2)
    house.enter(*["127.0.0.1"] * 10)
    assert len(house.admission) == 10


def test_who_leaves_is_forgotten() -> None:
    house = House(2, 1)
    (guest,) = house.enter("192.0.2.1")
    house.admission.set_busy(guest, True)
    house.admission.leave(guest)
    house.admission.leave(guest)
    assert (len(house.admission), house.open()) == (0, 0)
    (again,) = house.enter("192.0.2.1")
    assert house.admission.guests == [again]


def test_room_for_descriptors() -> None:
    """The system has none left: the connection idle longest gives its one."""
    house = House(2, 1)
    (guest,) = house.enter("192.0.2.1")
    assert house.admission.make_room("descriptors")
    assert guest.is_evicted
    assert not house.admission.make_room("descriptors")
