# SPDX-License-Identifier: Apache-2.0
"""Directives: which there are, in the order of the chain, and the setup function of each.

The order is data (`plugin.cfg`), and a plugin's code is loaded when a Corefile uses it. Plugins of
other packages are loaded at once, since they say themselves where they stand.
"""

import importlib.util
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import resolver
from resolver.entry_points import Outside, outside_plugins
from resolver.errors import ConfigurationError, ConfigurationErrors
from resolver.loading import Setup as Setup
from resolver.loading import is_there, load_module, setup_of
from resolver.ordering import arrange
from resolver.version import VERSION

PLUGIN_CFG = Path(__file__).with_name("plugin.cfg")

_LINE = re.compile(r"([A-Za-z0-9_-]+)\s*:\s*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)")


class Directives:
    """Names of directives with their packages, in the order of the chain.

    outside: those that other packages bring, where they stand in `packages`, or nowhere. troubles:
    what else is wrong with other packages.
    """

    def __init__(
        self,
        packages: Iterable[tuple[str, str]],
        outside: Iterable[Outside] = (),
        troubles: Sequence[str] = (),
    ) -> None:
        self._packages = dict(packages)
        self._outside = {plugin.name: plugin for plugin in outside}
        self._troubles = tuple(troubles)

    @property
    def order(self) -> tuple[str, ...]:
        """All names, in the order of the chain."""
        return tuple(self._packages)

    @property
    def troubles(self) -> list[str]:
        """What is wrong with plugins of other packages, a line each; all others are usable."""
        broken = (plugin.complaint for plugin in self._outside.values() if plugin.problem)
        return [*self._troubles, *broken]

    def installed(self) -> list[str]:
        """Return the names whose package is there and is not known to be broken, in order."""
        return [name for name in self._packages if self._is_installed(name)]

    def complaint(self, name: str) -> str | None:
        """Return why a Corefile cannot use the directive `name`, None if it can."""
        outside = self._outside.get(name)
        if outside is not None:
            return outside.complaint or None
        if name not in self._packages:
            import difflib

            near = difflib.get_close_matches(name, self.installed(), 1)
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            return f"Unknown directive '{name}'{hint}"
        if not self._is_installed(name):
            text = f"no action found for directive '{name}' with server type 'dns'"
            return f"{text} (missing a plugin?): Rootward {VERSION} does not have it"
        return None

    def setup(self, name: str) -> Setup:
        """Return the setup function of an installed directive.

        Raises ConfigurationError if the plugin cannot be loaded.
        """
        outside = self._outside.get(name)
        if outside is not None and outside.setup is not None:
            return outside.setup
        try:
            return setup_of(load_module(f"{self._packages[name]}.setup"))
        except ConfigurationError as error:
            raise ConfigurationError(f"plugin/{name}: {error}") from error

    def _is_installed(self, name: str) -> bool:
        outside = self._outside.get(name)
        if outside is not None:
            return outside.setup is not None
        return is_there(f"{self._packages[name]}.setup")


class _Listed(NamedTuple):
    """A line of a `plugin.cfg`; `package` is its full name."""

    name: str
    package: str
    line: int


def standard_directives() -> Directives:
    """Return the directives of this build, and those that other packages bring.

    Raises ConfigurationError if a package `plugins` that is not ours stands in the way.
    """
    _find_plugins()
    return join(_ours(), outside_plugins())


def listed_directives(text: str, file: str) -> Directives:
    """Return the directives that a `plugin.cfg` of the user's lists, and no others.

    It may list what ours does, whether that is there or not; other packages have to be.

    Raises ConfigurationError if a package `plugins` that is not ours stands in the way, and
    ConfigurationErrors for all lines that make no sense.
    """
    _find_plugins()
    listed = _read(text, file)
    ours = _ours()
    errors = [
        _error(file, line, f"plugin '{name}': there is no package {package} with a module setup")
        for name, package, line in listed
        if (name, package) not in ours and not is_there(f"{package}.setup")
    ]
    if errors:
        raise ConfigurationErrors(errors)
    return Directives((name, package) for name, package, _ in listed)


def join(ours: Sequence[tuple[str, str]], outside: Iterable[Outside]) -> Directives:
    """Return our directives with those of other packages among them.

    One that has a name of our list stands where the list says. Of one that we have ourselves ours
    is used.
    """
    packages = dict(ours)
    joining: dict[str, Outside] = {}
    troubles: list[str] = []
    for plugin in outside:
        if plugin.name in packages and is_there(f"{packages[plugin.name]}.setup"):
            reason = "there is a plugin of this name already, which is used instead"
            troubles.append(plugin.with_problem(reason).complaint)
        else:
            joining[plugin.name] = plugin
    places = {name: each.place for name, each in joining.items() if name not in packages}
    arranged, misplaced = arrange(list(packages), places)
    for name, reason in misplaced.items():
        if not joining[name].problem:
            joining[name] = joining[name].with_problem(reason)
    return Directives(
        ((name, packages.get(name, "")) for name in arranged), joining.values(), troubles
    )


def _ours() -> list[tuple[str, str]]:
    listed = _read(PLUGIN_CFG.read_text("utf-8"), PLUGIN_CFG.name)
    return [(name, package) for name, package, _ in listed]


def _read(text: str, file: str) -> list[_Listed]:
    found: dict[str, _Listed] = {}
    errors: list[ConfigurationError] = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            errors.append(_error(file, number, f"expecting NAME:PACKAGE, not '{line}'"))
            continue
        name, package = match.groups()
        if name in found:
            first = found[name].line
            twice = f"plugin '{name}' is listed twice, first in line {first}"
            errors.append(_error(file, number, twice))
            continue
        full = package.removesuffix(".setup") if "." in package else f"plugins.{package}"
        found[name] = _Listed(name, full, number)
    if errors:
        raise ConfigurationErrors(errors)
    return list(found.values())


def _find_plugins() -> None:
    """Raise ConfigurationError unless the package `plugins` is ours."""
    home = Path(resolver.__file__).resolve().parent.parent
    spec = importlib.util.find_spec("plugins")
    found = Path(spec.origin).resolve().parent.parent if spec and spec.origin else None
    if found != home:
        where = found if found else "nowhere"
        raise ConfigurationError(
            f"package plugins lies in {where}, not beside package resolver in {home}:"
            " another package of this name hides it"
        )


def _error(file: str, line: int, text: str) -> ConfigurationError:
    return ConfigurationError(f"{file}:{line} - {text}", file, line)
