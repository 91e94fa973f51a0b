# SPDX-License-Identifier: Apache-2.0
"""What a `forward` line accepts, and what is wrong with it in CoreDNS's words."""

import logging
from pathlib import Path

import dns.message
import pytest

from plugins.forward.conftest import House, Replies, Upstream, answer
from plugins.forward.settings import HealthCheck, Settings, Target
from resolver import names
from resolver.errors import ConfigurationError
from resolver.request import Endpoint
from resolver.testing import run

ROOT = (names.ROOT,)


def settings_of(properties: str, to: str = "192.0.2.1") -> Settings:
    """Return what a line with these properties says."""
    return House(f"forward . {to} {{\n{properties}\n}}").lines[0].settings


def targets_of(house: House) -> list[Target]:
    """Return the upstreams of the first line."""
    return [proxy.target for proxy in house.lines[0].group.proxies]


def test_the_defaults() -> None:
    """As CoreDNS's."""
    got = settings_of("")
    assert got == Settings(ROOT)
    assert (got.expire_ms, got.read_ms, got.max_fails, got.policy) == (10_000, 2000, 2, "random")
    assert got.health == HealthCheck(500, True, names.ROOT)


@pytest.mark.parametrize(
    "properties, want",
    [
        pytest.param(
            "force_tcp\nprefer_udp", Settings(ROOT, force_tcp=True, prefer_udp=True), id="f"
        ),
        pytest.param(
            "expire 20s\nmax_age 1m", Settings(ROOT, expire_ms=20_000, max_age_ms=60_000), id="age"
        ),
        pytest.param("max_idle_conns 5", Settings(ROOT, max_idle=5), id="max_idle_conns"),
        pytest.param("read_timeout 500ms", Settings(ROOT, read_ms=500), id="read_timeout"),
        pytest.param("max_fails 0", Settings(ROOT, max_fails=0), id="max_fails"),
        pytest.param("max_connect_attempts 0", Settings(ROOT, max_attempts=0), id="attempts"),
        pytest.param("max_concurrent 9", Settings(ROOT, max_concurrent=9), id="max_concurrent"),
        pytest.param("policy round_robin", Settings(ROOT, policy="round_robin"), id="policy"),
        pytest.param(
            "health_check 1s no_rec domain Example.org",
            Settings(ROOT, health=HealthCheck(1000, False, names.from_text("example.org"))),
            id="health_check",
        ),
        pytest.param(
            "next NXDOMAIN refused", Settings(ROOT, next_rcodes=frozenset({3, 5})), id="next"
        ),
        pytest.param("next_on_nodata", Settings(ROOT, next_on_nodata=True), id="next_on_nodata"),
        pytest.param(
            "failover SERVFAIL", Settings(ROOT, failover_rcodes=frozenset({2})), id="failover"
        ),
        pytest.param(
            "failfast_all_unhealthy_upstreams", Settings(ROOT, failfast=True), id="failfast"
        ),
        pytest.param(
            "source_address ::ffff:192.0.2.9", Settings(ROOT, source="192.0.2.9"), id="source"
        ),
        pytest.param(
            "resolver 192.0.2.8 192.0.2.9:54",
            Settings(ROOT, resolvers=(Endpoint("192.0.2.8", 53), Endpoint("192.0.2.9", 54))),
            id="resolver",
        ),
        pytest.param("doh_method POST", Settings(ROOT), id="doh_method"),
    ],
)
def test_properties(properties: str, want: Settings) -> None:
    """Each property is one fact of the settings."""
    assert settings_of(properties) == want


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param(
            "forward", "Wrong argument count or unexpected line ending after 'forward'", id="bare"
        ),
        pytest.param(
            "forward .", "Wrong argument count or unexpected line ending after '.'", id="no TO"
        ),
        pytest.param(
            f"forward {'x' * 64} 192.0.2.1", f"unable to normalize '{'x' * 64}'", id="FROM"
        ),
        pytest.param(
            "forward . " + " ".join(f"192.0.2.{n}" for n in range(1, 17)),
            "more than 15 TOs configured: 16",
            id="16 upstreams",
        ),
        pytest.param(
            "forward . 192.0.2.1:no", 'not an IP address or file: "192.0.2.1:no"', id="port"
        ),
        pytest.param("forward . a/b", 'not an IP address or file: "a/b"', id="no file"),
        pytest.param(
            "forward . grpc://192.0.2.1",
            "'grpc' is not supported as a destination protocol in forward: grpc://192.0.2.1",
            id="grpc",
        ),
        pytest.param(
            "forward . https://192.0.2.1",
            "https upstreams are not supported: 'https://192.0.2.1' (use tls://)",
            id="https",
        ),
        pytest.param(
            "forward . https://192.0.2.1/q",
            "paths are not allowed in HTTPS upstream addresses: 'https://192.0.2.1/q'",
            id="a path",
        ),
        pytest.param("forward . tls://192.0.2.1%a..b", "not a server name: 'a..b'", id="a name"),
        pytest.param(
            "forward . tls://192.0.2.1%a.example {\ntls_servername b\n}",
            "both forward ('b') and proxy level ('a.example') TLS servernames are set for upstream "
            "proxy 'tls://192.0.2.1:853'",
            id="two names",
        ),
    ],
)
def test_lines_that_are_refused(text: str, says: str) -> None:
    """The error names file and line."""
    with pytest.raises(ConfigurationError) as caught:
        House(text)
    assert str(caught.value) == f"Corefile:1 - Error during parsing: plugin/forward: {says}"


