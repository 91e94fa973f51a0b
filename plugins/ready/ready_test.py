# SPDX-License-Identifier: Apache-2.0
"""Who is asked whether he is ready, and what the page says."""

import logging

import pytest

from plugins.ready.ready import Monitor, Report, Watched
from resolver import names
from resolver.block import Block, Key
from resolver.plugin import Plugin
from resolver.testing import run


class Slow(Plugin):
    """A handler that is ready when the test says so."""

    def __init__(self, name: str, is_ready: bool = False) -> None:
        self.name = name
        self.is_ready = is_ready

    def ready(self) -> bool:
        return self.is_ready


def watched(*handlers: Plugin, monitor: Monitor = Monitor.UNTIL_READY) -> Watched:
    return Watched(Block((Key("dns", names.ROOT, 53),), {}, handlers=list(handlers)), monitor)


def report(*all_watched: Watched) -> Report:
    made = Report(all_watched)
    made.begin([each.block for each in all_watched])
    return made


def test_the_page_names_who_is_not_ready(caplog: pytest.LogCaptureFixture) -> None:
    """Sorted, each once, over all blocks; the log tells when it changes."""
    one, two = Slow("file"), Slow("unbound")
    page = report(watched(two, Plugin(), one), watched(two))
    with caplog.at_level(logging.INFO):
        assert page.answer() == page.answer() == (503, "file,unbound")
        two.is_ready = True
        assert page.answer() == (503, "file")
        one.is_ready = True
        assert page.answer() == (200, "OK")
    assert caplog.messages == [
        'Plugins not ready: "file,unbound"',
        'Plugins not ready: "file"',
    ]


@pytest.mark.parametrize(
    ("monitor", "want"),
    [
        pytest.param(Monitor.UNTIL_READY, (200, "OK"), id="not asked again"),
        pytest.param(Monitor.CONTINUOUSLY, (503, "file"), id="asked each time"),
    ],
)
def test_who_was_ready_once(monitor: Monitor, want: tuple[int, str]) -> None:
    """Is ready for good, unless watched continuously."""
    one = Slow("file", is_ready=True)
    page = report(watched(one, monitor=monitor))
    assert page.answer() == (200, "OK")
    one.is_ready = False
    assert page.answer() == want


def test_nobody_to_wait_for() -> None:
    """Handlers that do not say are ready."""
    assert report(watched(Plugin()), watched()).answer() == (200, "OK")


def test_other_configurations_are_not_reported() -> None:
    """The one that a reload replaces has a page of its own."""
    other = watched(Slow("file"))
    page = Report([other, ours := watched()])
    page.begin([ours.block])
    assert page.answer() == (200, "OK")


def test_the_end_is_told() -> None:
    """From when it is asked for, whoever is ready."""
    page = report(watched())
    run(page.end())
    assert page.answer() == (503, "Shutting down")
