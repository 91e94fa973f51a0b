# SPDX-License-Identifier: Apache-2.0
"""Which way to libunbound this process has: the compiled bridge, else pyunbound.

Everything is imported when asked for: a server without `unbound` needs neither, and the child that
proves configurations has to start fast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from resolver.errors import ResolverError

if TYPE_CHECKING:
    from logging import Logger

    from resolver.recursion.configuration import Complaint, Rendered
    from resolver.recursion.pyunbound_module import Module
    from resolver.types import Result, Submission

REMEDY = "is libunbound8 installed, and the extension built (./script/setup), or python3-unbound?"


class Backend(Protocol):
    """libunbound with its groups of contexts, one for each configuration; see `bridge.Bridge`."""

    def submit(self, batch: Sequence[Submission], group: int) -> int:
        """Hand over questions; returns how many were taken, from the front. Never waits."""

    def drain(self) -> list[Result]:
        """Return all that is finished, at most 256. Never waits."""

    def fileno(self) -> int:
        """Return a descriptor that is readable while `drain` has something."""

    def add(self, text: bytes, second: bytes | None = None) -> int:
        """Make a group of contexts; returns its number. Raises ResolverError."""

    def remove(self, group: int) -> None:
        """Remove a group; what it has in flight is finished."""

    async def forget(self, group: int) -> None:
        """Forget all that a group has cached, without a halt of the event loop if that can be.

        Raises ResolverError.
        """

    def close(self) -> None:
        """End all."""


class Proofs(Protocol):
    """Asks libunbound what it thinks of configurations, without loading them in this process."""

    async def probe(self) -> frozenset[str]:
        """Return which of our optional options the linked libunbound knows."""

    async def prove(self, rendered: Sequence[Rendered]) -> list[list[Complaint]]:
        """Return for each configuration what is wrong. Raises ResolverError."""


def prover(*, is_first: bool) -> AbstractContextManager[Proofs]:
    """Return what proves configurations within a `with` block.

    is_first: nothing was loaded in this process yet, so that its forks will do.
    """
    if is_first:
        try:
            from resolver.recursion.forks import Forks
        except ImportError:  # no compiled bridge
            pass
        else:
            return nullcontext(Forks())
    from resolver.recursion.prover import Prover

    return Prover()


def start(log: Logger) -> Backend:
    """Return libunbound by the compiled bridge, or by pyunbound, which is a WARNING in `log`.

    Raises ResolverError, with what to do, if there is neither.
    """
    try:
        from resolver.recursion.bridge import Bridge
    except ImportError as error:
        module = _pyunbound(error)
        from resolver.recursion.pyunbound import Pyunbound

        log.warning(
            "no compiled bridge to libunbound: python3-unbound serves in its place, slower "
            "libunbound=%s reason=%r",
            module.ub_version(),
            str(error),
        )
        return Pyunbound(module)
    return Bridge()


def check_loads() -> None:
    """Raise ResolverError, with what to do, if libunbound can be had in no way."""
    version()


def version() -> str:
    """Return libunbound's version. Raises ResolverError if it can be had in no way."""
    try:
        from resolver.ffi import libunbound_version
    except ImportError as error:
        return _pyunbound(error).ub_version()
    return libunbound_version()


def trier() -> Callable[[bytes], tuple[int, str]]:
    """Return what tries a configuration; see `ffi.try_configuration`.

    Raises ResolverError if there is no libunbound.
    """
    try:
        from resolver.ffi import try_configuration
    except ImportError as error:
        module = _pyunbound(error)
        from resolver.recursion import pyunbound_module

        return lambda text: pyunbound_module.try_configuration(module, text)
    return try_configuration


def _pyunbound(missing: ImportError) -> Module:
    """Return pyunbound in place of the bridge that is missing."""
    from resolver.recursion import pyunbound_module

    try:
        return pyunbound_module.load()
    except ImportError as error:
        raise ResolverError(
            f"plugin/unbound: cannot load libunbound: {missing}; {error}; {REMEDY}"
        ) from error