@pytest.mark.parametrize(
    "properties, says",
    [
        pytest.param("blaatl", "unknown property 'blaatl'", id="unknown"),
        pytest.param(
            "except", "Wrong argument count or unexpected line ending after 'except'", id="except"
        ),
        pytest.param(
            "force_tcp yes", "Wrong argument count or unexpected line ending after 'yes'", id="flag"
        ),
        pytest.param("expire -1s", "expire can't be negative: -1s", id="expire"),
        pytest.param("max_age -1s", "max_age can't be negative: -1s", id="max_age"),
        pytest.param("max_idle_conns -1", "max_idle_conns can't be negative: -1", id="idle"),
        pytest.param("max_concurrent -4", "max_concurrent can't be negative: -4", id="concurrent"),
        pytest.param(
            "max_concurrent x", 'strconv.Atoi: parsing "x": invalid syntax', id="no number"
        ),
        pytest.param("max_fails -1", 'strconv.ParseUint: parsing "-1": invalid syntax', id="fails"),
        pytest.param(
            "max_connect_attempts x", 'strconv.ParseUint: parsing "x": invalid syntax', id="att"
        ),
        pytest.param("read_timeout 0s", "read_timeout must be positive: 0s", id="read_timeout"),
        pytest.param("policy random2", "unknown policy 'random2'", id="policy"),
        pytest.param("health_check no_rec", 'time: invalid duration "no_rec"', id="no duration"),
        pytest.param("health_check -1s", "health_check: negative interval: -1s", id="negative"),
        pytest.param("health_check 1s rec", "health_check: unknown option rec", id="option"),
        pytest.param(
            "health_check 1s domain",
            "Wrong argument count or unexpected line ending after 'domain'",
            id="domain",
        ),
        pytest.param(
            "health_check 1s domain a..b", "health_check: invalid domain name a..b", id="name"
        ),
        pytest.param("next WHAT", "WHAT is not a valid rcode", id="next"),
        pytest.param("failover WHAT", "WHAT is not a valid rcode", id="failover"),
        pytest.param("failover NOERROR", "NoError cannot be used in failover", id="noerror"),
        pytest.param("source_address x", "source_address: invalid IP address 'x'", id="source"),
        pytest.param("resolver x", "not an address: 'x'", id="resolver"),
        pytest.param("tls_servername a..b", "not a server name: 'a..b'", id="server name"),
        pytest.param("doh_method PUT", "doh_method must be GET or POST: 'PUT'", id="doh"),
        pytest.param(
            "tls a b c d", "Wrong argument count or unexpected line ending after 'd'", id="tls"
        ),
    ],
)
def test_properties_that_are_refused(properties: str, says: str) -> None:
    """The error names the property's own line."""
    with pytest.raises(ConfigurationError) as caught:
        settings_of(properties)
    assert str(caught.value) == f"Corefile:2 - Error during parsing: plugin/forward: {says}"


