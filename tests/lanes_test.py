# SPDX-License-Identifier: Apache-2.0
"""Misses that never come to Python, and those that do: one question is asked once, whoever asks."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import dns.edns
import dns.message
import dns.rcode

from plugins.unbound.setup import LIBUNBOUND
from resolver.limits import Limits
from tests.internet import Internet
from tests.serve import PATIENCE_S, Running, query_message, serving

PATIENCE_MS = 400
NSID = dns.edns.GenericOption(dns.edns.OptionType.NSID, b"")
_LONG, _ORDINARY = 200, 100  # queries: 12 MB of them, and few octets


def _corefile(internet: Internet) -> str:
    unbound = f"unbound {{\n{internet.unbound_properties}\n}}"
    return f".:0 {{\nbind 127.0.0.1\nnsid\ncache\n{unbound}\n}}\n"


def _ready(server: Running) -> None:
    """Have keys and delegations known, so that what is asked next is asked for itself."""
    assert server.query("www.example.org. A").rcode() == dns.rcode.NOERROR


def _waiting(server: Running) -> list[tuple[int, bool]]:
    """Return for how many each flight is, and whether libunbound has it."""
    shown = server.call(lambda: server.instance.shared[LIBUNBOUND].flights_shown(0))
    return [(flight.waiting, flight.is_asked) for flight in shown]


def _until_waiting(server: Running, count: int) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while sum(waiting for waiting, _ in _waiting(server)) < count:
        assert time.monotonic() < deadline_s, _waiting(server)


def test_lanes_and_chain_share_a_flight(internet: Internet) -> None:
    """Over UDP a lane asks, over TCP Python's thread, for who wants an NSID the chain: that is one
    recursion, and each is answered."""
    name = "both.slow-500.misbehaving.example."
    with serving(_corefile(internet), "native") as server, ThreadPoolExecutor(8) as clients:
        _ready(server)
        asked = [
            clients.submit(server.query, f"{name} A", tcp=is_tcp, do=do, options=options)
            for is_tcp in (False, True)
            for options in ((), (NSID,))
            for do in (False, True)
        ]
        _until_waiting(server, 8)
        assert _waiting(server) == [(8, True)]
        answers = [each.result(PATIENCE_S) for each in asked]
        assert [answer.rcode() for answer in answers] == [dns.rcode.NOERROR] * 8
        assert [len(answer.answer) for answer in answers] == [1] * 8
        assert _waiting(server) == []
        name = server.instance.serving[0].server.name
        assert server.metric("rootward_unbound_coalesced_total", server=name) == 7


def test_a_blocked_loop_holds_no_native_answer_and_no_deadline(internet: Internet) -> None:
    """Misses are answered, kept, and given up in time while Python does nothing at all."""
    limits = Limits(patience_ms=PATIENCE_MS)
    with serving(_corefile(internet), "native", limits=limits) as server:
        _ready(server)
        go_on = threading.Event()
        with ThreadPoolExecutor(1) as blocking:
            blocked = blocking.submit(server.call, lambda: go_on.wait(PATIENCE_S))
            try:
                late = query_message("www.silent.misbehaving.example. A", edns=True)
                with server.udp() as client:
                    start_s = time.monotonic()
                    client.send(late.to_wire())
                    assert server.query("www.example.com. A").rcode() == dns.rcode.NOERROR
                    assert server.query("www.example.com. A", do=True).rcode() == dns.rcode.NOERROR
                    answer = dns.message.from_wire(client.recv(4096))
                    assert time.monotonic() - start_s >= PATIENCE_MS / 1000
                assert answer.rcode() == dns.rcode.SERVFAIL
                assert [(int(ede.code), ede.text) for ede in answer.extended_errors()] == [
                    (22, "no answer in time")
                ]
                assert not blocked.done()
            finally:
                go_on.set()
            assert blocked.result(PATIENCE_S)


def test_long_queries_keep_no_others_from_a_blocked_chain(internet: Internet) -> None:
    """Queries of a size that nobody needs fill a small part of the way to Python, and no more."""
    claimed = "printer.example.org. A"
    corefile = (
        f".:0 {{\nbind 127.0.0.1\ncache\nhosts {{\n192.0.2.9 printer.example.org\nfallthrough\n}}\n"
        f"unbound {{\n{internet.unbound_properties}\n}}\n}}\n"
    )
    limits = Limits(patience_ms=int(PATIENCE_S * 1000))
    with serving(corefile, "native", limits=limits) as server, server.udp() as client:
        _ready(server)
        is_there, go_on = threading.Event(), threading.Event()

        def block() -> bool:
            is_there.set()
            return go_on.wait(PATIENCE_S)

        with ThreadPoolExecutor(1) as blocking:
            blocked = blocking.submit(server.call, block)
            try:
                assert is_there.wait(PATIENCE_S)
                long = query_message(claimed, id=1).to_wire().ljust(60_000, b"\0")
                ordinary = query_message(claimed, id=3).to_wire()
                refused = 0
                for claimed_query in [long] * _LONG + [ordinary] * _ORDINARY:
                    client.send(claimed_query)
                    client.send(query_message("www.example.org. A", id=2).to_wire())
                    # A lane sends answers first: a refusal may come with the next one.
                    while (answer := dns.message.from_wire(client.recv(4096))).id != 2:
                        assert (answer.id, answer.rcode()) == (1, dns.rcode.SERVFAIL)
                        refused += 1
                assert _LONG - 20 <= refused < _LONG
            finally:
                go_on.set()
            assert blocked.result(PATIENCE_S)
        answers = [dns.message.from_wire(client.recv(4096)) for _ in range(_LONG - refused)]
        answers += [dns.message.from_wire(client.recv(4096)) for _ in range(_ORDINARY)]
        assert {answer.rcode() for answer in answers} == {dns.rcode.NOERROR}
        assert [answer.id for answer in answers].count(3) == _ORDINARY
