# SPDX-License-Identifier: Apache-2.0
"""Whole server: metrics as Prometheus gets them, and what its listener does to DNS: nothing."""

import logging
import socket
import ssl
import subprocess
import sys
import threading
import urllib.error
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dns.rcode
import pytest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from resolver.corefile.controller import Controller
from resolver.errors import ResolverError
from resolver.transport.sockets import ListenError
from tests.certificate import write_certificate
from tests.scrape import addresses, scrape
from tests.serve import serving

ROOT = Path(__file__).parents[1]
PATIENCE_S = 20.0
ENABLED = "coredns_plugin_enabled"

TWO_BLOCKS = """
example.org {
    bind 127.0.0.1
    prometheus localhost:0
    whoami
}
example.net {
    bind 127.0.0.1
    prometheus localhost:0
    whoami
}
"""


@pytest.fixture(autouse=True)
def log_of_all(caplog: pytest.LogCaptureFixture) -> None:
    """Listeners tell where they are."""
    caplog.set_level(logging.INFO)


def failing(controller: Controller) -> None:
    """Set up a directive that cannot start."""

    async def fail() -> None:
        raise ResolverError("as asked")

    controller.on_startup(fail)


RECURSING = """
. {
    bind 127.0.0.1
    prometheus localhost:0
    cache
    unbound
}
"""


