# SPDX-License-Identifier: Apache-2.0
"""Split horizon with whole servers: a house's names from its own server, all else from the root."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

from tests.internet import Internet
from tests.serve import Running, serving

LEAF = "127.53.2.1"
MISBEHAVING = "127.53.9.{}"  # tests/internet/catalogue.py


@pytest.fixture
def house(internet: Internet, engine: str) -> Iterator[Running]:
    """Serve with a cache, two lines to a house's server, and recursion for all else."""
    corefile = f""".:0 {{
        bind 127.0.0.1
        cache
        forward 10.0.0.0/8 {LEAF}
        forward example.net {LEAF} {{
            except insecure.example.net
            next NXDOMAIN
        }}
        unbound {{
            {internet.unbound_properties}
        }}
    }}"""
    with serving(corefile, engine) as running:
        internet.reset_queries()
        yield running


def addresses(message: dns.message.Message) -> list[str]:
    """Return the A records' data, in any order."""
    return sorted(
        rdata.address
        for rrset in message.answer
        if rrset.rdtype == dns.rdatatype.A
        for rdata in rrset
    )


def test_a_house_forwards_its_names_and_recurses_for_others(
    house: Running, internet: Internet
) -> None:
    """A private reverse name reaches the house's server and nobody else; others are validated."""
    private = house.query("3.2.1.10.in-addr.arpa. PTR")
    assert [str(rdata) for rrset in private.answer for rdata in rrset] == ["private.example.org."]
    assert {query.server for query in internet.seen()} == {LEAF}
    forwarded = house.query("www.example.net. A", ad=True)
    assert addresses(forwarded) == ["192.0.2.10"]
    assert forwarded.flags & dns.flags.RA and not forwarded.flags & dns.flags.AD
    recursed = house.query("www.example.org. A", ad=True)
    assert addresses(recursed) == ["192.0.2.10"] and recursed.flags & dns.flags.AD


def test_a_forwarded_answer_is_kept(house: Running, internet: Internet) -> None:
    """Asked once for three clients; with DO it is another answer."""
    for _ in range(3):
        assert addresses(house.query("www.example.net. A")) == ["192.0.2.10"]
    assert internet.queries("www.example.net", "A") == 1
    house.query("www.example.net. A", do=True)
    assert internet.queries("www.example.net", "A") == 2


def test_a_name_that_the_house_does_not_know_goes_on(house: Running) -> None:
    """`next NXDOMAIN`: recursion says the same here, and its denial is what the client gets."""
    denied = house.query("no-such-name.example.net. A")
    assert denied.rcode() == dns.rcode.NXDOMAIN and denied.flags & dns.flags.RA


@pytest.mark.parametrize(
    "octet, zone",
    [
        pytest.param(2, "wrong-id", id="a forged reply comes first, with another ID"),
        pytest.param(
            3,
            "wrong-question",
            id="a forged reply to another question, the true one when asked again",
        ),
        pytest.param(4, "garbage", id="garbage comes first"),
        pytest.param(5, "truncated", id="UDP is too small"),
        pytest.param(8, "no-edns", id="no EDNS"),
        pytest.param(10, "drops-first", id="the first query is lost"),
        pytest.param(17, "slow-500", id="it takes its time"),
        pytest.param(22, "poison", id="it speaks of other names"),
        pytest.param(23, "lower-case", id="it does not keep the case"),
        pytest.param(24, "twice", id="it answers twice"),
    ],
)
def test_an_upstream_misbehaves(internet: Internet, octet: int, zone: str) -> None:
    """The client gets the true answer, nothing beside it, and its own spelling."""
    name = f"www.{zone}.misbehaving.example."
    corefile = f""".:0 {{
        bind 127.0.0.1
        forward {zone}.misbehaving.example {MISBEHAVING.format(octet)} {{
            read_timeout 300ms
        }}
    }}"""
    if zone.startswith("slow"):
        corefile = corefile.replace("300ms", "2s")
    with serving(corefile) as running:
        got = running.query(f"{name.upper()} A")
        assert addresses(got) == ["192.0.2.10"]
        assert got.authority == [] and len(got.answer) == 1
        assert str(got.question[0].name) == name.upper()


