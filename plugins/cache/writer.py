# SPDX-License-Identifier: Apache-2.0
"""CacheWriter: keeps what passes, also what comes after the deadline."""

from plugins.cache.keeper import Keeper
from resolver.request import Request
from resolver.response import Response
from resolver.types import Place, ResponseWriter
from resolver.writer import WriterWrapper, place_of


class CacheWriter(WriterWrapper):
    """Keeps each response to one request, and passes it on with its TTLs within bounds."""

    def __init__(self, keeper: Keeper, writer: ResponseWriter, request: Request) -> None:
        super().__init__(writer)
        self._keeper = keeper
        self._request = request

    def place(self, request: Request) -> Place | None:
        """Return the place below, if the engine keeps as we do."""
        return place_of(self._writer, request) if self._keeper.is_native else None

    def write(self, response: Response) -> None:
        """Keep a response and pass it on."""
        self._writer.write(self._keeper.keep(self._request, response))