def test_a_short_recursion(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    """Takes some microseconds, and is not told in whole milliseconds."""
    with serving(RECURSING, engine) as server:
        server.query("www.invalid. A")  # a special name, for which nobody is asked
        got = scrape(addresses(caplog)[0])
    assert got.value("coredns_unbound_request_duration_seconds_count") == 1
    assert got.value("coredns_unbound_request_duration_seconds_sum") * 1000 % 1 > 0


def test_a_scrape(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    """Queries of two zones, and one that no zone has, as they were asked."""
    with serving(TWO_BLOCKS, engine) as server:
        server.query("www.example.org. A", do=True)
        server.query("www.example.org. CAA", tcp=True)
        server.query("www.example.net. AAAA")
        refused = server.query("www.example.com. A")
        got = scrape(addresses(caplog)[0])
        (name,) = (serving.server.name for serving in server.instance.serving)
    assert refused.rcode() == dns.rcode.REFUSED
    assert got.content_type == "text/plain; version=0.0.4; charset=utf-8"
    for labels, count in (
        ({"zone": "example.org.", "proto": "udp", "family": "1", "type": "A"}, 1),
        ({"zone": "example.org.", "proto": "tcp", "family": "1", "type": "other"}, 1),
        ({"zone": "example.net.", "proto": "udp", "family": "1", "type": "AAAA"}, 1),
        ({"zone": "dropped", "proto": "udp", "family": "1", "type": "A"}, 1),
        ({}, 4),
    ):
        assert got.value("coredns_dns_requests_total", **labels) == count
    for labels, count in (
        ({"zone": "example.org.", "rcode": "NOERROR", "plugin": "whoami"}, 2),
        ({"zone": "dropped", "rcode": "REFUSED", "plugin": ""}, 1),
    ):
        assert got.value("coredns_dns_responses_total", **labels) == count
    assert got.value("coredns_dns_do_requests_total", zone="example.org.") == 1
    assert got.value("coredns_panics_total") == 0
    enabled = [s.labels for s in got.samples if s.name == ENABLED]
    assert [labels for labels in enabled if labels["name"] != "plan"] == [
        {"server": name, "zone": zone, "view": "", "name": plugin}
        for zone in ("example.org.", "example.net.")
        for plugin in ("prometheus", "whoami")
    ]


def test_blocks_with_one_address_share_its_listener(caplog: pytest.LogCaptureFixture) -> None:
    """Which is told once. When the server ends, nobody listens there any more."""
    with serving(TWO_BLOCKS):
        (address,) = addresses(caplog)
        assert {s.labels["zone"] for s in scrape(address).samples if s.name == ENABLED} == {
            "example.org.",
            "example.net.",
        }
    with pytest.raises(urllib.error.URLError):
        scrape(address)


def test_all_listeners_show_all(caplog: pytest.LogCaptureFixture) -> None:
    """There is one set of metrics in a process."""
    corefile = TWO_BLOCKS.replace("localhost:0", "127.0.0.1:0", 1).replace("localhost", "127.0.0.2")
    with serving(corefile) as server:
        server.query("example.org. A")
        server.query("example.net. A")
        first, second = addresses(caplog)
        assert first != second
        for address in (first, second):
            assert scrape(address).value("coredns_dns_responses_total", rcode="NOERROR") == 2


def test_a_port_that_is_taken() -> None:
    """The error names file, line and address; the server does not come up half."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(ListenError) as caught,
            serving(TWO_BLOCKS.replace("localhost:0", f"localhost:{port}", 1)),
        ):
            pytest.fail("it came up")
    assert str(caught.value) == (
        f"Corefile:4 - plugin/prometheus: listen tcp 127.0.0.1:{port}: bind: address already in use"
    )


def test_a_block_that_cannot_start_leaves_no_listener(caplog: pytest.LogCaptureFixture) -> None:
    """What was started is ended; its port is free again."""

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    corefile = TWO_BLOCKS.replace("localhost:0", f"localhost:{port}", 1).replace(
        "localhost:0\n    whoami", "localhost:0\n    failing"
    )
    with (
        pytest.raises(ResolverError, match="as asked"),
        serving(corefile, more={"failing": failing}),
    ):
        pytest.fail("it came up")
    with socket.create_server(("127.0.0.1", port)):
        assert addresses(caplog) == []


WEB = "tls_server_config:\n cert_file: cert.pem\n key_file: key.pem\n"


@pytest.mark.parametrize(
    "more, with_certificate, served",
    [
        pytest.param("", False, True, id="any client"),
        pytest.param(
            " client_auth_type: RequireAndVerifyClientCert\n client_ca_file: cert.pem\n",
            True,
            True,
            id="a client with its certificate",
        ),
        pytest.param(
            " client_auth_type: RequireAndVerifyClientCert\n client_ca_file: cert.pem\n",
            False,
            False,
            id="a client without one",
        ),
    ],
)
def test_tls(
    more: str,
    with_certificate: bool,
    served: bool,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As the web configuration has it; who comes without TLS gets nothing."""
    write_certificate(tmp_path)
    (tmp_path / "web.yml").write_text(WEB + more)
    client = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    if with_certificate:
        client.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    corefile = f"root {tmp_path}\nbind 127.0.0.1\nprometheus :0 {{\ntls web.yml\n}}\nwhoami"
    with serving(f". {{\n{corefile}\n}}"):
        port = addresses(caplog)[0].rpartition(":")[2]
        if served:
            assert scrape(f"127.0.0.1:{port}", client).value("coredns_build_info") == 1
        else:
            with pytest.raises(OSError, match=r"(?i)certificate.required|closed|reset|broken pipe"):
                scrape(f"127.0.0.1:{port}", client)
        with pytest.raises(OSError, match=r"(?i)closed|reset|broken pipe"):
            scrape(f"127.0.0.1:{port}")


class Gate(Collector):
    """A metric that takes as long as a test wants."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.is_shut = False

    def collect(self) -> Iterator[Metric]:
        if self.is_shut:
            self.reached.set()
            assert self.opened.wait(PATIENCE_S)
        yield GaugeMetricFamily("rootward_gate", "Open.", 1)


def test_a_scrape_does_not_hold_up_dns(caplog: pytest.LogCaptureFixture) -> None:
    """However long the text takes, queries are answered meanwhile."""
    gate = Gate()

    def gated(controller: Controller) -> None:
        controller.metrics.registry.register(gate)

    corefile = TWO_BLOCKS.replace("whoami", "gated\n    whoami", 1)
    with (
        serving(corefile, more={"gated": gated}) as server,
        ThreadPoolExecutor(1) as threads,
    ):
        gate.is_shut = True
        scraping = threads.submit(scrape, addresses(caplog)[0])
        try:
            assert gate.reached.wait(PATIENCE_S)
            for _ in range(10):
                assert server.query("example.org. A").rcode() == dns.rcode.NOERROR
            assert not scraping.done()
        finally:
            gate.opened.set()
        assert scraping.result(PATIENCE_S).value("rootward_gate") == 1


WITHOUT = """
import sys
from tests.serve import serving
with serving({corefile!r}) as server:
    assert server.query("example.org. CH A").rcode() == 5
print(*sorted(name for name in ("anyio", "hypercorn", "starlette", "yaml") if name in sys.modules))
"""


@pytest.mark.parametrize(
    "directives, imported",
    [
        pytest.param("errors\nlog\nloadbalance\nacl\ncache\nunbound", "", id="without"),
        pytest.param("prometheus localhost:0", "anyio hypercorn starlette", id="with"),
    ],
)
def test_only_who_listens_pays_for_it(directives: str, imported: str) -> None:
    """The packages for HTTP are a tenth of a second at the start."""
    script = WITHOUT.format(corefile=f". {{\nbind 127.0.0.1\n{directives}\n}}")
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == (imported, 0), done.stderr
