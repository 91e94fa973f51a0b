# SPDX-License-Identifier: Apache-2.0
"""Whichever way queries are served, by the chain or by C, metrics and logs tell the same."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import dns.rdatatype
import pytest

from plugins.prometheus.counts import OTHER, Counts
from plugins.unbound.metrics import UnboundMetrics
from plugins.unbound.unbound import LATE
from plugins.unbound.unbound import TOO_MANY as MANY
from resolver.engine.observed import FAILURES, Counted
from resolver.metrics import Metrics
from resolver.native import counters
from resolver.plugin import Plugin
from resolver.request import Transport
from resolver.response import Response
from resolver.testing import LOCAL, FixedClock, request, run
from tests.native.feeding import Came, Feeder
from tests.native.internals import Internals
from tests.native.observed_house import INSIDE, House
from tests.native.observed_steps import CLIENT, LATE_NS, PATIENCE_MS, STALE, STEPS, TOOK_NS, Step
from tests.server_house import settle


async def serve_by_chain(house: House) -> None:
    for step in STEPS:
        await serve_one(house, step)
    house.clock.advance(301_000)
    await serve_one(house, STALE)


async def serve_one(house: House, step: Step) -> None:
    """Have the chain serve a query."""

    def says() -> Response:
        if step.takes_ms < PATIENCE_MS:
            house.clock.advance(step.takes_ms)
        assert step.says is not None, "the chain runs to its end only where a test says so"
        return step.says()

    house.end.say = says
    house.end.gate = asyncio.Event() if step.takes_ms >= PATIENCE_MS else None
    outcomes: list[bytes | None] = []
    octets, client, local, transport, _ = step.came
    house.server.receive(octets, client, local, transport, outcomes.append)
    await settle()
    if house.end.gate is not None:
        assert outcomes == []
        house.clock.advance(step.takes_ms)
        house.end.gate.set()
        await settle()
    assert len(outcomes) == 1


def serve_by_c(house: House, feeder: Feeder) -> None:
    wall_s = int(house.clock.wall_s())
    for step in (*STEPS, STALE):
        feeder.tell(step.came, step.image, wall_s, **step.served)


@pytest.mark.parametrize(
    "log_format",
    [
        pytest.param('"{combined} {local} {when} {class}"', id="placeholders"),
        pytest.param("{common} {\n class denial error\n }", id="some classes"),
        pytest.param("{\n format json\n }", id="json"),
    ],
)
def test_metrics_and_logs_are_the_chains(
    told: Internals, caplog: pytest.LogCaptureFixture, log_format: str
) -> None:
    """Names, labels and values of all metrics, the lines of `log` and of `errors`."""
    caplog.set_level(logging.INFO)
    chain, native = House(log_format), House(log_format)
    run(serve_by_chain(chain))
    wanted = sorted((r.name, r.levelname, r.getMessage()) for r in caplog.records)
    caplog.clear()

    async def served() -> None:
        feeder = Feeder(told, native.services.metrics, native.clock, native.blocks)
        feeder.observers.start(asyncio.get_running_loop())
        serve_by_c(native, feeder)
        feeder.end_plan()
        feeder.observers.close()

    run(served())
    assert sorted((r.name, r.levelname, r.getMessage()) for r in caplog.records) == wanted
    assert native.samples() == chain.samples()


def test_what_is_told_apart_is_what_prometheus_tells_apart() -> None:
    """A type that is counted by itself here is one there, and the other way round."""
    metrics = Metrics()
    counts = Counts(metrics)
    for qtype in range(1, 300):
        number = qtype if qtype in counters.TYPES else counters.OTHER
        counts.observe(Counted("s", None, None, {("udp", 1, number): 1}))
        counts.rejected(request(f"a. TYPE{qtype}", transport=Transport.DO53_TCP), 5, 12)
    shown: dict[str, dict[str, float]] = {"udp": {}, "tcp": {}}
    metrics.refresh()
    for family in metrics.registry.collect():
        for sample in family.samples:
            if sample.name == "coredns_dns_requests_total":
                shown[sample.labels["proto"]][sample.labels["type"]] = sample.value
    assert shown["udp"] == shown["tcp"]
    assert len(shown["udp"]) == len(counters.TYPES)
    assert shown["udp"][OTHER] > 200


@pytest.mark.parametrize("qtype", [*counters.TYPES[:-1], 3, 254, 256, 257, 65535])
def test_each_type_is_counted_as_itself(told: Internals, qtype: int) -> None:
    """C has the same table."""
    clock, metrics = FixedClock(), Metrics()
    house = House("{common}")
    feeder = Feeder(told, metrics, clock, house.blocks)
    text = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(qtype))
    feeder.tell(Came(request(f"a.example.org. {text}").wire, CLIENT, LOCAL), block=INSIDE)
    feeder.end_plan()
    feeder.observers.close()
    number = qtype if qtype in counters.TYPES else counters.OTHER
    counted = Metrics()
    Counts(counted).observe(
        Counted("dns://:53", house.blocks[0], b"\7example\3org\0", {("udp", 1, number): 1})
    )
    assert [s.labels["type"] for s in requests_of(house.services.metrics)] == [
        s.labels["type"] for s in requests_of(counted)
    ]


def requests_of(metrics: Metrics) -> list[Any]:
    return [
        sample
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "coredns_dns_requests_total" and sample.value
    ]


def test_recursions_are_counted_as_the_plugin_counts_them(told: Internals) -> None:
    """Durations, RCODEs, validation, caps; and what the socket did not take."""
    clock, metrics, wanted = FixedClock(), Metrics(), Metrics()
    there = UnboundMetrics(wanted)
    for event in ("secure", "bogus", "coalesced", "deadline_missed", "deadline_missed"):
        there.count(event, "dns://:53")
    for rcode, seconds in ((0, 0.125), (2, 0.5), (None, 4.0)):
        there.took("dns://:53", seconds)
        if rcode is not None:
            there.answered("dns://:53", rcode)
    for reason in counters.CAPS:
        there.refused("dns://:53", reason)

    house = House("{common}")
    mine = UnboundMetrics(metrics)
    house.blocks[1].handlers.append(Recursing(mine))
    feeder = Feeder(told, metrics, clock, house.blocks)
    recursed, late, joined_late, capped = range(4)
    feeder.recursed(**{"as": recursed}, is_secure=True, duration_ns=TOOK_NS)
    feeder.recursed(**{"as": recursed}, is_bogus=True, rcode=2, duration_ns=4 * TOOK_NS)
    feeder.recursed(**{"as": late}, duration_ns=LATE_NS)
    feeder.recursed(**{"as": joined_late}, is_coalesced=True)
    for cap in range(4):
        feeder.recursed(**{"as": capped}, cap=cap)
    feeder.tally(2, 7)  # RN_TALLY_UNSENT
    feeder.end_plan()
    feeder.observers.close()
    got = nonzero(metrics)
    assert got.pop(("rootward_server_udp_unsent_total", (("server", "dns://:53"),))) == 7
    assert got == nonzero(wanted)


class Recursing(Plugin):
    """A handler that counts recursions, and nothing else."""

    name = "unbound"

    def __init__(self, metrics: UnboundMetrics) -> None:
        self.observe_recursions = metrics.add


def nonzero(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.value and not sample.name.endswith("_created")
    }


def test_failures_have_the_texts_of_unbound() -> None:
    """`errors` tells, and consolidates by, the same words."""
    assert FAILURES[1:] == tuple(f"plugin/unbound: {ede.text}" for ede in (MANY, LATE))
