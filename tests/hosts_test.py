# SPDX-License-Identifier: Apache-2.0
"""Names of a house on a whole server, with a cache ahead of them."""

import asyncio
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import dns.rcode

from plugins.hosts.hosts import Hosts
from tests.internet import Internet
from tests.serve import PATIENCE_S, Running, serving

COREFILE = """
. {{
    bind 127.0.0.1
    cache
    hosts {file} home.arpa {{
        192.168.1.9 printer.home.arpa
    }}
    whoami
}}
"""


def read_again(server: Running) -> None:
    """Let the time for a look at the file come, and wait until it is done."""
    handler = server.instance.blocks[0].handler("hosts")
    assert isinstance(handler, Hosts)
    done: Future[Any] = Future()

    def begin() -> None:
        task = asyncio.get_running_loop().create_task(handler.read_again())
        task.add_done_callback(lambda ended: done.set_result(ended.exception()))

    server.call(begin)
    assert done.result(PATIENCE_S) is None


def answer(server: Running, question: str) -> list[str]:
    """Return the RCODE and the data of the answer."""
    response = server.query(question)
    data = [str(rdata) for rrset in response.answer for rdata in rrset]
    return [dns.rcode.to_text(response.rcode()), *sorted(data)]


def misses(server: Running) -> float:
    """Return how many questions the cache had no answer for."""
    server.instance.metrics.refresh()
    return sum(
        sample.value
        for metric in server.instance.metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "coredns_cache_misses_total"
    )


def test_a_house(engine: str, tmp_path: Path) -> None:
    """Known names, denied ones, and those of others."""
    (tmp_path / "hosts").write_text("192.168.1.1 router.home.arpa router\n")
    with serving(COREFILE.format(file=tmp_path / "hosts"), engine) as server:
        for _ in range(2):  # the second time out of the cache
            assert answer(server, "router.home.arpa. A") == ["NOERROR", "192.168.1.1"]
            assert answer(server, "Printer.Home.Arpa. A") == ["NOERROR", "192.168.1.9"]
            assert answer(server, "printer.home.arpa. HTTPS") == ["NOERROR"]
            assert answer(server, "none.home.arpa. A") == ["NXDOMAIN"]
            assert answer(server, "9.1.168.192.in-addr.arpa. PTR") == [
                "NOERROR",
                "printer.home.arpa.",
            ]
        assert server.query("router. A").additional != []  # whoami's


def test_the_cache_forgets_what_has_changed(engine: str, tmp_path: Path) -> None:
    """At once, whatever its TTL; what is as before stays."""
    file = tmp_path / "hosts"
    file.write_text("192.168.1.1 a.home.arpa\n192.168.1.2 b.home.arpa\n")
    with serving(COREFILE.format(file=file), engine) as server:
        first = [answer(server, f"{name}.home.arpa. A") for name in ("a", "b", "c")]
        assert first == [["NOERROR", "192.168.1.1"], ["NOERROR", "192.168.1.2"], ["NXDOMAIN"]]
        before = misses(server)
        file.write_text("192.168.1.11 a.home.arpa\n192.168.1.2 b.home.arpa\n::1 c.home.arpa\n")
        read_again(server)
        then = [answer(server, f"{name}.home.arpa. A") for name in ("b", "a", "c")]
        assert then == [["NOERROR", "192.168.1.2"], ["NOERROR", "192.168.1.11"], ["NOERROR"]]
        assert misses(server) == before + 2


def test_names_are_claimed_as_they_come_and_go(
    engine: str, internet: Internet, tmp_path: Path
) -> None:
    """What an engine does without the chain follows the file, with no reload of the Corefile."""
    file = tmp_path / "hosts"
    file.write_text("192.168.1.1 www.example.org\n")
    corefile = f"""
    . {{
        bind 127.0.0.1
        cache
        hosts {file} {{
            fallthrough
        }}
        unbound {{
            {internet.unbound_properties}
        }}
    }}
    """
    question, own = "www.example.org. A", ["NOERROR", "192.168.1.1"]
    with serving(corefile, engine) as server:
        assert answer(server, question) == own
        file.write_text("192.168.1.2 www.example.net\n")
        read_again(server)
        others = answer(server, question)
        assert others[0] == "NOERROR"
        assert others != own
        assert answer(server, "www.example.net. A") == ["NOERROR", "192.168.1.2"]
        file.write_text("192.168.1.1 www.example.org\n")
        read_again(server)
        assert answer(server, question) == own