def test_a_connection_may_not_be_idle_for_longer_than_it_lives() -> None:
    """`max_age` below `expire` is an error."""
    with pytest.raises(
        ConfigurationError, match=r"max_age \(10s\) must not be less than expire \(30s\)"
    ):
        settings_of("expire 30s\nmax_age 10s")


def test_tls_files_that_cannot_be_used(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(ConfigurationError, match=f"could not use {tmp_path}/none.pem for TLS"):
        settings_of(f"tls {tmp_path}/none.pem", "tls://192.0.2.1")


def test_a_file_of_name_servers(tmp_path: Path) -> None:
    """resolv.conf(5): what answers depend on, so the cache's partition follows its content."""
    file = tmp_path / "resolv.conf"
    file.write_text("search example.org\nnameserver 192.0.2.1\nnameserver 2001:db8::1%en0\n")
    house = House(f"forward . {file}")
    assert [str(t) for t in targets_of(house)] == ["192.0.2.1:53", "[2001:db8::1]:53"]
    before = house.controller.block.partition("forward")
    file.write_text("nameserver 192.0.2.2\n")
    assert house.controller.block.partition("forward") != before
    file.write_text("# nameserver 192.0.2.1\nnameserver x\nnameserver\n")
    with pytest.raises(ConfigurationError, match="no valid upstream addresses found"):
        House(f"forward . {file}")


def test_upstreams_that_are_this_block_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """One WARNING for each; without any other upstream it is an error."""

    async def scene() -> None:
        with caplog.at_level(logging.WARNING, "plugin/forward"):
            async with House("forward . 127.0.0.1 192.0.2.1 127.0.0.1:54") as house:
                assert [str(t) for t in targets_of(house)] == ["192.0.2.1:53", "127.0.0.1:54"]
        assert [r.getMessage() for r in caplog.records] == [
            "upstream is this server itself, left out: 127.0.0.1:53 at=Corefile:1"
        ]
        with pytest.raises(ConfigurationError, match="all upstreams are this server itself: 127"):
            async with House("forward . 127.0.0.1"):
                pass

    run(scene())


def test_a_host_is_looked_up_before_the_start() -> None:
    """At its `resolver`, which may have several addresses for it; TLS checks its name."""

    async def scene() -> None:
        def behave(query: dns.message.Message, _: str) -> Replies:
            name, qtype = query.question[0].name, query.question[0].rdtype
            data = {1: ("A", ("192.0.2.1", "192.0.2.2")), 28: ("AAAA", ("2001:db8::1",))}[qtype]
            return [answer(query, *(f"{name} 60 IN {data[0]} {address}" for address in data[1]))]

        async with Upstream(behave) as known:
            text = f"forward . tls://dns.example.org:99 {{\nresolver 127.0.0.1:{known.port}\n}}"
            async with House(text) as house:
                got = targets_of(house)
        assert [t.to.host for t in got] == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
        assert {(t.to.port, t.is_tls, t.server_name) for t in got} == {
            (99, True, "dns.example.org")
        }

    run(scene())


def test_a_host_that_has_no_address_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the line, with what the system said."""

    async def scene() -> None:
        def unknown(*_: object, **__: object) -> list[object]:
            raise OSError(-2, "Name or service not known")

        monkeypatch.setattr("socket.getaddrinfo", unknown)
        with pytest.raises(ConfigurationError) as caught:
            async with House("forward . dns.example.org"):
                pass
        assert str(caught.value) == (
            "Corefile:1 - Error during parsing: plugin/forward: "
            'failed to resolve "dns.example.org.": Name or service not known'
        )

    run(scene())


def test_a_source_that_cannot_reach_an_upstream(caplog: pytest.LogCaptureFixture) -> None:
    """One WARNING for an upstream of the other family: it will never be reached."""

    async def scene() -> None:
        text = "forward . 192.0.2.1 2001:db8::1 {\nsource_address 2001:db8::9\n}"
        with caplog.at_level(logging.WARNING, "plugin/forward"):
            async with House(text):
                pass

    run(scene())
    assert [record.getMessage() for record in caplog.records] == [
        "source_address is of another family than upstream: 192.0.2.1:53"
    ]
