# SPDX-License-Identifier: Apache-2.0
"""The tap counts each query that reaches a server, and nothing else."""

import socket

import dns.message
import dns.query
import pytest

from tests.internet import Internet, Query

LIMIT_S = 10.0


def ask(internet: Internet, qname: str, qtype: str, tcp: bool = False) -> None:
    query = dns.message.make_query(qname, qtype)
    address = internet.addresses["example.org."][0]
    (dns.query.tcp if tcp else dns.query.udp)(query, address, LIMIT_S)


def test_a_query_counts_once(internet: Internet) -> None:
    """By name, by type, by both, by server, or all."""
    internet.reset_queries()
    ask(internet, "www.example.org", "A")
    ask(internet, "www.example.org", "AAAA")
    ask(internet, "WWW.example.org.", "A", tcp=True)
    assert internet.queries() == 3
    assert internet.queries("www.example.org") == 3
    assert internet.queries("Www.example.ORG.", "A") == 2
    assert internet.queries(qtype="AAAA") == 1
    assert internet.queries("example.org") == 0
    assert internet.queries(server="127.53.2.1") == 3
    assert internet.queries(server="127.53.2.2") == 0


def test_a_reset_forgets(internet: Internet) -> None:
    """What came before does not count; what comes after does."""
    ask(internet, "www.example.org", "A")
    internet.reset_queries()
    assert internet.seen() == ()
    ask(internet, "mail.example.org", "A")
    assert internet.seen() == (Query("mail.example.org.", "A", "127.53.2.1", is_udp=True),)


def test_the_transport_is_seen(internet: Internet) -> None:
    """One connection may carry several queries, and split them anyhow (RFC 7766, 8)."""
    wires = [dns.message.make_query(f"x{n}.example.org", "A").to_wire() for n in range(3)]
    stream = b"".join(len(wire).to_bytes(2, "big") + wire for wire in wires)
    internet.reset_queries()
    with socket.create_connection(("127.53.2.1", 53), LIMIT_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(stream), 7):
            connection.sendall(stream[start : start + 7])
        for _ in wires:
            connection.recv(2, socket.MSG_WAITALL)
    names = [(query.qname, query.is_udp) for query in internet.seen()]
    assert names == [(f"x{n}.example.org.", False) for n in range(3)]


def test_ipv6_counts(internet: Internet) -> None:
    """A query to an IPv6 address is a query."""
    if not internet.has_ipv6:
        pytest.skip("no IPv6 here")
    internet.reset_queries()
    dns.query.udp(dns.message.make_query("ipv6-only.example", "SOA"), "fd53::6:1", LIMIT_S)
    assert internet.queries("ipv6-only.example", "SOA", server="fd53::6:1") == 1


def test_the_ring_goes_round(internet: Internet) -> None:
    """More queries than the ring has frames are counted when they are asked for in time."""
    wire = dns.message.make_query("www.example.org", "A").to_wire()
    internet.reset_queries()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(("127.53.8.2", 53))
        sent = 0
        for _ in range(2):
            for _ in range(20_000):
                try:
                    udp.send(wire)
                except ConnectionRefusedError:  # of an earlier one, in place of sending this one
                    continue
                sent += 1
            assert internet.queries() == sent
    internet.reset_queries()


def test_garbage_counts_as_a_query_without_a_name(internet: Internet) -> None:
    """What is sent to port 53 is seen, whatever it is."""
    internet.reset_queries()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"\xff", ("127.53.2.1", 53))
    assert internet.seen() == (Query("", "", "127.53.2.1", is_udp=True),)
