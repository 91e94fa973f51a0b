# SPDX-License-Identifier: Apache-2.0
"""Directives: which there are, in the order of the chain, and the setup function of each.

The order is data (`plugin.cfg`), and a plugin's code is loaded when a Corefile uses it.
"""

import difflib
import importlib
import importlib.util
from collections.abc import Callable, Iterable
from pathlib import Path

import resolver
from resolver.corefile.controller import Controller
from resolver.errors import ConfigurationError
from resolver.version import VERSION

PLUGIN_CFG = Path(__file__).with_name("plugin.cfg")

Setup = Callable[[Controller], None]


class Directives:
    """Names of directives with their packages, in the order of the chain."""

    def __init__(self, packages: Iterable[tuple[str, str]]) -> None:
        self._packages = dict(packages)

    @property
    def order(self) -> tuple[str, ...]:
        """All names, in the order of the chain."""
        return tuple(self._packages)

    def installed(self) -> list[str]:
        """Return the names whose package is there, in the order of the chain."""
        return [name for name in self._packages if self._is_installed(name)]

    def complaint(self, name: str) -> str | None:
        """Return why a Corefile cannot use the directive `name`, None if it can."""
        if name not in self._packages:
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
        package = self._packages[name]
        try:
            module = importlib.import_module(f"{package}.setup")
        except ImportError as error:
            raise ConfigurationError(f"plugin/{name}: cannot be loaded: {error}") from error
        setup: Setup | None = getattr(module, "setup", None)
        if setup is None:
            raise ConfigurationError(f"plugin/{name}: {package}.setup has no function setup")
        return setup

    def _is_installed(self, name: str) -> bool:
        package = self._packages[name]
        try:
            return importlib.util.find_spec(f"{package}.setup") is not None
        except ModuleNotFoundError:  # a package above it is not there
            return False


def read_order(text: str, file: str) -> Directives:
    """Return the directives that the text of a `plugin.cfg` lists.

    Raises ConfigurationError for a line that is not NAME:PACKAGE, or a name that is there twice.
    """
    packages: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        name, colon, package = line.partition(":")
        if not (name and colon and package):
            raise _error(file, number, f"expecting NAME:PACKAGE, not '{line}'")
        if name in packages:
            raise _error(file, number, f"plugin '{name}' is listed twice")
        packages[name] = package if "." in package else f"plugins.{package}"
    return Directives(packages.items())


def standard_directives() -> Directives:
    """Return the directives of this build.

    Raises ConfigurationError if a package `plugins` that is not ours stands in the way.
    """
    home = Path(resolver.__file__).resolve().parent.parent
    spec = importlib.util.find_spec("plugins")
    found = Path(spec.origin).resolve().parent.parent if spec and spec.origin else None
    if found != home:
        where = found if found else "nowhere"
        raise ConfigurationError(
            f"package plugins lies in {where}, not beside package resolver in {home}:"
            " another package of this name hides it"
        )
    return read_order(PLUGIN_CFG.read_text("utf-8"), PLUGIN_CFG.name)


def _error(file: str, line: int, text: str) -> ConfigurationError:
    return ConfigurationError(f"{file}:{line} - {text}", file, line)