def test_poison_reaches_no_cache(internet: Internet, engine: str) -> None:
    """What a house's server says of www.example.net is not what its clients get for that name."""
    corefile = f""".:0 {{
        bind 127.0.0.1
        cache
        forward poison.misbehaving.example {MISBEHAVING.format(22)}
        unbound {{
            {internet.unbound_properties}
        }}
    }}"""
    with serving(corefile, engine) as running:
        running.query("www.poison.misbehaving.example. A")
        assert addresses(running.query("www.example.net. A")) == ["192.0.2.10"]


@pytest.mark.parametrize("octet, code", [(15, 23), (6, 23)], ids=["silent", "TC, and no TCP"])
def test_nobody_answers(internet: Internet, octet: int, code: int) -> None:
    """SERVFAIL with an Extended DNS Error, within the client's patience."""
    corefile = f""".:0 {{
        bind 127.0.0.1
        cache
        forward misbehaving.example {MISBEHAVING.format(octet)} {{
            read_timeout 100ms
        }}
    }}"""
    with serving(corefile) as running:
        got = running.query("www.misbehaving.example. A", edns=True)
        assert got.rcode() == dns.rcode.SERVFAIL
        assert [int(ede.code) for ede in got.extended_errors()] == [code]


def test_a_dead_upstream_costs_no_query(internet: Internet) -> None:
    """Fifty questions while one of two upstreams refuses: all are answered."""
    corefile = f""".:0 {{
        bind 127.0.0.1
        forward example.net 127.53.8.1 {LEAF} {{
            policy round_robin
        }}
    }}"""
    with serving(corefile) as running:
        for number in range(50):
            got = running.query(f"n{number}.example.net. A")
            assert got.rcode() == dns.rcode.NXDOMAIN
        took = "coredns_proxy_request_duration_seconds_count"
        labels = {"proxy_name": "forward", "to": f"{LEAF}:53", "rcode": "NXDOMAIN"}
        assert running.metric(took, **labels) == 50


def test_a_block_that_forwards_passes_other_classes_on(internet: Internet) -> None:
    """NSD answers version.bind in class CH, or refuses it: either way it was asked."""
    corefile = f".:0 {{\n bind 127.0.0.1\n forward . {LEAF}\n}}"
    with serving(corefile) as running:
        internet.reset_queries()
        got = running.query("version.bind. CH TXT")
        assert got.question[0].rdclass == dns.rdataclass.CH
        assert internet.queries("version.bind", "TXT") == 1


def test_the_log_tells_who_was_asked(
    internet: Internet, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With `metadata` the label `forward/upstream` is the upstream; `-` where nobody was asked."""
    corefile = f""".:0 {{
        bind 127.0.0.1
        metadata
        log . "{{name}} {{/forward/upstream}}"
        cache
        forward example.net {LEAF}
        whoami
    }}"""
    caplog.set_level(logging.INFO, "log")
    with serving(corefile, engine) as running:
        for name in ("www.example.net", "example.org"):
            running.query(f"{name}. A")
    assert caplog.messages == [f"www.example.net. {LEAF}:53", "example.org. -"]


def test_a_reload_asks_somebody_else(internet: Internet) -> None:
    """Another upstream after a reload: queries in flight are answered, none is lost."""
    corefile = ".:0 {{\n bind 127.0.0.1\n cache\n forward slow-100.misbehaving.example {}\n}}\n"
    slow, other = MISBEHAVING.format(16), MISBEHAVING.format(11)  # which refuses
    with serving(corefile.format(slow)) as running, ThreadPoolExecutor(8) as clients:
        asking = [
            clients.submit(running.query, f"n{number}.slow-100.misbehaving.example. A")
            for number in range(8)
        ]
        running.reload(corefile.format(other))
        rcodes = {asked.result().rcode() for asked in asking}
        assert rcodes <= {dns.rcode.NOERROR, dns.rcode.REFUSED}
        internet.reset_queries()
        assert running.query("x.slow-100.misbehaving.example. A").rcode() == dns.rcode.REFUSED
        assert {query.server for query in internet.seen()} == {other}
