# SPDX-License-Identifier: Apache-2.0
"""WriterWrapper: the base of what plugins put around a ResponseWriter to alter what comes back."""

from collections.abc import Callable

from resolver.request import Endpoint, Transport
from resolver.response import Response
from resolver.types import ResponseWriter


class WriterWrapper:
    """Passes everything on to the writer it wraps; a plugin overrides `write`.

    `write` must not alter the response it is given (it may be the cache's own) but pass on another.
    """

    def __init__(self, writer: ResponseWriter) -> None:
        self._writer = writer

    @property
    def client(self) -> Endpoint:
        """Where the query came from."""
        return self._writer.client

    @property
    def local(self) -> Endpoint:
        """The address that was queried."""
        return self._writer.local

    @property
    def transport(self) -> Transport:
        """How the query came in."""
        return self._writer.transport

    def write(self, response: Response) -> None:
        """Pass a response on."""
        self._writer.write(response)

    def at_deadline(self, callback: Callable[[], None]) -> None:
        """Have `callback` called at the deadline, if nothing was written by then."""
        self._writer.at_deadline(callback)
