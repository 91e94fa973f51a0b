# SPDX-License-Identifier: Apache-2.0
"""All metrics of all plugins: their names follow Prometheus's rules, and the manuals tell of each.

The rules are those of its "Metric and label naming", which CoreDNS's tests hold as well.
"""

import importlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client import Counter, Gauge, Histogram

from resolver.metrics import DURATION_BUCKETS, Metrics
from resolver.tallies import Tallies
from resolver.testing import controller, services
from tests.claims_test import LINES

ROOT = Path(__file__).parents[1]
COUNTING = ("health", "reload")  # what sees no query, but has metrics
UNITS = ("seconds", "bytes")  # what a histogram or a sum may be of
NOT_BASE = re.compile(r"_(ms|milliseconds|us|minutes|hours|kb|kilobytes|mb|percent|octets)(_|$)")
DOCUMENTED = re.compile(r"`((?:coredns|rootward)_\w+)(?:\{([^}]*)\})?`")
LABEL = re.compile(r'(\w+)(?:="[^"]*")?(?:, |$)')


class Declared(NamedTuple):
    """A metric as it was declared."""

    kind: str
    help: str
    labels: tuple[str, ...]


class Noting(Metrics):
    """Metrics that remember what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.declared: dict[str, Declared] = {}

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        self.declared[name] = Declared("counter", text, tuple(labels))
        return super().counter(name, text, labels)

    def gauge(self, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        self.declared[name] = Declared("gauge", text, tuple(labels))
        return super().gauge(name, text, labels)

    def histogram(
        self,
        name: str,
        text: str,
        labels: Sequence[str] = (),
        buckets: Sequence[float] = DURATION_BUCKETS,
    ) -> Histogram:
        self.declared[name] = Declared("histogram", text, tuple(labels))
        return super().histogram(name, text, labels, buckets)


@pytest.fixture(scope="module")
def declared() -> dict[str, Declared]:
    """All that plugins and the server declare when they are set up."""
    metrics = Noting()
    given = services(metrics=metrics)
    lines = LINES | {name: [name] for name in COUNTING}
    for name, texts in lines.items():
        for text in texts:
            importlib.import_module(f"plugins.{name}.setup").setup(controller(text, given=given))
    Tallies(metrics, "dns://:53")
    return metrics.declared


def documented() -> dict[str, tuple[str, ...]]:
    """Return the metrics of all manuals with their labels."""
    found: dict[str, tuple[str, ...]] = {}
    for manual in ROOT.glob("plugins/*/README.md"):
        for name, labels in DOCUMENTED.findall(manual.read_text()):
            if labels or name not in found:
                found[name] = tuple(LABEL.findall(labels))
    return found


def test_a_name_says_whose_metric_it_is(declared: dict[str, Declared]) -> None:
    """`coredns_` for what CoreDNS has too, `rootward_` for what only we have."""
    assert [n for n in declared if not re.fullmatch(r"(coredns|rootward)(_[a-z0-9]+)+", n)] == []


def test_a_counter_is_a_total_and_nothing_else_is(declared: dict[str, Declared]) -> None:
    """So that nobody takes the rate of a gauge."""
    assert [n for n, d in declared.items() if n.endswith("_total") != (d.kind == "counter")] == []
    assert [n for n in declared if re.search(r"_(count|sum|bucket|created|info_total)$", n)] == []


def test_units_are_base_units_at_the_end(declared: dict[str, Declared]) -> None:
    """Seconds and bytes, never thousandths of them."""
    assert [n for n in declared if NOT_BASE.search(n)] == []
    histograms = [n for n, d in declared.items() if d.kind == "histogram"]
    assert histograms and [n for n in histograms if not n.endswith(UNITS)] == []


def test_labels_are_plain_words(declared: dict[str, Declared]) -> None:
    """None that Prometheus sets itself, none twice."""
    wrong = {"le", "quantile", "job", "instance"}
    assert [n for n, d in declared.items() if wrong & set(d.labels)] == []
    assert [n for n, d in declared.items() if len(set(d.labels)) != len(d.labels)] == []
    words = {label for d in declared.values() for label in d.labels}
    assert [word for word in words if not re.fullmatch("[a-z]+(_[a-z]+)*", word)] == []


def test_a_metric_has_a_help_text(declared: dict[str, Declared]) -> None:
    """A sentence."""
    assert [n for n, d in declared.items() if not d.help.endswith(".")] == []


def test_manuals_and_code_agree(declared: dict[str, Declared]) -> None:
    """Each metric is in a manual with all of its labels, and no manual has one of nobody."""
    told = documented()
    assert {n: set(told[n]) for n in told if n in declared} == {
        n: set(d.labels) for n, d in declared.items()
    }
    elsewhere = "".join(path.read_text() for path in (ROOT / "resolver").rglob("*.py"))
    assert [n for n in told if n not in declared and f'"{n}"' not in elsewhere] == []
