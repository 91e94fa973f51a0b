# SPDX-License-Identifier: Apache-2.0
"""Whole server: another Corefile takes the place of the running one, and no query is lost."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import dns.message
import dns.query
import pytest

from resolver.corefile.controller import Controller
from resolver.errors import ConfigurationErrors, ResolverError
from resolver.plugin import Plugin
from resolver.request import Endpoint, Request
from resolver.testing import response
from resolver.transport.sockets import ListenError
from resolver.types import Rcode, ResponseWriter
from tests.serve import Running, query_message, serving

PATIENCE_S = 20.0


class Stage(Plugin):
    """Answers with its word; the name `wait` waits until `gate` is open."""

    name = "stage"

    def __init__(self, word: str, house: House) -> None:
        self._word = word
        self._house = house

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        self._house.asked[self._word] += 1
        if request.name.startswith("wait."):
            self._house.arrived.set()
            while not self._house.gate.is_set():
                await asyncio.sleep(0.001)
        writer.write(response(f"{request.name} TXT", [f'{request.name} 60 IN TXT "{self._word}"']))
        return 0


class House:
    """A directive `stage WORD [HOOK]` whose hooks are noted; the one that is named fails."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.asked: Counter[str] = Counter()
        self.arrived = threading.Event()
        self.gate = threading.Event()

    def setup(self, controller: Controller) -> None:
        word, *failing = controller.once().args
        for hook in ("startup", "started", "lameduck", "shutdown"):

            async def note(hook: str = hook) -> None:
                self.ran.append(f"{word} {hook}")
                if hook in failing:
                    raise ResolverError(f"{word} fails")

            getattr(controller, f"on_{hook}")(note)
        controller.add_plugin(Stage(word, self))


def corefile(word: str, *zones: str, more: str = "") -> str:
    keys = " ".join(zones or (".",))
    return f"{keys} {{\n bind 127.0.0.1\n {more}\n stage {word}\n}}\n"


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def server(house: House, engine: str) -> Iterator[Running]:
    with serving(corefile("one"), engine, more={"stage": house.setup}) as running:
        yield running


def word(message: dns.message.Message) -> str:
    text: bytes = message.answer[0][0].strings[0]
    return text.decode()


def ask(server: Running, name: str = "a.example.", at: Endpoint | None = None) -> str:
    return word(server.query(f"{name} TXT", at=at))


def shut_down(house: House, name: str) -> None:
    """Return once a configuration has ended; fails if it never does."""
    deadline = threading.Event()
    for _ in range(2000):
        if f"{name} shutdown" in house.ran:
            return
        deadline.wait(0.01)
    raise AssertionError(house.ran)


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


@pytest.mark.parametrize(
    ("broken", "error", "said", "ran"),
    [
        pytest.param(
            corefile("two") + "}", ConfigurationErrors, "Unexpected '}'", [], id="bad grammar"
        ),
        pytest.param(
            corefile("two", more="cahce"),
            ConfigurationErrors,
            "Unknown directive 'cahce'",
            [],
            id="an unknown directive",
        ),
        pytest.param("# nothing\n", ResolverError, "no server block", [], id="an empty file"),
        pytest.param(
            corefile("two startup"),
            ResolverError,
            "two fails",
            ["two startup", "two shutdown"],
            id="a plugin that does not start",
        ),
        pytest.param(
            corefile("two started"),
            ResolverError,
            "two fails",
            ["two startup", "two started", "two shutdown"],
            id="a plugin that fails when all listeners are up",
        ),
        pytest.param(
            corefile("two", ".", ".:PORT"),
            ListenError,
            "address already in use",
            ["two startup", "two shutdown"],
            id="a port that is taken",
        ),
    ],
)
def test_a_reload_that_fails_leaves_everything(
    server: Running,
    house: House,
    broken: str,
    error: type[ResolverError],
    said: str,
    ran: list[str],
) -> None:
    """The old chain, its listeners, its hooks; what was begun of the new one is ended."""
    before = server.endpoints
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(error, match=said):
            server.reload(broken.replace("PORT", str(taken.getsockname()[1])))
    assert ask(server) == "one"
    if ran:
        shut_down(house, "two")
    assert house.ran == ["one startup", "one started", *ran]
    assert server.endpoints == before
    assert server.metric("coredns_reload_failed_total") == 1
    server.reload(corefile("three"))
    assert ask(server) == "three"


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


def test_a_reload_under_load_loses_no_query(server: Running) -> None:
    """Every query is answered once, by one chain or the other, while good and bad ones come."""
    asked = [0] * 4
    answered: list[Counter[str]] = [Counter() for _ in asked]
    ended = threading.Event()

    def load(number: int) -> None:
        query = query_message("a.example. TXT")
        with server.udp() as sock:
            while not ended.is_set():
                for _ in range(8):
                    query.id = asked[number] & 0xFFFF
                    sock.send(query.to_wire())
                    asked[number] += 1
                ids = set()
                for _ in range(8):
                    answer = dns.message.from_wire(sock.recv(512))
                    ids.add(answer.id)
                    answered[number][word(answer)] += 1
                assert len(ids) == 8

    threads = [threading.Thread(target=load, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    try:
        for number in range(10):
            server.reload(corefile("two" if number % 2 else "one"))
            with pytest.raises(ResolverError):
                server.reload(corefile("x started"))
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    words = sum(answered, Counter())
    assert sum(words.values()) == sum(asked) > 0
    assert words["one"] and words["two"]
    assert words.keys() <= {"one", "two", "x"}


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
