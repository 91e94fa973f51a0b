# SPDX-License-Identifier: Apache-2.0
"""Linking: each handler of a chain learns which one comes next."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol, runtime_checkable

from resolver.errors import ConfigurationError
from resolver.types import Handler


@runtime_checkable
class Linked(Protocol):
    """A handler that calls the next one; `resolver.plugin.Plugin` is."""

    next_handler: Handler | None


def link(handlers: Sequence[Handler]) -> None:
    """Have each handler call the one behind it.

    Raises ConfigurationError for one that others stand behind, but cannot call them.
    """
    for handler, behind in pairwise(handlers):
        if not isinstance(handler, Linked):
            raise ConfigurationError(f"plugin/{handler.name}: a handler needs `next_handler`")
        handler.next_handler = behind
