# SPDX-License-Identifier: Apache-2.0
"""Listeners that a reload closes: what came before is answered and counted as theirs."""

import asyncio
import select
import socket
import threading
from collections.abc import Iterator

import dns.message
import dns.opcode
import dns.rcode
import pytest

from resolver.corefile.controller import Controller
from resolver.native.engine import NativeEngine
from tests.reloading.house import House, corefile, wait_for, word
from tests.serve import Running, query_message, serving

ONE, OTHER = "127.0.0.1", "127.0.0.2"


def listening(*hosts: str) -> str:
    """Return a Corefile whose listeners are at these addresses."""
    return "".join(corefile("one").replace("127.0.0.1", host) for host in hosts)


class Opened:
    """A directive `opened` whose configuration is not started before `gate` is open."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.is_waiting = False

    def setup(self, controller: Controller) -> None:
        async def wait() -> None:
            self.is_waiting = True
            while not self.gate.is_set():
                await asyncio.sleep(0.001)

        controller.once()
        controller.on_started(wait)


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def two(house: House, engine: str) -> Iterator[Running]:
    """A server with two listeners."""
    with serving(listening(ONE, OTHER), engine, more={"stage": house.setup}) as running:
        yield running


def test_what_came_before_a_listener_closed_is_answered(two: Running) -> None:
    """A query that a lane had left for its chain is answered though the listener goes first."""
    listener, server, (endpoint,) = two.instance.serving[1]
    engine = two.instance._engine

    async def close() -> None:
        with two.udp(endpoint) as sock:
            sock.send(query_message("a.example. TXT").to_wire())
            if isinstance(engine, NativeEngine):
                assert select.select([engine.lanes], [], [], 20)[0]
            await server.stop(20_000)
            answer = await asyncio.to_thread(sock.recv, 512)
            assert word(dns.message.from_wire(answer)) == "one"

    asyncio.run_coroutine_threadsafe(close(), two._loop).result(20)


def test_a_listener_that_goes_serves_and_counts_as_itself(
    house: House, engine: str, opened: Opened
) -> None:
    """Until the new configuration has started it answers, and turns down in its own name."""
    rejected = "rootward_server_rejected_total"
    more = {"stage": house.setup, "opened": opened.setup}
    with serving(listening(ONE, OTHER), engine, more=more) as two:
        listener, _, (endpoint,) = two.instance.serving[1]
        only = listening(ONE).replace("stage", "opened\n stage")
        reloading = threading.Thread(target=two.reload, args=(only,))
        reloading.start()
        wait_for(lambda: opened.is_waiting)
        with two.udp(endpoint) as sock:
            for opcode in range(1, 9):
                message = query_message("b.example. TXT", id=opcode)
                message.set_opcode(dns.opcode.from_text(str(opcode)))
                sock.send(message.to_wire())
                assert sock.recv(512)[3] & 15 == dns.rcode.NOTIMP
            sock.send(query_message("a.example. TXT").to_wire())
            assert word(dns.message.from_wire(sock.recv(512))) == "one"
            sock.send(b"short")
            sock.send(b"")
            sock.send(query_message("a.example. TXT").to_wire())
            assert word(dns.message.from_wire(sock.recv(512))) == "one"
        opened.gate.set()
        reloading.join()
        assert two.metric(rejected, server=listener.name, reason="opcode") == 8
        assert two.metric(rejected, server=listener.name, reason="not_a_query") == 2


def test_numbers_of_closed_listeners_are_used_again(two: Running) -> None:
    """Ten reloads that open and close a listener leave no more behind than one."""
    for _ in range(10):
        two.reload(listening(ONE))
        two.reload(listening(ONE, OTHER))
    engine = two.instance._engine
    if isinstance(engine, NativeEngine):
        assert sorted(engine._numbers.values()) == [0, 1]
    host, port = two.endpoints[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(20)
        sock.sendto(query_message("a.example. TXT").to_wire(), (host, port))
        assert word(dns.message.from_wire(sock.recv(512))) == "one"
