# SPDX-License-Identifier: Apache-2.0
"""The bridge's life: contexts that come and go, groups, bounds, the descriptor, the end."""

import asyncio
import logging
import select
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dns.message
import pytest

from resolver.errors import ResolverError
from resolver.ffi import NativeError
from resolver.recursion.bridge import Bridge
from resolver.types import Result
from tests.native.authority import PATIENCE_S, Authority, ask, drain, question


def test_renewal_goes_to_the_other_context(bridge: Bridge, authority: Authority) -> None:
    """Each context has a cache of its own; `renew` names the one that must not answer."""
    contexts = [
        ask(bridge, question("www.example.org", renew=renew)).context
        for renew in (None, None, 0, 0, 1)
    ]
    assert contexts == [0, 0, 1, 1, 0]
    assert authority.asked.count("www.example.org.") == 2
    assert bridge.stats().contexts == 2


def test_flush_forgets(bridge: Bridge, authority: Authority) -> None:
    """After a flush a cached name is asked again."""
    ask(bridge, question("www.example.org"))
    bridge.flush()
    ask(bridge, question("www.example.org"))
    assert authority.asked.count("www.example.org.") == 2


def test_what_is_full_takes_no_more(make: Callable[..., Bridge], authority: Authority) -> None:
    """What is not taken is said; what is taken comes back, as failed if the bridge is closed."""
    bridge = make(authority.configuration(), capacity=300)
    batch = [question("silent.example.org", ticket) for ticket in range(400)]
    assert bridge.submit(batch) == 300
    assert bridge.submit(batch) == 0
    assert bridge.drain() == []
    assert bridge.stats().in_flight == 300
    bridge.close()
    bridge.close()
    sizes: list[int] = []
    tickets = set()
    while results := bridge.drain():
        sizes.append(len(results))
        tickets |= {result.ticket for result in results}
        assert {(result.rcode, result.wire) for result in results} == {(2, None)}
    assert sizes == [256, 44]
    assert tickets == set(range(300))
    assert bridge.submit(batch) == 0
    with pytest.raises(ResolverError, match="ended"):
        bridge.fileno()


def test_a_drain_is_bounded(bridge: Bridge) -> None:
    """At most 256 come at once; the descriptor stays readable while there are more."""
    ask(bridge, question("www.example.org"))
    assert bridge.submit([question("www.example.org", n) for n in range(600)]) == 600
    sizes: list[int] = []
    while sum(sizes) < 600:
        assert select.select([bridge.fileno()], [], [], PATIENCE_S)[0]
        sizes.append(len(bridge.drain()))
    assert max(sizes) <= 256
    assert bridge.drain() == []
    assert select.select([bridge.fileno()], [], [], 0)[0] == []


def test_bridges_of_one_process(make: Callable[..., Bridge], authority: Authority) -> None:
    """libunbound has one parser in a process: bridges wait for each other with their texts."""
    text = authority.configuration()
    bridges = [make(text) for _ in range(4)]

    def load(bridge: Bridge) -> None:
        for _ in range(100):
            bridge.reconfigure(text)

    with ThreadPoolExecutor(len(bridges)) as threads:
        for loading in [threads.submit(load, bridge) for bridge in bridges]:
            loading.result()
    assert [ask(bridge, question("www.example.org")).rcode for bridge in bridges] == [0] * 4


def test_reconfiguration_under_load(bridge: Bridge, authority: Authority) -> None:
    """The old contexts keep what they have for a while; new questions are answered at once."""
    bridge.submit([question("silent.example.org", 100 + n) for n in range(20)])
    bridge.reconfigure(authority.configuration())
    assert ask(bridge, question("www.example.org")).rcode == 0
    late = drain(bridge, 20)
    assert {(result.rcode, result.wire) for result in late} == {(2, None)}
    assert {result.ticket for result in late} == set(range(100, 120))


def test_a_refused_configuration_changes_nothing(
    bridge: Bridge, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    """The error has libunbound's number, its words come in our log, what was cached still is."""
    ask(bridge, question("www.example.org"))
    with pytest.raises(NativeError, match="initialization failure") as raised:
        bridge.reconfigure(b"stub-zone:\n name: a\n stub-addr: not-an-ip\n")
    assert raised.value.status == -7
    ask(bridge, question("www.example.org"))
    assert authority.asked.count("www.example.org.") == 1
    ((logger, level, text),) = caplog.record_tuples
    assert (logger, level) == ("plugin/unbound", logging.ERROR)
    assert text.startswith("libunbound: ")
    assert "not-an-ip" in text


def test_groups_have_configurations_of_their_own(bridge: Bridge, authority: Authority) -> None:
    """Server blocks with different configurations share the thread, not the contexts."""
    local = b'server:\n local-data: "www.example.org. A 192.0.2.99"\n'
    group = bridge.add(local)
    assert group == 1
    assert bridge.add(local) == 2
    for number, address in ((0, "192.0.2.1"), (group, "192.0.2.99")):
        result = ask(bridge, question("www.example.org"), number)
        assert result.wire is not None
        assert dns.message.from_wire(result.wire).answer[0][0].to_text() == address
    bridge.remove(group)
    assert ask(bridge, question("www.example.org"), group).rcode == 2
    assert bridge.add(local) == group
    with pytest.raises(NativeError, match="no group 9"):
        bridge.remove(9)


def test_the_event_loop_watches_it(bridge: Bridge) -> None:
    """`fileno` is for add_reader: no thread, no callback from C."""

    async def resolve() -> list[Result]:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[list[Result]] = loop.create_future()
        loop.add_reader(bridge, lambda: arrived.set_result(bridge.drain()))
        bridge.submit([question("localhost")])
        try:
            return await asyncio.wait_for(arrived, PATIENCE_S)
        finally:
            loop.remove_reader(bridge)

    assert [result.rcode for result in asyncio.run(resolve())] == [0]


def test_nothing_is_left_open(authority: Authority) -> None:
    """A closed bridge has no descriptor left, whatever was in flight; nor has a forgotten one."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for is_closed in (True, False):
        bridge = Bridge(8, 60_000)
        bridge.reconfigure(authority.configuration())
        bridge.submit([question("silent.example.org"), question("silent.example.org", renew=0)])
        if is_closed:
            bridge.close()
        del bridge
        assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_signals_are_not_the_threads(bridge: Bridge) -> None:
    """The resolver thread blocks signals: Python's handlers run in the main thread."""
    blocked = [
        int(line.split()[1], 16)
        for task in Path("/proc/self/task").iterdir()
        if (task / "comm").read_text() == "resolver\n"
        for line in (task / "status").read_text().splitlines()
        if line.startswith("SigBlk")
    ]
    terminating = 1 << signal.SIGINT - 1 | 1 << signal.SIGTERM - 1 | 1 << signal.SIGQUIT - 1
    assert {mask & terminating for mask in blocked} == {terminating}
