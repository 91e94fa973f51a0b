# SPDX-License-Identifier: Apache-2.0
"""The Corefiles of docs/corefiles.md on whole servers: what the page says is what clients see.

They run as they stand there, but for places: files are in the test's folder, listeners for HTTP on
free ports, servers of offices and clusters, networks of guests and the root are the test's own.
"""

import logging
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from tests.internet import Internet
from tests.scrape import LISTENING, scrape
from tests.serve import PATIENCE_S, Running, query_message, serving

PAGE = (Path(__file__).parents[1] / "docs/corefiles.md").read_text()
COREFILES = dict(re.findall(r"^## (.+?)\n.*?^~~~ corefile\n(.*?)^~~~$", PAGE, re.M | re.S))
FILES = dict(re.findall(r"^`([\w.]+)`:\n\n~~~ txt\n(.*?)^~~~$", PAGE, re.M | re.S))
NEIGHBOUR = """. {
    bind 127.0.0.1
    hosts none {
        10.1.2.3 www.corp.example.org
        10.96.0.1 kubernetes.default.svc.cluster.local
    }
}
"""  # an office's or a cluster's own server

Place = Callable[..., str]


@pytest.fixture
def place(internet: Internet, tmp_path: Path) -> Place:
    """Return a function that gives the Corefile below a heading, put in its place here."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def put(heading: str, **places: str) -> str:
        corefile: str = COREFILES[heading]
        moved = {
            "    errors\n": f"    root {tmp_path}\n    errors\n",
            "    unbound\n": f"    unbound {{\n{internet.unbound_properties}\n    }}\n",
            **places,
        }
        for here, there in moved.items():
            assert here in corefile
            corefile = corefile.replace(here, there)
        return corefile

    return put


@pytest.fixture
def neighbour() -> Iterator[str]:
    """Yield where a server listens that is asked for its own names."""
    with serving(NEIGHBOUR) as running:
        yield str(running.endpoint)


def short(message: dns.message.Message) -> str:
    """Return the RCODE, `ad` if it is set, and the data of the answer."""
    words = [dns.rcode.to_text(message.rcode())]
    words += ["ad"] if message.flags & dns.flags.AD else []
    return " ".join(words + sorted(str(rdata) for rrset in message.answer for rdata in rrset))


def ask(server: Running, question: str, source: str | None = None) -> str:
    """Return in short what a client gets that sets AD."""
    query = query_message(question, ad=True)
    host, port = server.endpoint
    return short(dns.query.udp(query, host, PATIENCE_S, port, source))


def until_stale(server: Running, question: str) -> dns.message.Message:
    """Return the first answer that says that it is stale (RFC 8914, 4.4); asks until then."""
    latest = time.monotonic() + PATIENCE_S
    while time.monotonic() < latest:
        message = server.query(question, edns=True)
        if 3 in [int(ede.code) for ede in message.extended_errors()]:
            return message
    raise AssertionError("nothing stale was served")


def test_there_are_five() -> None:
    """Each below a heading of its own, each with a test here."""
    assert len(COREFILES) == PAGE.count("~~~ corefile") == 5


def test_plain(place: Place, engine: str, internet: Internet) -> None:
    """Resolved and validated; served stale if nobody answers; private names stay here."""
    with serving(place("Plain"), engine) as server:
        assert ask(server, "www.example.org. A") == "NOERROR ad 192.0.2.10"
        assert ask(server, "www.broken-signature.example. A") == "SERVFAIL"
        internet.reset_queries()
        assert ask(server, "printer.home.arpa. A") == "NXDOMAIN"
        assert internet.queries() == 0
        assert ask(server, "ttl1.example.org. A") == "NOERROR ad 192.0.2.101"
        with internet.silenced():
            assert short(until_stale(server, "ttl1.example.org. A")) == "NOERROR 192.0.2.101"


def test_a_house(place: Place, engine: str, internet: Internet, neighbour: str) -> None:
    """Its names both ways, those of the office from its server, and nothing of both leaks."""
    corefile = place("A house with names of its own", **{"192.0.2.53": neighbour})
    with serving(corefile, engine) as server:
        internet.reset_queries()
        for question, want in {
            "printer.home.arpa. A": "NOERROR 192.168.1.9",
            "printer.home.arpa. AAAA": "NOERROR",
            "9.1.168.192.in-addr.arpa. PTR": "NOERROR printer.home.arpa. scanner.home.arpa.",
            "home.arpa. MX": "NOERROR 10 mail.home.arpa.",
            "www.home.arpa. A": "NOERROR 192.168.1.25 mail.home.arpa.",
            "guest-107.home.arpa. A": "NOERROR 192.168.1.107",
            "nothing.home.arpa. A": "NXDOMAIN",
            "107.1.168.192.in-addr.arpa. PTR": "NOERROR guest-107.home.arpa.",
            "99.1.168.192.in-addr.arpa. PTR": "NXDOMAIN",
            "www.corp.example.org. A": "NOERROR 10.1.2.3",
            "3.2.1.10.in-addr.arpa. PTR": "NOERROR www.corp.example.org.",
        }.items():
            assert (question, ask(server, question)) == (question, want)
        assert internet.queries() == 0
        assert ask(server, "www.example.org. A") == "NOERROR ad 192.0.2.10"


def test_blocked_names(place: Place, engine: str, internet: Internet) -> None:
    """They have addresses where nobody is, and nothing else; nobody is asked for them."""
    with serving(place("Names that are blocked"), engine) as server:
        internet.reset_queries()
        assert ask(server, "ads.example.net. A") == "NOERROR 0.0.0.0"
        assert ask(server, "one.ads.example.net. AAAA") == "NOERROR ::"
        assert ask(server, "ads.example.net. HTTPS") == "NOERROR"
        assert internet.queries() == 0
        assert ask(server, "www.example.net. A") == "NOERROR 192.0.2.10"


def test_two_groups(place: Place, engine: str) -> None:
    """Each has its own answer, in whatever order they ask; all else is the same for both."""
    guests = {"192.168.2.0/24": "127.0.0.2/32"}
    with serving(place("Two groups of clients", **guests), engine) as server:
        for _ in range(2):  # the second time from the caches
            assert ask(server, "ads.example.net. A", "127.0.0.2") == "NOERROR 0.0.0.0"
            assert ask(server, "ads.example.net. A", "127.0.0.3") == "NXDOMAIN"
            for source in ("127.0.0.2", "127.0.0.3"):
                assert ask(server, "www.example.org. A", source) == "NOERROR ad 192.0.2.10"


def test_a_node_of_a_cluster(
    place: Place, engine: str, neighbour: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The cluster's names from its DNS, all else from the root; it shows how it is."""
    caplog.set_level(logging.INFO)
    free = {":8080": "127.0.0.1:0", ":8181": "127.0.0.1:0", ":9153": "127.0.0.1:0"}
    corefile = place("A node of a cluster", **free, **{"10.96.0.10": neighbour}).replace("5s", "0s")
    name = "kubernetes.default.svc.cluster.local."
    with serving(corefile, engine) as server:
        assert ask(server, f"{name} A") == "NOERROR 10.96.0.1"
        assert ask(server, "1.0.96.10.in-addr.arpa. PTR") == f"NOERROR {name}"
        assert ask(server, "www.example.org. A") == "NOERROR ad 192.0.2.10"
        where = {
            record.name: record.getMessage().removeprefix(LISTENING)
            for record in caplog.records
            if record.getMessage().startswith(LISTENING)
        }
        for plugin in ("health", "ready"):
            page = f"http://{where[f'plugin/{plugin}']}/{plugin}"
            with urllib.request.urlopen(page, timeout=PATIENCE_S) as answer:
                assert answer.read() == b"OK"
        server.reload(corefile.replace("cluster.local", "cluster.example"))
        assert ask(server, f"{name} A") == "NXDOMAIN"
        shown = scrape(where["plugin/prometheus"])
        asked = "coredns_proxy_request_duration_seconds_count"
        assert shown.value(asked, proxy_name="forward", to=neighbour, rcode="NOERROR") == 2
