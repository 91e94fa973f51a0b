# SPDX-License-Identifier: Apache-2.0
"""Misses that a plugin behind the cache passes on: each is answered once, and counted once."""

import time
from collections.abc import Callable

import dns.flags
import dns.message
import dns.rcode
import pytest

from tests.internet import Internet
from tests.serve import PASSES, PATIENCE_S, Running, query_message, serving

COREFILE = """
. {{
    bind 127.0.0.1
    {ahead}
    loadbalance
    cache {{
        {cache}
    }}
    {passes}
    {behind}
    unbound {{
        {properties}
    }}
}}
"""
HOUSES = {
    "alone": {},
    "with metrics of each query": {"ahead": "prometheus 127.0.0.1:0"},
    "with a writer that alters": {"behind": "minimal"},
    "with a budget": {"ahead": "cancel 3s"},
    "with words on the header": {"ahead": "header {\n response set aa\n}"},
}
ASKED = [
    pytest.param("www.example.org. A", "NOERROR", "secure", id="secure"),
    pytest.param("www.example.net. A", "NOERROR", "", id="insecure"),
    pytest.param("nowhere.example.org. A", "NXDOMAIN", "secure", id="no such name"),
    pytest.param("www.expired.example. A", "SERVFAIL", "bogus", id="bogus"),
    pytest.param("www.lame.example. A", "SERVFAIL", "", id="nobody answers"),
    pytest.param("chain3.example.org. A", "NOERROR", "secure", id="records with an order"),
]


def corefile(internet: Internet, ahead: str = "", cache: str = "", behind: str = "") -> str:
    """Return a Corefile."""
    properties = internet.unbound_properties
    return COREFILE.format(
        ahead=ahead, cache=cache, passes=PASSES, behind=behind, properties=properties
    )


def total(server: Running, name: str, **labels: str) -> float:
    """Return the sum of a counter's samples with these labels."""
    server.call(server.instance.metrics.refresh)
    return sum(
        sample.value
        for metric in server.instance.metrics.registry.collect()
        for sample in metric.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for what the server does behind an answer, PATIENCE_S at most."""
    end_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end_s


@pytest.mark.parametrize("house", HOUSES.values(), ids=HOUSES)
@pytest.mark.parametrize("question, rcode, validation", ASKED)
def test_each_is_counted_once(
    engine: str,
    internet: Internet,
    question: str,
    rcode: str,
    validation: str,
    house: dict[str, str],
) -> None:
    """The miss by the plugins that it has passed, whoever answers; then it is kept."""
    with serving(corefile(internet, **house), engine) as server:
        first = server.query(question)
        assert dns.rcode.to_text(first.rcode()) == rcode

        def counted() -> dict[str, float]:
            return {
                "requests": total(server, "coredns_cache_requests_total"),
                "misses": total(server, "coredns_cache_misses_total"),
                "allowed": total(server, "coredns_acl_allowed_requests_total"),
                "rcodes": total(server, "coredns_unbound_response_rcode_count_total"),
                "of its own": total(
                    server, "coredns_unbound_response_rcode_count_total", rcode=rcode
                ),
                "durations": total(server, "coredns_unbound_request_duration_seconds_count"),
            }

        wait_for(lambda: counted()["durations"] > 0)
        assert counted() == dict.fromkeys(counted(), 1)
        for each in ("secure", "bogus"):
            assert total(server, f"rootward_unbound_{each}_total") == (each == validation)
        again = server.query(question)
        assert again.rcode() == first.rcode()
        assert {str(rrset.name) for rrset in again.answer} == {str(r.name) for r in first.answer}
        assert [o.otype for o in again.options] == [o.otype for o in first.options]
        assert counted()["durations"] == 1
        assert total(server, "coredns_cache_hits_total") == 1
        assert total(server, "coredns_cache_misses_total") == 1
        assert total(server, "rootward_server_deadlines_missed_total") == 0


def test_many_who_ask_the_same(engine: str, internet: Internet) -> None:
    """With and without DO, over UDP and TCP: one recursion, and each gets its own answer."""
    with serving(corefile(internet), engine) as server, server.udp() as udp:
        asked = {}
        for number in range(60):
            message = query_message("www.example.org. A", do=number % 2 == 0)
            message.id = number
            asked[number] = message
            udp.send(message.to_wire())
        for _ in range(60):
            got = dns.message.from_wire(udp.recv(4096))
            signed = bool(asked.pop(got.id).ednsflags & dns.flags.DO)
            assert got.rcode() == dns.rcode.NOERROR
            assert (len(got.answer) == 2) is signed
        assert not asked
        assert server.query("www.example.org. A", tcp=True).answer
        udp.settimeout(0)
        with pytest.raises(BlockingIOError):
            udp.recv(4096)


def test_the_end_of_a_server_answers_who_waits(engine: str, internet: Internet) -> None:
    """What is in flight when it stops gets SERVFAIL, not silence."""
    with serving(corefile(internet), engine) as server:
        udp = server.udp()
        udp.send(query_message("www.silent.misbehaving.example. A").to_wire())
        wait_for(lambda: total(server, "coredns_cache_misses_total") == 1)
    with udp:
        assert dns.message.from_wire(udp.recv(4096)).rcode() == dns.rcode.SERVFAIL
