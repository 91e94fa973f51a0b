# SPDX-License-Identifier: Apache-2.0
"""Alarms ring in their order, at their time, and not for what is over."""

from resolver.alarms import Alarms
from resolver.testing import FixedClock

DELAY_MS = 100


class Ringing:
    def __init__(self) -> None:
        self.clock = FixedClock(0)
        self.rung: list[tuple[int, str]] = []
        self.over: set[str] = set()
        self.alarms = Alarms[str](self.clock, DELAY_MS, self.ring, lambda name: name in self.over)

    def ring(self, name: str) -> None:
        self.rung.append((self.clock.now_ms(), name))

    def set(self, name: str) -> None:
        self.alarms.set(name, self.clock.now_ms())


def test_each_rings_when_its_delay_has_passed() -> None:
    ringing = Ringing()
    ringing.set("a")
    ringing.clock.advance(30)
    ringing.set("b")
    ringing.clock.advance(69)
    assert ringing.rung == []
    ringing.clock.advance(1000)
    assert ringing.rung == [(100, "a"), (130, "b")]
    ringing.set("c")
    ringing.clock.advance(1000)
    assert ringing.rung[2:] == [(1199, "c")]


def test_what_is_over_does_not_ring() -> None:
    ringing = Ringing()
    for name in "abc":
        ringing.set(name)
    ringing.over.update("ac")
    ringing.clock.advance(1000)
    assert ringing.rung == [(100, "b")]


def test_what_is_over_is_let_go() -> None:
    """The queue is bounded by what is in flight, not by queries per second times the delay."""
    ringing = Ringing()
    for number in range(1000):
        ringing.set(str(number))
        ringing.over.add(str(number))
    assert len(ringing.alarms) == 1


def test_an_alarm_may_set_another() -> None:
    clock = FixedClock(0)
    rung: list[int] = []

    def ring(number: int) -> None:
        rung.append(number)
        if number < 3:
            alarms.set(number + 1, clock.now_ms())

    alarms = Alarms[int](clock, DELAY_MS, ring, lambda number: False)
    alarms.set(1, 0)
    clock.advance(1000)
    assert rung == [1, 2, 3]


def test_cancelled_alarms_do_not_ring() -> None:
    ringing = Ringing()
    ringing.set("a")
    ringing.alarms.cancel()
    ringing.clock.advance(1000)
    assert ringing.rung == []
