# SPDX-License-Identifier: Apache-2.0
"""When a Reloader reloads, what it remembers of an attempt, and what it counts."""

import asyncio
import random

import pytest

from resolver.clock import SystemClock
from resolver.corefile.controller import Controller
from resolver.directives import Directives, Setup
from resolver.errors import ResolverError
from resolver.instance import Instance
from resolver.reloading import RELOADER, Reloader, UnreadableError
from resolver.testing import run

TEXT = "a:0 {\n stage one\n}\n"


class Stage(Directives):
    """One directive; a configuration whose word is `no` does not start, `bug` is a mistake."""

    def __init__(self) -> None:
        super().__init__([("stage", "stage")])
        self.started: list[str] = []
        self.arrived = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    def complaint(self, name: str) -> str | None:
        return None if name == "stage" else f"Unknown directive '{name}'"

    def setup(self, name: str) -> Setup:
        return self._set_up

    def _set_up(self, controller: Controller) -> None:
        [word] = controller.once().args
        controller.block.listen = ("127.0.0.1",)

        async def start() -> None:
            if not self.gate.is_set():
                self.arrived.set()
            await self.gate.wait()
            if word == "no":
                raise ResolverError("as asked")
            if word == "bug":
                raise KeyError("oops")
            self.started.append(word)

        controller.on_startup(start)


class House:
    """A running instance, and the Corefile that it is reloaded from."""

    def __init__(self) -> None:
        self.text: str | None = TEXT
        self.stage = Stage()
        self.instance = Instance(SystemClock(), random.Random(1))
        self.reloader = Reloader(self.instance, self._read, self.stage, {}, 53)
        self.reloader.load((TEXT, "Corefile"))

    def _read(self) -> tuple[str, str]:
        if self.text is None:
            raise ResolverError("open Corefile: no such file or directory")
        return self.text, "Corefile"

    async def __aenter__(self) -> "House":
        await self.instance.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.reloader.close()
        assert await self.instance.stop() == []

    def write(self, word: str) -> None:
        self.text = TEXT.replace("one", word)

    @property
    def failed(self) -> float:
        return self.instance.metrics.value("coredns_reload_failed_total")


def test_it_reloads_what_has_changed() -> None:
    """And only that; a signal's reload asks not."""

    async def live() -> list[str]:
        async with House() as house:
            assert house.instance.shared[RELOADER] is house.reloader
            await house.reloader.reload_if_changed()
            house.write("two")
            await house.reloader.reload_if_changed()
            await house.reloader.reload_if_changed()
            await house.reloader.reload()
            house.text = f"# a comment\n{house.text}"
            await house.reloader.reload_if_changed()
            assert house.failed == 0
            return house.stage.started

    assert run(live()) == ["one", "two", "two"]


@pytest.mark.parametrize(
    ("word", "says"),
    [("no", "as asked"), ("bug", "KeyError: 'oops'"), ("a b", "set-up failed")],
)
def test_a_failure_is_not_tried_again(word: str, says: str) -> None:
    """Until the Corefile changes: also back to what runs. Whatever it was, the old one goes on."""

    async def live() -> None:
        async with House() as house:
            before = house.reloader.digest
            house.write(word)
            with pytest.raises(ResolverError, match=says):
                await house.reloader.reload_if_changed()
            await house.reloader.reload_if_changed()
            assert (house.reloader.digest, house.failed) == (before, 1)
            with pytest.raises(ResolverError, match=says):
                await house.reloader.reload()
            assert house.failed == 2
            house.write("two")
            await house.reloader.reload_if_changed()
            assert house.stage.started == ["one", "two"]
            assert house.reloader.digest != before

    run(live())


def test_what_cannot_be_read() -> None:
    """Is another error than a Corefile that is wrong, and no failed reload."""

    async def live() -> None:
        async with House() as house:
            house.text = None
            for reload in (house.reloader.reload, house.reloader.reload_if_changed):
                with pytest.raises(UnreadableError, match="no such file"):
                    await reload()
            assert house.failed == 0
            house.text = TEXT
            await house.reloader.reload_if_changed()
            assert house.stage.started == ["one"]

    run(live())


def test_one_at_a_time() -> None:
    """Who asks meanwhile waits, and finds nothing left to do."""

    async def live() -> list[str]:
        async with House() as house:
            house.write("two")
            await asyncio.gather(*(house.reloader.reload_if_changed() for _ in range(3)))
            return house.stage.started

    assert run(live()) == ["one", "two"]


def test_who_asked_may_go() -> None:
    """The reload goes on: it may be the new configuration that ends whoever asked for it."""

    async def live() -> list[str]:
        async with House() as house:
            house.stage.gate.clear()
            house.write("two")
            asking = asyncio.create_task(house.reloader.reload_if_changed())
            await asyncio.sleep(0)
            asking.cancel()
            await asyncio.wait([asking])
            house.stage.gate.set()
            await house.reloader.reload_if_changed()
            return house.stage.started

    assert run(live()) == ["one", "two"]


def test_the_end_gives_up_what_is_under_way() -> None:
    """What was begun of the new configuration is ended with the rest."""

    async def live() -> list[str]:
        async with House() as house:
            house.stage.gate.clear()
            house.write("two")
            asking = asyncio.create_task(house.reloader.reload())
            await house.stage.arrived.wait()
            await house.reloader.close()
            await asyncio.wait([asking])
            assert asking.cancelled()
            return house.stage.started

    assert run(live()) == ["one"]
