# SPDX-License-Identifier: Apache-2.0
"""What is counted elsewhere comes to stand in metrics."""

import pytest

from resolver.metrics import Metrics, Spread, observe_all

BOUNDS = (1.0, 2.0)


def test_metrics_are_brought_up_to_date_before_they_are_read() -> None:
    """By all who asked for it, until they take that back."""
    metrics = Metrics()
    counter = metrics.counter("coredns_a_total", "A.")
    take_back = metrics.before_scrape(counter.inc)
    metrics.before_scrape(lambda: counter.inc(10))
    assert metrics.value("coredns_a_total") == 11
    take_back()
    assert metrics.value("coredns_a_total") == 21


def test_tallies_come_to_stand_in_metrics_before_they_are_read() -> None:
    """With what is counted otherwise; who asks for a counter's again gets the same one."""
    metrics = Metrics()
    counter = metrics.counter("coredns_a_total", "A.", ("server",)).labels("s")
    tally = metrics.tally(counter)
    metrics.before_scrape(tally.inc)
    for expected in (6, 12):
        counter.inc(2)
        tally.inc(3)
        assert metrics.value("coredns_a_total", server="s") == expected
    assert metrics.tally(metrics.counter("coredns_a_total", "A.").labels("s")) is tally


@pytest.mark.parametrize(
    "observed",
    [
        pytest.param([], id="none"),
        pytest.param([0.0, 1.0], id="a bound belongs to its bucket"),
        pytest.param([1.5, 2.5, 100.0, 0.5], id="all buckets"),
    ],
)
def test_many_observations_are_as_good_as_one_by_one(observed: list[float]) -> None:
    """Counts and sum."""
    one, all_at_once, tallied = Metrics(), Metrics(), Metrics()
    tally = tallied.spread_tally(tallied.histogram("coredns_a_seconds", "A.", (), BOUNDS))
    for value in observed:
        one.histogram("coredns_a_seconds", "A.", (), BOUNDS).observe(value)
    counts = [
        sum(low < value <= high for value in observed)
        for low, high in ((-1.0, 1.0), (1.0, 2.0), (2.0, float("inf")))
    ]
    spread = Spread(counts, sum(observed))
    one.histogram("coredns_a_seconds", "A.", (), BOUNDS)
    observe_all(all_at_once.histogram("coredns_a_seconds", "A.", (), BOUNDS), spread)
    assert shown(all_at_once) == shown(one)
    for value in observed:
        tally.observe(value)
        tallied.refresh()
    assert shown(tallied) == shown(one)
    tally.add(spread)
    tallied.refresh()
    observe_all(one.histogram("coredns_a_seconds", "A.", (), BOUNDS), spread)
    assert shown(tallied) == shown(one)


def shown(metrics: Metrics) -> list[tuple[str, str, float]]:
    """Return all samples of the histogram."""
    return [
        (sample.name, sample.labels.get("le", ""), sample.value)
        for family in metrics.registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    ]
