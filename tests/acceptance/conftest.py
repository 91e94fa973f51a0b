# SPDX-License-Identifier: Apache-2.0
"""What acceptance tests share: a resolver as most people run it, on the mini internet."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from resolver.clock import Clock
from resolver.limits import Limits
from tests.acceptance.asking import COREFILE, Resolve
from tests.command.running import Command, Start
from tests.internet import Internet
from tests.serve import Running, serving


@pytest.fixture
def tapped(internet: Internet) -> Iterator[Internet]:
    """Yield the mini internet; what a flood sent is taken off its tap afterwards."""
    yield internet
    with contextlib.suppress(OverflowError):  # more than the tap holds: nobody counts it
        internet.reset_queries()
    internet.reset_queries()


@pytest.fixture
def resolver(tapped: Internet, engine: str) -> Iterator[Running]:
    """Yield a resolver with a cache, with all limits as they are shipped."""
    with serving(COREFILE % tapped.unbound_properties, engine) as running:
        yield running


@pytest.fixture
def resolve(tapped: Internet) -> Iterator[Resolve]:
    """Yield a function that starts a resolver with other limits, or another clock."""
    with contextlib.ExitStack() as stack:

        def start(limits: Limits | None = None, clock: Clock | None = None) -> Running:
            corefile = COREFILE % tapped.unbound_properties
            return stack.enter_context(serving(corefile, limits=limits, clock=clock))

        yield start


@pytest.fixture
def start(tapped: Internet, tmp_path: Path) -> Iterator[Start]:
    """Yield a function that starts the command with that resolver; it is killed in the end."""
    started: list[Command] = []

    def run(*args: str, before: str = "", more: str = "") -> Command:
        corefile = COREFILE % tapped.unbound_properties
        (tmp_path / "Corefile").write_text(corefile.replace("cache\n", f"cache\n{more}\n"))
        port = () if "-dns.port" in args else ("-dns.port", "0")
        started.append(Command(tmp_path, *port, *args, before=before))
        return started[-1]

    yield run
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
        command.process.communicate()
