# SPDX-License-Identifier: Apache-2.0
"""Ordering: where plugins that are in no list come to stand in the chain.

The list is `plugin.cfg`; a plugin from outside says beside which one it stands. Plugins that name
each other in a circle stand nowhere, and so do those that name one that is not there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple


class Place(NamedTuple):
    """Right before, or right behind (`is_after`), another plugin."""

    name: str
    is_after: bool = False

    def __str__(self) -> str:
        return f"{'after' if self.is_after else 'before'} '{self.name}'"


DEFAULT = Place("forward")


def arrange(order: Sequence[str], places: Mapping[str, Place]) -> tuple[list[str], dict[str, str]]:
    """Return `order` with the plugins of `places` in it, and of those that fit nowhere the reason.

    Several at one place stand in the order of the alphabet.
    """
    before: defaultdict[str, list[str]] = defaultdict(list)
    after: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(places):
        (after if places[name].is_after else before)[places[name].name].append(name)

    def around(name: str) -> Iterator[str]:
        for other in before[name]:
            yield from around(other)
        yield name
        for other in after[name]:
            yield from around(other)

    arranged = [placed for name in order for placed in around(name)]
    misplaced = sorted(set(places) - set(arranged))
    return arranged, {name: _reason(name, places) for name in misplaced}


def _reason(name: str, places: Mapping[str, Place]) -> str:
    """Return why a plugin stands nowhere: whom it names, whom that one names, to the end."""
    seen: list[str] = []
    while name in places and name not in seen:
        seen.append(name)
        name = places[name].name
    first, *others = (f"'{each}' {places[each]}" for each in seen)
    chain = ", ".join([first.replace("' ", "' is to stand ", 1), *others])
    return f"{chain}{': a circle' if name in places else ', which is not there'}"
