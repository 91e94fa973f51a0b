# SPDX-License-Identifier: Apache-2.0
"""Tasks: how a query's chain is begun."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

_NAME = "query"  # else each gets a number, written out


def begin(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Return a Task for `work`, begun at once where Python can (3.12): most need no second turn."""
    loop = asyncio.get_running_loop()
    if sys.version_info >= (3, 12):
        return asyncio.Task(work, loop=loop, name=_NAME, eager_start=True)
    return asyncio.Task(work, loop=loop, name=_NAME)
