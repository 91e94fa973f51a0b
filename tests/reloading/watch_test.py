# SPDX-License-Identifier: Apache-2.0
"""The plugin *reload* in a server: a Corefile that changes is noticed."""

import logging
from collections.abc import Callable

import pytest

from resolver.clock import SystemClock, Timer
from tests.reloading.house import House, ask, corefile, wait_for
from tests.serve import Running, serving


class PromptClock(SystemClock):
    """The machine's clock, but what is due in two seconds comes when the test says so."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        if delay_ms == 2000:
            self.due.append(callback)
            delay_ms = 1 << 31
        return super().call_later(delay_ms, callback)


def test_a_corefile_that_changes_is_noticed(
    house: House, engine: str, caplog: pytest.LogCaptureFixture
) -> None:
    """By *reload*: the new one watches in its turn; one that is broken is tried once."""
    clock = PromptClock()
    directives = {"stage": house.setup}

    def look(server: Running) -> None:
        due, clock.due = clock.due, []
        for callback in due:
            server.call(callback)
        wait_for(lambda: len(clock.due) == 1)

    text = corefile("one", more="reload 2s 0s")
    with (
        caplog.at_level(logging.INFO, "plugin/reload"),
        serving(text, engine, more=directives, clock=clock) as server,
    ):
        for broken, word in ((False, "two"), (True, "two"), (True, "two"), (False, "three")):
            server.source.text = corefile(word, more="reload 2s 0s") + "}" * broken
            look(server)
            assert ask(server) == word
        server.source.text = corefile("four")
        for callback in clock.due:
            server.call(callback)
        wait_for(lambda: "four started" in house.ran and "three shutdown" in house.ran)
        assert ask(server) == "four"
    said = [record.message for record in caplog.records if record.name == "plugin/reload"]
    shown = "Running configuration SHA512 = "
    assert [line.startswith(shown) for line in said] == [True, True, False, True]
    assert said[2] == (
        "Corefile changed but reload failed: Corefile:6 - Error during parsing:"
        " Unexpected '}' because no matching opening brace"
    )
