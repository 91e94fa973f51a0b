# SPDX-License-Identifier: Apache-2.0
"""A reload that succeeds: who answers what, on which sockets, and what survives."""

import socket
import threading

import dns.message
import pytest

from resolver.errors import ResolverError
from resolver.request import Endpoint
from tests.reloading.house import PATIENCE_S, House, ask, corefile, shut_down, wait_for, word
from tests.serve import Running, query_message, serving


def test_another_corefile_serves_on_the_same_sockets(server: Running, house: House) -> None:
    """UDP and TCP: what was connected before stays so, and is answered by the new chain."""
    before = server.endpoint
    query = query_message("a.example. TXT").to_wire()
    with server.udp() as udp, server.tcp() as tcp:
        tcp.send(query)
        answers = [tcp.read()]
        server.reload(corefile("two"))
        tcp.send(query)
        answers.append(tcp.read())
        udp.send(query)
        answers.append(udp.recv(512))
    assert [word(dns.message.from_wire(a)) for a in answers if a] == ["one", "two", "two"]
    assert server.endpoint == before
    shut_down(house, "one")
    assert house.ran == ["one startup", "one started", "two startup", "two started", "one shutdown"]


def test_a_query_in_flight_ends_in_the_chain_that_it_began_in(
    server: Running, house: House
) -> None:
    """And its configuration is ended after it, not before."""
    with server.udp() as udp:
        udp.send(query_message("wait.example. TXT").to_wire())
        assert house.arrived.wait(PATIENCE_S)
        server.reload(corefile("two"))
        assert ask(server) == "two"
        assert "one shutdown" not in house.ran
        house.gate.set()
        assert word(dns.message.from_wire(udp.recv(512))) == "one"
    shut_down(house, "one")


def test_listeners_come_and_go(server: Running) -> None:
    """The one that both have keeps its port; a new one serves, one that is gone is closed."""
    kept = server.endpoint
    server.reload(corefile("two", ".") + corefile("more", ".").replace("127.0.0.1", "127.0.0.2"))
    assert server.endpoints[0] == kept
    added = server.endpoints[1]
    assert (ask(server), ask(server, at=added)) == ("two", "more")
    server.reload(corefile("three"))
    assert server.endpoints == [kept]
    assert ask(server) == "three"
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        assert probe.connect_ex(tuple(added)) != 0
    server.reload(corefile("four").replace("127.0.0.1", "127.0.0.3"))
    assert server.endpoints[0].host == "127.0.0.3"
    assert ask(server) == "four"


def test_a_port_that_comes_back_serves(server: Running) -> None:
    """Its listener is closed before a reload is done, so that it hears nothing of the next one."""
    both = corefile("two") + corefile("two").replace("127.0.0.1", "127.0.0.2")
    server.reload(both.replace(".", ".:0", 1))
    port = server.endpoints[1].port
    with_port = corefile("two") + corefile("two", f".:{port}").replace("127.0.0.1", "127.0.0.2")
    for _ in range(3):
        server.reload(corefile("three"))
        server.reload(with_port)
        assert ask(server, at=Endpoint("127.0.0.2", port)) == "two"


def test_an_address_becomes_the_wildcard_s(house: House, engine: str) -> None:
    """Its queries go there at once, though its own socket has still to answer what came before."""
    with serving(corefile("one"), engine, more={"stage": house.setup}) as server:
        where = server.endpoint
        with server.udp() as udp:
            udp.send(query_message("wait.example. TXT").to_wire())
            assert house.arrived.wait(PATIENCE_S)
            wildcard = corefile("two", f".:{where.port}").replace("bind 127.0.0.1", "")
            reloading = threading.Thread(target=server.reload, args=(wildcard,))
            reloading.start()
            wait_for(lambda: "two started" in house.ran)
            assert [ask(server, at=where) for _ in range(20)] == ["two"] * 20
            house.gate.set()
            assert word(dns.message.from_wire(udp.recv(512))) == "one"
            reloading.join()


def test_what_is_kept_survives(server: Running, house: House) -> None:
    """The cache's content, as long as nothing changes that answers depend on."""
    server.reload(corefile("two", more="cache"))
    ask(server)
    server.reload(corefile("two", more="errors\n cache\n"))
    assert ask(server) == "two"
    assert house.asked["two"] == 1
    server.reload(corefile("three", more="cache"))
    assert ask(server) == "three"


def test_the_version_is_a_metric(server: Running) -> None:
    """One at a time: that of the running configuration."""

    def versions() -> list[str]:
        [family] = [
            family
            for family in server.instance.metrics.registry.collect()
            if family.name == "coredns_reload_version_info"
        ]
        return [sample.labels["value"] for sample in family.samples if sample.value == 1]

    [first] = versions()
    server.reload(corefile("two"))
    [second] = versions()
    assert first != second
    with pytest.raises(ResolverError):
        server.reload("}")
    assert versions() == [second]
