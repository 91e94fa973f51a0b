# SPDX-License-Identifier: Apache-2.0
"""The clock of C threads: the machine's, or one that shows what a test's clock does."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from resolver._native import ffi, lib
from resolver.clock import Clock
from resolver.errors import ResolverError


@runtime_checkable
class Driven(Clock, Protocol):
    """A clock that is moved by hand, and says when it was."""

    @property
    def watchers(self) -> list[Callable[[], None]]:
        """Called after each move."""


class NativeClock:
    """A `struct rn_clock` that shows the time of `clock`; `handle` is for other parts in C."""

    def __init__(self, clock: Clock) -> None:
        self.handle = lib.rn_clock_new()
        if self.handle == ffi.NULL:
            raise ResolverError("no memory for a clock")
        self._finalizer = weakref.finalize(self, lib.rn_clock_free, self.handle)
        self._finalizer.atexit = False
        if isinstance(clock, Driven):
            self._follow(clock)
            clock.watchers.append(lambda: self._follow(clock))

    def _follow(self, clock: Clock) -> None:
        lib.rn_clock_drive(self.handle, clock.now_ms(), int(clock.wall_s()))
