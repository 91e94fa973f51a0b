# SPDX-License-Identifier: Apache-2.0
"""What `prometheus` accepts, and where it listens."""

from pathlib import Path

import pytest

from plugins.prometheus.prometheus import Prometheus
from plugins.prometheus.setup import DEFAULT_ADDRESS, setup
from resolver.corefile.controller import Services
from resolver.errors import ConfigurationError
from resolver.http.pages import listen_address
from resolver.request import Endpoint
from resolver.testing import controller, services, set_up


@pytest.mark.parametrize(
    "text, endpoint",
    [
        pytest.param(DEFAULT_ADDRESS, Endpoint("127.0.0.1", 9153), id="the usual one"),
        pytest.param(":9153", Endpoint("", 9153), id="every address"),
        pytest.param("192.0.2.1:80", Endpoint("192.0.2.1", 80), id="IPv4"),
        pytest.param("[2001:db8::1]:80", Endpoint("2001:db8::1", 80), id="IPv6"),
        pytest.param("localhost:0", Endpoint("127.0.0.1", 0), id="a free port"),
        pytest.param(":0", Endpoint("", 0), id="a free port, every address"),
    ],
)
def test_addresses(text: str, endpoint: Endpoint) -> None:
    """As in Go: a port always, a host maybe."""
    assert listen_address(text) == endpoint


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("prometheus a b", "Wrong argument count", id="two addresses"),
        pytest.param("prometheus localhost", "missing port in address", id="no port"),
        pytest.param("prometheus ::1", "missing port in address", id="IPv6 without brackets"),
        pytest.param("prometheus :http", "not an address", id="a port by name"),
        pytest.param("prometheus :65536", "not an address", id="no such port"),
        pytest.param("prometheus ns.example.org:80", "not an address", id="a host by name"),
        pytest.param("prometheus {\n runtime_metrics on\n}", "Wrong argument", id="an argument"),
        pytest.param("prometheus {\n tls\n}", "Wrong argument count", id="tls without a file"),
        pytest.param("prometheus {\n tls no.yml\n}", "no such file", id="no such file"),
        pytest.param("prometheus {\n path /x\n}", "unknown property 'path'", id="a property"),
        pytest.param("prometheus\nprometheus", "only be used once per Server Block", id="twice"),
    ],
)
def test_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=rf"Corefile:\d+ .*{says}"):
        set_up(setup, text)


def test_relative_files_start_at_the_block_s_root(tmp_path: Path) -> None:
    """As all files of a server block do."""
    made = controller("prometheus {\n tls web.yml\n}")
    made.block.root = str(tmp_path)
    with pytest.raises(ConfigurationError, match=str(tmp_path / "web.yml")):
        setup(made)


def metric_names(given: Services) -> set[str]:
    return {metric.name for metric in given.metrics.registry.collect()}


def test_runtime_metrics_are_extra() -> None:
    """Those of the process are always there; once, however many blocks ask for them."""
    given = services()
    set_up(setup, "prometheus", given=given)
    before = metric_names(given)
    assert "process_resident_memory_bytes" in before
    for _ in range(2):
        set_up(setup, "prometheus {\n runtime_metrics\n}", given=given)
    assert metric_names(given) - before == {
        "python_info",
        "python_gc_collections",
        "python_gc_objects_collected",
        "python_gc_objects_uncollectable",
    }


def test_one_set_of_counts_for_all_blocks() -> None:
    """A query that the server turned down counts once, in whatever blocks the plugin stands."""
    given = services()
    for _ in range(3):
        assert isinstance(set_up(setup, "prometheus", given=given), Prometheus)
    assert len(given.rejected) == 1
