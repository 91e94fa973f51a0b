# SPDX-License-Identifier: Apache-2.0
"""Names, labels and buckets are CoreDNS's."""

import platform

import pytest

from plugins.prometheus.counts import Counts, EnabledPlugin
from resolver.metrics import Metrics
from resolver.testing import request
from resolver.version import VERSION

SIZES = "0 100 200 300 400 511 1023 2047 4095 8291 16000 32000 48000 64000 +Inf"
DURATIONS = (
    "0.00025 0.0005 0.001 0.002 0.004 0.008 0.016 0.032 0.064 0.128 0.256 0.512 1.024 2.048 4.096"
    " 8.192 +Inf"
)


@pytest.fixture
def metrics() -> Metrics:
    """Metrics after one query."""
    made = Metrics()
    counts = Counts(made)
    counts.answered(request("example.org. A", do=True), 0, "unbound", 100, 0.001)
    counts.enable(EnabledPlugin("dns://:53", ".", "", "prometheus"))
    return made


@pytest.mark.parametrize(
    "name, labels",
    [
        pytest.param("coredns_build_info", "version revision goversion", id="build"),
        pytest.param(
            "coredns_dns_requests_total", "server zone view proto family type", id="requests"
        ),
        pytest.param("coredns_dns_request_duration_seconds_sum", "server zone view", id="duration"),
        pytest.param(
            "coredns_dns_request_size_bytes_sum", "server zone view proto", id="request size"
        ),
        pytest.param("coredns_dns_do_requests_total", "server zone view", id="DO"),
        pytest.param(
            "coredns_dns_response_size_bytes_sum", "server zone view proto", id="response size"
        ),
        pytest.param(
            "coredns_dns_responses_total", "server zone view rcode plugin", id="responses"
        ),
        pytest.param("coredns_plugin_enabled", "server zone view name", id="plugins"),
    ],
)
def test_names_and_labels(metrics: Metrics, name: str, labels: str) -> None:
    """Exactly these, or dashboards break."""
    found = [
        set(sample.labels)
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == name
    ]
    assert found == [set(labels.split())]


@pytest.mark.parametrize(
    "name, bounds",
    [
        pytest.param("coredns_dns_request_duration_seconds_bucket", DURATIONS, id="duration"),
        pytest.param("coredns_dns_request_size_bytes_bucket", SIZES, id="request size"),
        pytest.param("coredns_dns_response_size_bytes_bucket", SIZES, id="response size"),
    ],
)
def test_buckets(metrics: Metrics, name: str, bounds: str) -> None:
    """A histogram_quantile over both servers needs equal ones."""
    found = [
        float(sample.labels["le"])
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == name
    ]
    assert found == pytest.approx([float(bound) for bound in bounds.split()])


def test_build_info_tells_what_is_running(metrics: Metrics) -> None:
    """The label that CoreDNS has for Go's version has Python's."""
    python = f"python{platform.python_version()}"
    labels = {"version": VERSION, "revision": "", "goversion": python}
    assert metrics.value("coredns_build_info", **labels) == 1


def test_a_rejected_query_belongs_to_no_zone() -> None:
    """It took no time, and no plugin answered it."""
    metrics = Metrics()
    Counts(metrics).rejected(request("example.org. A", zone=b"\3org\0", view="v"), 5, 40)
    place = {"server": "dns://:53", "zone": "dropped", "view": ""}
    labels = {"proto": "udp", "family": "1", "type": "A"}
    assert metrics.value("coredns_dns_requests_total", **place, **labels) == 1
    assert metrics.value("coredns_dns_responses_total", **place, rcode="REFUSED", plugin="") == 1
    assert metrics.value("coredns_dns_request_duration_seconds_sum", **place) == 0
    assert metrics.value("coredns_dns_response_size_bytes_sum", **place, proto="udp") == 40


def test_a_plugin_is_enabled_while_any_configuration_has_it() -> None:
    """At a reload the next one is there before the last one goes."""
    metrics = Metrics()
    counts = Counts(metrics)
    place = EnabledPlugin("dns://:53", ".", "", "cache")
    shown = []
    for change in (counts.enable, counts.enable, counts.disable, counts.disable):
        change(place)
        shown.append(metrics.registry.get_sample_value("coredns_plugin_enabled", place._asdict()))
    assert shown == [1, 1, 1, None]
