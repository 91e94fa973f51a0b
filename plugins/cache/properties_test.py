# SPDX-License-Identifier: Apache-2.0
"""What `cache` accepts, and what it makes of it."""

import logging

import pytest

from plugins.cache.cache import Cache
from plugins.cache.policy import Bounds, CachePolicy, Prefetch, ServeStale
from plugins.cache.setup import setup
from resolver import names
from resolver.errors import ConfigurationError
from resolver.testing import set_up

ORG, NET, ROOT = names.from_text("example.org."), names.from_text("example.net."), names.ROOT


@pytest.mark.parametrize(
    "text, want",
    [
        pytest.param("cache", CachePolicy(), id="nothing else"),
        pytest.param("cache {\n}", CachePolicy(), id="empty braces"),
        pytest.param(
            "cache 25",
            CachePolicy(success=Bounds(25), denial=Bounds(25)),
            id="a TTL is for both classes",
        ),
        pytest.param("cache example.org", CachePolicy((ORG,)), id="a zone"),
        pytest.param(
            "cache 25 example.org example.net {\n denial 10 15 2\n}",
            CachePolicy((ORG, NET), Bounds(25), Bounds(15, 2, 10)),
            id="a class has the last word",
        ),
        pytest.param(
            "cache {\n success 10\n denial 20 30\n}",
            CachePolicy(success=Bounds(3600, 0, 10), denial=Bounds(30, 0, 20)),
            id="capacities",
        ),
        pytest.param("cache {\n prefetch 10\n}", CachePolicy(prefetch=Prefetch(10)), id="prefetch"),
        pytest.param(
            "cache {\n prefetch 10 30s 50%\n}",
            CachePolicy(prefetch=Prefetch(10, 30_000, 50)),
            id="prefetch with all arguments",
        ),
        pytest.param("cache {\n prefetch 0\n}", CachePolicy(), id="no prefetch"),
        pytest.param("cache {\n serve_stale\n}", CachePolicy(stale=ServeStale()), id="stale"),
        pytest.param(
            "cache {\n serve_stale 1h20m IMMEDIATE 10s 1m\n}",
            CachePolicy(stale=ServeStale(4_800_000, False, 0, 10, 60_000)),
            id="stale at once",
        ),
        pytest.param(
            "cache {\n serve_stale 1h verify 100ms 0 250ms\n}",
            CachePolicy(stale=ServeStale(3_600_000, True, 100, 0, 250)),
            id="stale if asking fails",
        ),
        pytest.param(
            "cache {\n serve_stale_policy prefer_positive\n serve_stale\n}",
            CachePolicy(stale=ServeStale(prefer_positive=True)),
            id="positive data preferred, in any order of lines",
        ),
        pytest.param("cache {\n servfail 1m\n}", CachePolicy(servfail_ms=60_000), id="servfail"),
        pytest.param(
            "cache {\n disable success\n disable denial example.org example.net\n}",
            CachePolicy(
                success=Bounds(3600, disabled=(ROOT,)), denial=Bounds(1800, disabled=(ORG, NET))
            ),
            id="disable",
        ),
        pytest.param("cache {\n keepttl\n}", CachePolicy(keep_ttl=True), id="keepttl"),
        pytest.param(
            "cache {\n max_bytes 1MiB\n}",
            CachePolicy(max_octets=1 << 20, sized_at="Corefile:2"),
            id="max_bytes",
        ),
        pytest.param(
            "cache {\n persist /tmp/kept\n}",
            CachePolicy(persist="/tmp/kept", persisted_at="Corefile:2"),
            id="persist",
        ),
    ],
)
def test_what_is_accepted(text: str, want: CachePolicy) -> None:
    """Each property changes one part of the policy."""
    handler = set_up(setup, text)
    assert isinstance(handler, Cache)
    assert handler.policy == want


