# SPDX-License-Identifier: Apache-2.0
"""Whole server: metrics and their listener while one Corefile takes the place of another."""

import logging

import pytest

from resolver.errors import ResolverError
from tests.prometheus_test import TWO_BLOCKS, failing
from tests.scrape import addresses, scrape
from tests.serve import serving


@pytest.fixture(autouse=True)
def log_of_all(caplog: pytest.LogCaptureFixture) -> None:
    """Listeners tell where they are."""
    caplog.set_level(logging.INFO)


def enabled(address: str) -> set[str] | None:
    """Return the plugins that are told to be enabled, None if nobody listens."""
    try:
        samples = scrape(address).samples
    except OSError:
        return None
    return {s.labels["name"] for s in samples if s.name == "coredns_plugin_enabled"}


def wait_for(address: str, plugins: set[str] | None) -> None:
    """Return once these are enabled: the old configuration ends just after the new one serves."""
    for _ in range(1000):
        if enabled(address) == plugins:
            return
    pytest.fail(f"still {enabled(address)}")


def test_a_reload_keeps_the_listener_and_what_was_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The new configuration's plugins are enabled, the old one's are not."""
    with serving(TWO_BLOCKS) as server:
        server.query("example.org. A")
        address = addresses(caplog)[0]
        server.reload(TWO_BLOCKS.replace("whoami", "errors\n    whoami", 1))
        server.query("example.org. A")
        server.query("example.com. A")
        got = scrape(address)
        assert addresses(caplog) == [address]
        assert got.value("coredns_dns_requests_total", zone="example.org.") == 2
        assert got.value("coredns_dns_requests_total", zone="dropped") == 1
        assert enabled(address) == {"prometheus", "errors", "whoami"}
        server.reload(TWO_BLOCKS)
        wait_for(address, {"prometheus", "whoami"})


@pytest.mark.parametrize(
    "change, says",
    [
        pytest.param(("whoami", "unknown"), "Unknown directive 'unknown'", id="no such directive"),
        pytest.param(("whoami", "failing"), "as asked", id="a plugin that cannot start"),
        pytest.param(("localhost:0", "192.0.2.1:9153"), "cannot assign", id="no such address"),
    ],
)
def test_the_listener_survives_a_reload_that_fails(
    change: tuple[str, str], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In whatever block and for whatever reason."""
    with serving(TWO_BLOCKS, more={"failing": failing}) as server:
        address = addresses(caplog)[0]
        broken = change[1].join(TWO_BLOCKS.rsplit(change[0], 1))
        with pytest.raises(ResolverError, match=says):
            server.reload(broken)
        server.query("example.net. A")
        assert scrape(address).value("coredns_dns_responses_total", zone="example.net.") == 1
        assert enabled(address) == {"prometheus", "whoami"}


def test_a_reload_without_it_ends_the_listener(caplog: pytest.LogCaptureFixture) -> None:
    """And one with it begins anew."""
    without = TWO_BLOCKS.replace("prometheus localhost:0", "errors")
    with serving(TWO_BLOCKS) as server:
        server.reload(without)
        wait_for(addresses(caplog)[0], None)
        server.reload(TWO_BLOCKS)
        assert enabled(addresses(caplog)[-1]) == {"prometheus", "whoami"}
