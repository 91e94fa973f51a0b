# SPDX-License-Identifier: Apache-2.0
"""Probes: when they begin, when they end, and what they count."""

import asyncio

import dns.flags
import pytest

from plugins.forward.conftest import House, Upstream, failing, silent
from plugins.forward.health import Health
from resolver.testing import FixedClock, run


class Patient:
    """An upstream whose probes fail until it is well; `tallied` counts failures."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.is_well = False
        self.probes = self.tallied = 0
        self.health = Health(self._probe, 500, self.clock, self._tally)

    async def _probe(self) -> None:
        self.probes += 1
        if not self.is_well:
            raise TimeoutError

    def _tally(self) -> None:
        self.tallied += 1

    async def wait(self, ms: int) -> None:
        """Let time pass."""
        self.clock.advance(ms)
        for _ in range(4):
            await asyncio.sleep(0)


def test_it_is_probed_until_it_answers() -> None:
    """Every 500 ms from the first failure on, by one prober however many fail; then no more."""

    async def scene() -> None:
        patient = Patient()
        health = patient.health
        assert not health.is_probing
        for _ in range(3):
            health.check()
        await patient.wait(0)
        assert (patient.probes, health.fails) == (1, 1)
        await patient.wait(499)
        assert patient.probes == 1
        await patient.wait(1)
        await patient.wait(500)
        assert (patient.probes, health.fails, patient.tallied) == (3, 3, 3)
        assert health.is_down(2) and not health.is_down(3) and not health.is_down(0)
        patient.is_well = True
        await patient.wait(500)
        assert (patient.probes, health.fails, health.is_probing) == (4, 0, False)
        await patient.wait(5000)
        assert patient.probes == 4
        health.check()
        await patient.wait(0)
        assert patient.probes == 5
        await health.close()

    run(scene())


def test_probing_ends_with_the_server() -> None:
    """Nothing is left behind; also if nothing was begun."""

    async def scene() -> None:
        patient = Patient()
        await patient.health.close()
        patient.health.check()
        await patient.wait(0)
        await patient.health.close()
        assert not patient.health.is_probing

    run(scene())


@pytest.mark.parametrize(
    "properties, question, rd, over",
    [
        pytest.param("", ". NS", True, "udp", id="by default"),
        pytest.param("health_check 1s no_rec", ". NS", False, "udp", id="no_rec"),
        pytest.param(
            "health_check 1s domain example.org", "example.org. NS", True, "udp", id="domain"
        ),
        pytest.param("force_tcp", ". NS", True, "tcp", id="force_tcp"),
    ],
)
def test_what_a_probe_asks(properties: str, question: str, rd: bool, over: str) -> None:
    """As CoreDNS; every RCODE says that somebody is there."""

    async def scene() -> None:
        async with Upstream(failing("SERVFAIL")) as upstream:
            async with House(f"forward . {upstream.at} {{\n{properties}\n}}") as house:
                health = house.lines[0].group.proxies[0].health
                health.fails = 7
                health.check()
                while health.is_probing:
                    await asyncio.sleep(0)
                assert health.fails == 0
            assert (upstream.asked, upstream.over) == ([question], [over])
            assert bool(upstream.queries[0][0].flags & dns.flags.RD) == rd

    run(scene())


def test_a_probe_waits_for_a_second() -> None:
    """Who says nothing for that long has failed it."""

    async def scene() -> None:
        clock = FixedClock()
        async with Upstream(silent) as up, House(f"forward . {up.at}", clock=clock) as house:
            health = house.lines[0].group.proxies[0].health
            health.check()
            while not up.queries:
                await asyncio.sleep(0)
            clock.advance(999)
            await asyncio.sleep(0)
            assert health.fails == 0
            clock.advance(1)
            while not health.fails:
                await asyncio.sleep(0)

    run(scene())
