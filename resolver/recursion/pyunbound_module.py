# SPDX-License-Identifier: Apache-2.0
"""Debian's python3-unbound (pyunbound), found and loaded: libunbound without a compiler.

Only its extension is loaded, by path: a virtual environment does not see the system's packages,
and the extension fits every CPython of the minor version that it was built for.
"""

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import machinery, util
from pathlib import Path
from typing import Protocol, cast

FOLDER = Path("/usr/lib/python3/dist-packages")
NAME = "_unbound"

Context = object  # a `struct ub_ctx *`, as SWIG wraps it
Answer = object  # a `struct ub_result *`, which lives as long as the callback
Callback = Callable[[int, int, Answer], None]


class Module(Protocol):
    """What is used of the extension; the functions are libunbound's own, see unbound.h."""

    def ub_version(self) -> str:
        """Return libunbound's version."""

    def ub_strerror(self, status: int) -> str:
        """Return a status in words."""

    def ub_ctx_create(self) -> Context | None:
        """Return a new context, None without memory."""

    def ub_ctx_config(self, context: Context, path: str) -> int:
        """Read a configuration; returns a status."""

    def ub_ctx_async(self, context: Context, is_thread: bool) -> int:
        """Say that the work is done in a thread, not in a fork."""

    def ub_ctx_debugout(self, context: Context, file: object) -> int:
        """Write the log of all contexts to a Python file, which has to stay open."""

    def ub_fd(self, context: Context) -> int:
        """Return the descriptor that is readable when `ub_process` has something to do."""

    def ub_process(self, context: Context) -> int:
        """Call back for each result that is there."""

    def ub_resolve(
        self, context: Context, name: str, qtype: int, qclass: int
    ) -> tuple[int, Answer]:
        """Return a status and the result of a question. Waits."""

    def _ub_resolve_async(
        self, context: Context, name: str, qtype: int, qclass: int, data: int, callback: Callback
    ) -> tuple[int, int]:
        """Ask a question; returns a status and its number."""

    def _ub_ctx_delete(self, context: Context) -> None:
        """End a context and its thread. What it had in flight is never called back."""

    def ub_result__packet(self, answer: Answer) -> bytes | None:
        """Return a copy of the message."""

    def ub_result_secure_get(self, answer: Answer) -> int:
        """Return whether the data is secure."""

    def ub_result_bogus_get(self, answer: Answer) -> int:
        """Return whether the data is bogus."""

    def ub_result_why_bogus_get(self, answer: Answer) -> str | None:
        """Return why it is bogus."""

    def ub_result_was_ratelimited_get(self, answer: Answer) -> int:
        """Return whether libunbound's own rate limit made it fail."""


def load(folder: Path = FOLDER, suffixes: Sequence[str] = machinery.EXTENSION_SUFFIXES) -> Module:
    """Return the extension, loaded once a process.

    Raises ImportError, with the path, if it is not there or does not fit. `suffixes` are those
    that this Python can load.
    """
    for suffix in suffixes:
        path = folder / f"{NAME}{suffix}"
        known = sys.modules.get(NAME)
        if known is not None and known.__file__ == str(path):
            return cast(Module, known)
        if path.is_file():
            loader = machinery.ExtensionFileLoader(NAME, str(path))
            spec = util.spec_from_file_location(NAME, path, loader=loader)
            assert spec is not None
            with warnings.catch_warnings():
                # SWIG's types have no __module__; as an error (-W error) that leaves null pointers
                warnings.simplefilter("ignore", DeprecationWarning)
                module = util.module_from_spec(spec)
                loader.exec_module(module)
            sys.modules[NAME] = module
            return cast(Module, module)
    raise ModuleNotFoundError(f"no {folder / NAME}{suffixes[0]}", name=NAME)


def configure(module: Module, context: Context, text: bytes) -> int:
    """Have a context read a text; returns a status. It reaches libunbound as a file in memory."""
    descriptor = os.memfd_create("unbound.conf")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(text)
        return module.ub_ctx_config(context, f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def try_configuration(module: Module, text: bytes) -> tuple[int, str]:
    """Load a text into a context and finalise it: `ffi.try_configuration` without the bridge.

    libunbound's log comes on descriptor 2, beside its complaints about syntax.
    """
    context = module.ub_ctx_create()
    if context is None:
        return -2, "no context: out of memory or descriptors"  # -2: UB_NOMEM
    status = configure(module, context, text)
    if status == 0:
        status, _ = module.ub_resolve(context, "localhost.", 1, 1)
    module._ub_ctx_delete(context)
    return status, module.ub_strerror(status) if status else ""
