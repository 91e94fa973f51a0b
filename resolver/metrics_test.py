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
    one, all_at_once = Metrics(), Metrics()
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


def shown(metrics: Metrics) -> list[tuple[str, str, float]]:
    """Return all samples of the histogram."""
    return [
        (sample.name, sample.labels.get("le", ""), sample.value)
        for family in metrics.registry.collect()
        for sample in family.samples
        if not sample.name.endswith("_created")
    ]
