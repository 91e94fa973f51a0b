# SPDX-License-Identifier: Apache-2.0
"""House: a directive whose configurations can be told apart, and what tests ask of a server."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable

import dns.message

from resolver.corefile.controller import Controller
from resolver.errors import ResolverError
from resolver.plugin import Plugin
from resolver.request import Endpoint, Request
from resolver.testing import response
from resolver.types import Rcode, ResponseWriter
from tests.serve import Running

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


def word(message: dns.message.Message) -> str:
    text: bytes = message.answer[0][0].strings[0]
    return text.decode()


def ask(server: Running, name: str = "a.example.", at: Endpoint | None = None) -> str:
    return word(server.query(f"{name} TXT", at=at))


def wait_for(is_there: Callable[[], bool]) -> None:
    """Return once something is there; fails if it never is."""
    pause = threading.Event()
    for _ in range(2000):
        if is_there():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come")


def shut_down(house: House, name: str) -> None:
    """Return once a configuration has ended."""
    wait_for(lambda: f"{name} shutdown" in house.ran)
