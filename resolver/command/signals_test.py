# SPDX-License-Identifier: Apache-2.0
"""Tests of what signals ask for."""

import asyncio
import logging
import signal

import pytest

from resolver.command.signals import Signals
from resolver.testing import run


@pytest.mark.parametrize(
    ("received", "ends", "at_once", "said"),
    [
        pytest.param(["SIGINT"], True, [], ["SIGINT: Shutting down"], id="an interrupt"),
        pytest.param(
            ["SIGTERM"],
            True,
            [],
            ["SIGTERM: Shutting down servers then terminating"],
            id="a termination",
        ),
        pytest.param(
            ["SIGINT", "SIGINT"],
            True,
            [2],
            ["SIGINT: Shutting down", "SIGINT: Force quit"],
            id="a second interrupt ends at once",
        ),
        pytest.param(
            ["SIGTERM", "SIGINT"],
            True,
            [],
            ["SIGTERM: Shutting down servers then terminating"],
            id="an end is asked for once",
        ),
        pytest.param(
            ["SIGQUIT"], False, [0], ["SIGQUIT: Quitting process immediately"], id="quitting"
        ),
        pytest.param(
            ["SIGUSR2", "SIGUSR2"],
            False,
            [],
            ["SIGUSR2: there is no upgrade of the running program; restart it"],
            id="what is not here is told once",
        ),
    ],
)
def test_signals(
    received: list[str],
    ends: bool,
    at_once: list[int],
    said: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In order, at once, or not at all."""

    async def receive() -> bool:
        signals = Signals(statuses.append)
        for name in received:
            signals.receive(signal.Signals[name])
        ending = asyncio.create_task(signals.ending())
        await asyncio.sleep(0)
        done = ending.done()
        ending.cancel()
        return done

    statuses: list[int] = []
    with caplog.at_level(logging.INFO):
        assert run(receive()) is ends
    assert statuses == at_once
    assert caplog.messages == said


def test_a_reload_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    """Several signals before it begins are one reload; one that comes later is another."""

    async def reloads() -> list[bool]:
        signals = Signals(lambda status: None)
        begun: list[bool] = []
        for number in (2, 0, 1):
            for _ in range(number):
                signals.receive(signal.SIGUSR1)
            waiting = asyncio.create_task(signals.reloading())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            begun.append(waiting.done())
            waiting.cancel()
        return begun

    with caplog.at_level(logging.INFO):
        assert run(reloads()) == [True, False, True]
    assert caplog.messages == ["SIGUSR1: Reloading"] * 3
