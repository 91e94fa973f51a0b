# SPDX-License-Identifier: Apache-2.0
"""Loading: the code of a plugin is imported and its setup called, whoever wrote it.

Whatever that raises becomes an error that names the plugin; the process, and what else a Corefile
uses, goes on.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
from collections.abc import Callable
from types import ModuleType

from resolver.corefile.controller import Controller
from resolver.errors import ConfigurationError, ResolverError

Setup = Callable[[Controller], None]

_log = logging.getLogger("plugins")


def load_module(module: str) -> ModuleType:
    """Return a module.

    Raises ConfigurationError, its text the reason, whatever the import raises: SystemExit too, for
    a `setup.py` may turn out to be one that builds a package.
    """
    try:
        return importlib.import_module(module)
    except (Exception, SystemExit) as error:
        _log.debug("loading %s", module, exc_info=error)
        raise ConfigurationError(f"cannot be loaded: {_shown(error)}") from error


def is_there(module: str) -> bool:
    """Return whether a module is installed. The packages above it are imported.

    One whose packages are broken is there: what is wrong is told to whoever uses it.
    """
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError as error:
        return error.name is None or not f"{module}.".startswith(f"{error.name}.")
    except (Exception, SystemExit) as error:
        _log.debug("looking for %s", module, exc_info=error)
        return True


def setup_of(module: ModuleType, function: str = "setup") -> Setup:
    """Return the setup function of a module. Raises ConfigurationError if it has none."""
    setup: Setup | None = getattr(module, function, None)
    if not callable(setup):
        raise ConfigurationError(f"{module.__name__} has no function {function}")
    return setup


def call_setup(setup: Setup, controller: Controller) -> None:
    """Set up one directive. Raises ResolverError, whatever the setup raises."""
    try:
        setup(controller)
    except ResolverError:
        raise
    except (Exception, SystemExit) as error:
        _log.debug("setting up %s", controller.name, exc_info=error)
        raise ResolverError(f"set-up failed: {_shown(error)}") from error


def _shown(error: BaseException) -> str:
    """Return an exception on one line; an ImportError's own text says it all."""
    text = " ".join(str(error).split())
    if isinstance(error, ImportError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
