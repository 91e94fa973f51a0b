# SPDX-License-Identifier: Apache-2.0
"""Tests of an instance's life: the order of hooks, and what a failure leaves behind."""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Collection

import dns.asyncquery
import dns.message
import pytest

from resolver.clock import SystemClock
from resolver.corefile.controller import Controller
from resolver.directives import Directives, Setup
from resolver.errors import ConfigurationErrors, ResolverError
from resolver.instance import Instance
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.storage import STORE
from resolver.testing import response, run
from resolver.types import ResponseWriter

HOOKS = ("prove", "startup", "started", "lameduck", "shutdown")


class Answering(Plugin):
    name = "stage"

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> int:
        writer.write(response(f"{request.name} A", [f"{request.name} 0 IN A 192.0.2.1"]))
        return 0


class Stage(Directives):
    """One directive, whose hooks note when they run; those in `failing` then raise."""

    def __init__(self, failing: dict[str, Exception] | None = None) -> None:
        super().__init__([("stage", "stage")])
        self.ran: list[str] = []
        self.controllers: list[Controller] = []
        self._failing = failing or {}

    def complaint(self, name: str) -> str | None:
        return None

    def setup(self, name: str) -> Setup:
        return self._set_up

    def _set_up(self, controller: Controller) -> None:
        self.controllers.append(controller)
        controller.block.listen = ("127.0.0.1",)
        controller.add_plugin(Answering())
        for hook in HOOKS:
            add: Callable[[Callable[[], Awaitable[None]]], None]
            add = getattr(controller, f"on_{hook}")
            add(self._hook(hook, controller.block.line))

    def _hook(self, hook: str, line: int) -> Callable[[], Awaitable[None]]:
        async def note() -> None:
            self.ran.append(f"{hook} {line}")
            if hook in self._failing:
                raise self._failing[hook]

        return note


def load(stage: Stage, text: str = "a:0 {\n stage\n}\n") -> Instance:
    instance = Instance(SystemClock(), random.Random(1))
    instance.load(text, "Corefile", stage, {})
    return instance


async def ask(port: int) -> list[str]:
    query = dns.message.make_query("a.", "A")
    answer = await dns.asyncquery.udp(query, "127.0.0.1", timeout=5, port=port)
    return [rrset.to_text() for rrset in answer.answer]


def test_a_life_has_its_order() -> None:
    """Proofs, start-ups, listeners, then the end in order; it answers in between."""

    async def live() -> list[str]:
        await instance.start()
        answer = await ask(instance.serving[0].endpoints[0].port)
        assert await instance.stop() == []
        return answer

    stage = Stage()
    instance = load(stage, "a:0 {\n stage\n}\nb:0 {\n stage\n}\n")
    assert run(live()) == ["a. 0 IN A 192.0.2.1"]
    assert stage.ran == [f"{hook} {line}" for hook in HOOKS for line in (1, 4)]
    assert instance.serving == []


def test_listeners_are_closed_when_plugins_shut_down() -> None:
    """And still answer while lameduck hooks run."""
    stage = Stage()
    instance = load(stage)
    seen: list[str] = []
    port = 0

    async def lameduck() -> None:
        seen.append(f"lameduck {await ask(port)}")

    async def shutdown() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            seen.append(f"shutdown {probe.connect_ex(('127.0.0.1', port)) != 0}")

    async def live() -> None:
        nonlocal port
        await instance.start()
        port = instance.serving[0].endpoints[0].port
        await instance.stop()

    stage.controllers[0].on_lameduck(lameduck)
    stage.controllers[0].on_shutdown(shutdown)
    run(live())
    assert seen == ["lameduck ['a. 0 IN A 192.0.2.1']", "shutdown True"]


def test_complaints_of_proofs_are_collected_and_stop_the_start() -> None:
    """With what was wrong before there is no proof; with complaints no start-up."""
    stage = Stage({"prove": ConfigurationErrors([ResolverError("one"), ResolverError("two")])})
    instance = load(stage)
    with pytest.raises(ConfigurationErrors, match=r"^one\ntwo$"):
        run(instance.start())
    assert stage.ran == ["prove 1"]


def test_errors_of_the_corefile_stop_the_start() -> None:
    """Before any proof."""
    stage = Stage()
    instance = load(stage, "a:0 {\n stage\n}\na:0 {\n stage\n}\n")
    with pytest.raises(ConfigurationErrors, match=r"Corefile:4 .* - it is already defined$"):
        run(instance.start())
    assert stage.ran == []


def test_a_failed_start_up_is_cleaned_up() -> None:
    """Plugins that were started are shut down; nobody needs to be warned of the end."""

    async def live() -> None:
        with pytest.raises(ResolverError, match="no file"):
            await instance.start()
        assert instance.serving == []
        assert await instance.stop() == []

    stage = Stage({"startup": ResolverError("no file")})
    instance = load(stage)
    run(live())
    assert stage.ran == ["prove 1", "startup 1", "shutdown 1"]


def test_a_port_in_use_ends_the_start() -> None:
    """With its address, though sockets are SO_REUSEPORT; nothing stays open."""

    async def live() -> None:
        with pytest.raises(ResolverError, match="bind: address already in use"):
            await instance.start()
        await instance.stop()

    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        stage = Stage()
        instance = load(stage, f"a:{taken.getsockname()[1]} {{\n stage\n}}\n")
        run(live())
    assert stage.ran[-1] == "shutdown 1"


def test_an_end_goes_on_past_failures(caplog: pytest.LogCaptureFixture) -> None:
    """They are logged and returned."""

    async def live() -> list[BaseException]:
        await instance.start()
        return await instance.stop()

    stage = Stage({"lameduck": ResolverError("stuck"), "shutdown": OSError("full")})
    instance = load(stage)
    assert [str(trouble) for trouble in run(live())] == ["stuck", "full"]
    assert caplog.messages == ["shutting down: stuck", "shutting down: full"]


def test_a_mistake_in_a_proof_is_no_complaint() -> None:
    """It goes up as it is."""
    instance = load(Stage({"prove": KeyError("x")}))
    with pytest.raises(KeyError):
        run(instance.prove())


def test_changed_names_leave_the_store() -> None:
    """Whatever store the process has."""

    class Store:
        def __init__(self) -> None:
            self.removed: list[Collection[bytes]] = []

        def remove_names(self, changed: Collection[bytes]) -> int:
            self.removed.append(changed)
            return 1

    stage = Stage()
    instance = load(stage)
    instance.names_changed([b"\x01a\x00"])
    store = stage.controllers[0].shared(STORE, Store)
    instance.names_changed([b"\x01a\x00", b"\x01b\x00"])
    assert store.removed == [{b"\x01a\x00", b"\x01b\x00"}]


def test_stopping_waits_for_a_start_that_was_cancelled() -> None:
    """An end may be asked for while the server comes up."""

    async def live() -> None:
        starting = asyncio.create_task(instance.start())
        await gate.wait()
        starting.cancel()
        await asyncio.wait([starting])
        assert starting.cancelled()
        await instance.stop()

    async def startup() -> None:
        gate.set()
        await asyncio.Event().wait()

    gate = asyncio.Event()
    stage = Stage()
    instance = load(stage)
    stage.controllers[0].on_startup(startup)
    run(live())
    assert stage.ran == ["prove 1", "startup 1", "shutdown 1"]
