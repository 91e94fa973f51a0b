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
            ["SIGUSR1", "SIGUSR1", "SIGUSR2"],
            False,
            [],
            [
                "SIGUSR1: this version does not reload; restart it to use another Corefile",
                "SIGUSR2: there is no upgrade of the running program; restart it",
            ],
            id="what is not here is told once each",
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
