# SPDX-License-Identifier: Apache-2.0
"""Which engine serves: the one that was asked for, else the native one where it can be had."""

import logging
import os
import random

from resolver.clock import Clock
from resolver.command.options import Fatal
from resolver.engine.engine import Engine
from resolver.engine.python import PythonEngine

_log = logging.getLogger("server")


def engine_of(name: str, clock: Clock, rng: random.Random) -> Engine:
    """Return the engine called `name`; an empty one is native, or python without the extension.

    Raises Fatal if the native one was asked for and there is no extension.
    """
    if name == "python":
        return PythonEngine()
    try:
        from resolver.native.engine import NativeEngine
    except ImportError as error:
        text = f"the compiled extension cannot be loaded: {error}"
        if name:
            raise Fatal(f"-engine native: {text}; use -engine python") from None
        _log.warning(
            "the native engine, which is the default, is not there: the python engine serves, "
            "slower: %s",
            text,
        )
        return PythonEngine()
    return NativeEngine(clock, rng, len(os.sched_getaffinity(0)))
