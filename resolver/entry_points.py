# SPDX-License-Identifier: Apache-2.0
"""Entry points: plugins of other packages, which join by being installed.

    [project.entry-points."rootward.plugins"]
    blocklist = "rootward_blocklist"

names the directive and the package whose module `setup` has its setup function; the module itself,
`rootward_blocklist.setup`, or MODULE:FUNCTION will do as well. The module may say `before = "NAME"`
or `after = "NAME"`. It is imported at every start, so that its place is known.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.machinery
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from resolver.errors import ConfigurationError
from resolver.loading import Setup, load_module, setup_of
from resolver.ordering import DEFAULT, Place

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "rootward.plugins"

_DIRECTIVE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


@dataclasses.dataclass(frozen=True, slots=True)
class Outside:
    """A plugin of another package: its name, who brings it, and its code or why there is none.

    Exactly one of `setup` and `problem` is there.
    """

    name: str
    package: str
    setup: Setup | None = None
    place: Place = DEFAULT
    problem: str = ""

    @property
    def complaint(self) -> str:
        """What is wrong with it, naming plugin and package; empty if nothing is."""
        return f"plugin/{self.name}: package {self.package}: {self.problem}" if self.problem else ""

    def with_problem(self, problem: str) -> Outside:
        """Return the plugin as one that cannot be used."""
        return dataclasses.replace(self, setup=None, problem=problem)


def outside_plugins() -> list[Outside]:
    """Return the plugins of all installed packages, loaded, each name once, in alphabetical order.

    What is wrong with one is its `problem`, and nobody else's.
    """
    if not _may_be_there():
        return []
    from importlib.metadata import entry_points

    points: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=GROUP):
        points.setdefault(point.name, []).append(point)
    return [_load(name, points[name]) for name in sorted(points)]


def _may_be_there() -> bool:
    """Return whether any installed package may have an entry point of ours.

    A quick look into the folders of the module path, since importlib.metadata is slow to load and
    reads much more. True also where packages are found in another way: archives, other finders.
    """
    for finder in sys.meta_path:
        if finder is not importlib.machinery.PathFinder and hasattr(finder, "find_distributions"):
            return True
    return any(_may_name_group(place or ".") for place in sys.path)


def _may_name_group(place: str) -> bool:
    try:
        if place.lower().endswith(".egg"):
            return True
        names = os.listdir(place)  # noqa: PTH208 -- names will do, and there are many
    except NotADirectoryError:
        return True
    except OSError:
        return False
    group = GROUP.encode()
    for name in names:
        if name.lower().endswith((".dist-info", ".egg-info")):
            with contextlib.suppress(OSError):  # it need not have any
                if group in Path(place, name, "entry_points.txt").read_bytes():
                    return True
    return False


def _load(name: str, points: Iterable[EntryPoint]) -> Outside:
    first, *others = points
    packages = sorted({_package(point) for point in (first, *others)})
    shown = " and ".join(packages)
    if _DIRECTIVE.fullmatch(name) is None:
        return Outside(name, shown, problem="its name is not a word of letters, digits, _ and -")
    if others:
        return Outside(name, shown, problem="several packages bring it; uninstall all but one")
    found = re.fullmatch(r"([\w.]+)(?::(\w+))?", first.value.replace(" ", ""))
    if found is None:
        return Outside(name, shown, problem=f"'{first.value}' names neither a package nor a module")
    module, function = found[1], found[2] or "setup"
    if found[2] is None and module.rpartition(".")[2] != "setup":
        module = f"{module}.setup"
    try:
        code = load_module(module)
        return Outside(name, shown, setup_of(code, function), _place(code))
    except ConfigurationError as error:
        return Outside(name, shown, problem=str(error))


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value


def _place(module: ModuleType) -> Place:
    before, after = (getattr(module, word, None) for word in ("before", "after"))
    if before is not None and after is not None:
        raise ConfigurationError(f"{module.__name__} says both before and after")
    said = after if before is None else before
    if said is None:
        return DEFAULT
    if not isinstance(said, str):
        word = "after" if before is None else "before"
        raise ConfigurationError(f"{module.__name__}: {word} is not the name of a plugin")
    return Place(said, is_after=before is None)
