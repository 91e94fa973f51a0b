# SPDX-License-Identifier: Apache-2.0
"""Plugin: the base class of handlers; it knows the next one of its chain."""

from collections.abc import Coroutine
from typing import Any

from resolver.claims import EVERYTHING, Claims
from resolver.errors import ResolverError
from resolver.request import Request
from resolver.types import Handler, Rcode, ResponseWriter


class Plugin:
    """A handler that passes everything on. Subclasses set `name` and override `serve_dns`.

    `next_handler` is set by the chain before the first query.
    """

    name = "plugin"
    next_handler: Handler | None = None

    def serve_dns(self, writer: ResponseWriter, request: Request) -> Coroutine[Any, Any, Rcode]:
        """Pass the request on; see `resolver.types.Handler`.

        Most plugins are `async def` here. One that does nothing once the next one has returned
        need not wait for it: it returns what `call_next` returns.
        """
        return self.call_next(writer, request)

    def call_next(self, writer: ResponseWriter, request: Request) -> Coroutine[Any, Any, Rcode]:
        """Return what the next handler returns; to be awaited.

        Raises ResolverError if this is the last one.
        """
        if self.next_handler is None:
            raise ResolverError(f"plugin/{self.name}: no next plugin found")
        return self.next_handler.serve_dns(writer, request)

    def claims(self) -> Claims:
        """Claim every question: right for any plugin, and the slowest."""
        return EVERYTHING