@pytest.mark.parametrize(
    "text, line, says",
    [
        pytest.param("cache 0", 1, "cache TTL can not be zero or negative: 0", id="TTL 0"),
        pytest.param("cache -1", 1, "cache TTL can not be zero or negative: -1", id="TTL -1"),
        pytest.param("cache a..b", 1, "empty label in name: 'a..b'", id="no zone"),
        pytest.param(
            "cache\ncache",
            2,
            "this plugin can only be used once per Server Block",
            id="twice",
        ),
        pytest.param("cache {\n positive 1\n}", 2, "unknown property 'positive'", id="unknown"),
        pytest.param(
            "cache {\n success\n}",
            2,
            "Wrong argument count or unexpected line ending after 'success'",
            id="success without capacity",
        ),
        pytest.param(
            "cache {\n success 1 2 3 4\n}",
            2,
            "Wrong argument count or unexpected line ending after '4'",
            id="success with too much",
        ),
        pytest.param(
            "cache {\n denial x\n}",
            2,
            'strconv.Atoi: parsing "x": invalid syntax',
            id="no capacity",
        ),
        pytest.param(
            "cache {\n denial 1 0\n}",
            2,
            "cache TTL can not be zero or negative: 0",
            id="denial TTL 0",
        ),
        pytest.param(
            "cache {\n success 1 5 -1\n}",
            2,
            "cache min TTL can not be negative: -1",
            id="MINTTL -1",
        ),
        pytest.param(
            "cache {\n prefetch\n}",
            2,
            "Wrong argument count or unexpected line ending after 'prefetch'",
            id="prefetch alone",
        ),
        pytest.param(
            "cache {\n prefetch -1\n}",
            2,
            "prefetch amount should be positive: -1",
            id="prefetch -1",
        ),
        pytest.param(
            "cache {\n prefetch 1 x\n}", 2, 'time: invalid duration "x"', id="prefetch duration"
        ),
        pytest.param(
            "cache {\n prefetch 1 1m 10\n}",
            2,
            "last character of percentage should be `%`, but is: '0'",
            id="no percent sign",
        ),
        pytest.param(
            "cache {\n prefetch 1 1m 9%\n}",
            2,
            "percentage should fall in range [10, 90]: 9",
            id="percentage",
        ),
        pytest.param(
            "cache {\n serve_stale -1m\n}",
            2,
            "invalid negative duration for serve_stale: -1m",
            id="stale for less than nothing",
        ),
        pytest.param(
            "cache {\n serve_stale 1m later\n}",
            2,
            "invalid value for serve_stale refresh mode: later",
            id="stale mode",
        ),
        pytest.param(
            "cache {\n serve_stale 1m immediate 1500ms\n}",
            2,
            "serve_stale response TTL must be whole seconds of 32 bits: 1500ms",
            id="stale TTL of half seconds",
        ),
        pytest.param(
            "cache {\n serve_stale 1m immediate 0 301s\n}",
            2,
            "serve_stale failure recheck over 5 minutes is not permitted",
            id="recheck",
        ),
        pytest.param(
            "cache {\n serve_stale 1m verify 1s 0 1s 1s\n}",
            2,
            "Wrong argument count or unexpected line ending after '1s'",
            id="stale with too much",
        ),
        pytest.param(
            "cache {\n serve_stale_policy prefer_positive\n}",
            2,
            "serve_stale_policy requires serve_stale",
            id="a policy for nothing",
        ),
        pytest.param(
            "cache {\n serve_stale\n serve_stale_policy newest\n}",
            3,
            "invalid value for serve_stale_policy: newest",
            id="another policy",
        ),
        pytest.param(
            "cache {\n serve_stale_policy prefer_positive\n serve_stale_policy prefer_positive\n}",
            3,
            "serve_stale_policy can only be specified once",
            id="two policies",
        ),
        pytest.param(
            "cache {\n servfail 301s\n}",
            2,
            "caching SERVFAIL responses over 5 minutes is not permitted",
            id="servfail for too long",
        ),
        pytest.param(
            "cache {\n servfail 20\n}",
            2,
            'time: missing unit in duration "20"',
            id="servfail without unit",
        ),
        pytest.param(
            "cache {\n disable error\n}",
            2,
            'cache type for disable must be "denial" or "success"',
            id="disable what",
        ),
        pytest.param(
            "cache {\n keepttl 1\n}",
            2,
            "Wrong argument count or unexpected line ending after '1'",
            id="keepttl with an argument",
        ),
        pytest.param("cache {\n max_bytes 0\n}", 2, "max_bytes can not be zero", id="no memory"),
        pytest.param(
            "cache {\n persist\n}",
            2,
            "Wrong argument count or unexpected line ending after 'persist'",
            id="persist nowhere",
        ),
        pytest.param(
            "cache {\n persist a b\n}",
            2,
            "Wrong argument count or unexpected line ending after 'b'",
            id="persist in two files",
        ),
        pytest.param(
            "cache {\n persist /no/such/folder\n}",
            2,
            "persist /no/such/folder is no place for a file",
            id="persist without a folder",
        ),
        pytest.param(
            "cache {\n persist /tmp\n}",
            2,
            "persist /tmp is no place for a file",
            id="persist in a folder's place",
        ),
        pytest.param(
            "cache {\n max_bytes much\n}",
            2,
            "not a size: 'much' (write 64MiB, 512KiB or a number of octets)",
            id="no size",
        ),
    ],
)
def test_what_is_refused(text: str, line: int, says: str) -> None:
    """With CoreDNS's words where it has them, and the place."""
    with pytest.raises(ConfigurationError) as raised:
        set_up(setup, text)
    assert str(raised.value) == f"Corefile:{line} - Error during parsing: plugin/cache: {says}"


def test_a_capacity_below_one_is_corrected(caplog: pytest.LogCaptureFixture) -> None:
    """CoreDNS holds 1024 entries then; a Corefile that works there works here."""
    with caplog.at_level(logging.WARNING, "plugin/cache"):
        assert set_up(setup, "cache {\n success 0\n}").policy.success.capacity == 1024
    assert "where=Corefile:2 class=success" in caplog.text
