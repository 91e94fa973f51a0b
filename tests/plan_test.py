# SPDX-License-Identifier: Apache-2.0
"""A chain's plan gives the answers that the chain gives, and spares what it says it spares."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from tests.internet import Internet
from tests.plan_interpreter import PlanInterpreter
from tests.serve import Running, query_message, serving

COREFILES = {
    "a resolver": """.:0 {
        bind 127.0.0.1
        errors
        log
        loadbalance
        acl {
            block type NULL
            filter type HINFO
            drop type TYPE65281
        }
        cache
        unbound {
            %s
        }
    }""",
    "recursion for one zone, whoami for the rest": """.:0 {
        bind 127.0.0.1
        cache
        unbound example.org {
            except sub.example.org
            %s
        }
        whoami
    }""",
    "no cache": """.:0 {
        bind 127.0.0.1
        loadbalance
        unbound {
            %s
        }
    }""",
}
QUESTIONS = (
    "www.example.org. A",
    "www.example.org. AAAA",
    "WWW.Example.ORG. A",
    "example.org. MX",
    "example.org. NS",
    "example.org. DNSKEY",
    "nothing.example.org. A",
    "www.example.org. TYPE65280",
    "www.example.com. A",
    "www.example.net. A",
    "x.sub.example.org. A",
    "localhost. A",
    "1.0.0.10.in-addr.arpa. PTR",
    "www.example.org. ANY",
    "www.example.org. AXFR",
    "www.example.org. RRSIG",
    "www.example.org. CH A",
    "www.example.org. NULL",
    "www.example.org. HINFO",
)
FLAGS: list[dict[str, Any]] = [
    dict(zip(("rd", "cd", "do"), bits, strict=True)) for bits in product((True, False), repeat=3)
]


@pytest.fixture(scope="module", params=COREFILES, ids=str)
def both(request: pytest.FixtureRequest, internet: Internet) -> Iterator[tuple[Running, Running]]:
    """A server that runs its chain, and one that runs its plan."""
    corefile = COREFILES[request.param] % internet.unbound_properties
    with serving(corefile, "python") as chain, serving(corefile, "plan") as plan:
        yield chain, plan


def content(message: dns.message.Message) -> Any:
    """Return what two responses must share: all but ID, order inside a section, and age.

    `whoami` tells each socket its port, so that SRV records are left out.
    """
    return (
        message.rcode(),
        dns.flags.to_text(message.flags),
        message.edns,
        message.payload if message.edns >= 0 else 0,
        [(int(o.otype), o.to_text()) for o in message.options],
        [
            sorted(
                (rrset.name.to_text(), int(rrset.rdtype), rdata.to_text())
                for rrset in section
                for rdata in rrset
                if rrset.rdtype != dns.rdatatype.SRV
            )
            for section in message.sections
        ],
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_plan_answers_as_its_chain(both: tuple[Running, Running], question: str) -> None:
    """With every RD, CD and DO, and all again, so that the second may come from the cache."""
    for flags in [*FLAGS, *FLAGS]:
        chain, plan = (server.query(question, tcp=True, **flags) for server in both)
        assert content(plan) == content(chain), flags


def test_a_dropped_query_is_dropped_by_the_plan_too(internet: Internet) -> None:
    """An acl's `drop` sends nothing; the query behind it is answered."""
    corefile = COREFILES["a resolver"] % internet.unbound_properties
    with serving(corefile, "plan") as server, server.udp() as sock:
        sock.send(query_message("www.example.org. TYPE65281", id=1).to_wire())
        sock.send(query_message("www.example.org. ANY", id=2).to_wire())
        assert dns.message.from_wire(sock.recv(4096)).id == 2


def test_what_the_default_chain_spares(internet: Internet) -> None:
    """Hits and misses take the steps, misses recurse, nothing runs the whole chain."""
    corefile = COREFILES["a resolver"] % internet.unbound_properties
    with serving(corefile, "plan") as server:
        for _ in range(3):
            server.query("www.example.org. A")
        [interpreter] = [block.handlers[0] for block in server.instance.blocks]
        assert isinstance(interpreter, PlanInterpreter)
        assert dict(interpreter.taken) == {"steps": 3, "recursion": 1}


def test_the_default_path_opens_no_dnspython_message(
    internet: Internet, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queries and responses are octets with tables, missed or kept, by UDP and TCP."""
    opened: list[str] = []
    corefile = COREFILES["a resolver"] % internet.unbound_properties
    query = query_message("www.example.org. A", do=True).to_wire()
    with serving(corefile, engine) as server, server.udp() as udp, server.tcp() as tcp:
        made = dns.message.Message.__init__

        def count(self: dns.message.Message, *args: Any, **kwargs: Any) -> None:
            opened.append("message")
            made(self, *args, **kwargs)

        monkeypatch.setattr(dns.message.Message, "__init__", count)
        responses: list[bytes] = []
        for _ in range(2):
            udp.send(query)
            responses.append(udp.recv(4096))
            tcp.send(query)
            responses.append(tcp.read() or b"")
        assert opened == []
        monkeypatch.undo()
    assert {dns.message.from_wire(octets).rcode() for octets in responses} == {dns.rcode.NOERROR}
