# SPDX-License-Identifier: Apache-2.0
"""Tests of the proof: what is one upstream, what is wrong, and that nothing is left behind."""

import asyncio
from pathlib import Path

import pytest

from plugins.unbound.proof import AnchorFile, Proven, prove
from resolver.errors import ConfigurationErrors
from resolver.recursion import anchors
from resolver.recursion.settings import AnchorSource, Option, RecursionSettings, Where
from resolver.recursion.tracking import TrackedAnchors

PLAIN = RecursionSettings(Where("Corefile", 1), trust_anchor=AnchorSource.OFF)
AUTO = RecursionSettings(Where("Corefile", 2))
KEYS = "".join(f"{record}\n" for record in anchors.shipped()).encode()


def nowhere() -> None:
    """Find no place for tracked anchors."""


class Place:
    """Where anchors are tracked in a test: as `tracking.track` makes it."""

    def __init__(self, folder: Path) -> None:
        self.runtime = folder / "runtime" / "root.key"
        self.state = folder / "state" / "root.key"

    def __call__(self) -> TrackedAnchors:
        self.runtime.parent.mkdir()
        self.runtime.write_bytes(KEYS)
        return TrackedAnchors(self.runtime, self.state, anchors.shipped(), _saved=KEYS)


def proven(*directives: RecursionSettings, place: Place | None = None) -> list[Proven]:
    return asyncio.run(prove(directives, place or nowhere))[0]


def test_equal_configurations_are_one_upstream() -> None:
    """Where a directive stands does not count; what it says does."""
    other = RecursionSettings(Where("Corefile", 9), trust_anchor=AnchorSource.OFF)
    option = Option("val-bogus-ttl", "30", Where("Corefile", 12))
    third = RecursionSettings(Where("Corefile", 11), (option,), trust_anchor=AnchorSource.OFF)
    one, two, three = proven(PLAIN, other, third)
    assert one.upstream == two.upstream != three.upstream


def test_a_file_makes_a_difference(tmp_path: Path) -> None:
    """The same words with another content of a file that they name are another upstream."""
    file = tmp_path / "root.key"
    option = Option("trust-anchor-file", str(file), Where("Corefile", 2))
    settings = RecursionSettings(Where("Corefile", 1), (option,), trust_anchor=AnchorSource.OFF)
    names = []
    for record in anchors.shipped():
        file.write_text(record + "\n")
        names.append(proven(settings)[0].upstream)
    assert len(set(names)) == len(names) > 1


@pytest.mark.parametrize(
    ("value", "slots"),
    [
        pytest.param("100", 100, id="fewer"),
        pytest.param("4000", 2048, id="a thread takes 2048 at most"),
    ],
)
def test_slots_follow_outgoing_range(value: str, slots: int) -> None:
    """There are no more recursions in libunbound than it has sockets to ask with."""
    option = Option("outgoing-range", value, Where("Corefile", 2))
    settings = RecursionSettings(Where("Corefile", 1), (option,), trust_anchor=AnchorSource.OFF)
    assert proven(settings)[0].slots == slots


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Complaints about several directives, each with its line."""
    first = RecursionSettings(Where("Corefile", 1), (Option("bla", "yes", Where("Corefile", 2)),))
    second = RecursionSettings(Where("Corefile", 4), (Option("chroot", "/", Where("Corefile", 5)),))
    with pytest.raises(ConfigurationErrors) as caught:
        proven(first, second)
    lines = str(caught.value).splitlines()
    assert [line.partition(" - ")[0] for line in lines] == ["Corefile:2", "Corefile:5"]


def test_options_of_the_process_must_agree() -> None:
    """libunbound has one value for all contexts; the error names both lines."""
    first, second = (
        RecursionSettings(
            Where("Corefile", line), (Option("cache-max-ttl", ttl, Where("Corefile", line + 1)),)
        )
        for line, ttl in ((1, "60"), (5, "90"))
    )
    with pytest.raises(ConfigurationErrors, match=r"Corefile:2.*Corefile:6"):
        proven(first, second)


def test_one_directive_keeps_anchors_up_to_date(tmp_path: Path) -> None:
    """RFC 5011: the first with `trust_anchor auto`; the proof leaves no file behind."""
    place = Place(tmp_path)
    plain, first, second = proven(PLAIN, AUTO, AUTO, place=place)
    assert [each.anchor_file is not None for each in (plain, first, second)] == [
        False,
        True,
        False,
    ]
    assert first.keeping is not None
    assert str(place.runtime).encode() in first.keeping
    assert b"auto-trust-anchor-file" not in first.text + second.text
    assert not place.runtime.parent.exists()


def test_an_anchor_file_is_never_put_into_a_folder_of_others(tmp_path: Path) -> None:
    """The folder is made by us, or it is an error."""
    place = Place(tmp_path)
    file = AnchorFile(place(), KEYS)
    with pytest.raises(FileExistsError):
        file.place()
