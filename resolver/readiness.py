# SPDX-License-Identifier: Apache-2.0
"""Readiness: what a handler says of itself to whoever waits for the server, such as *ready*."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Readiness(Protocol):
    """A handler that is not ready to answer from the first moment on."""

    name: str

    def ready(self) -> bool:
        """Return whether it can answer. Asked often; never waits. The event loop's thread."""
