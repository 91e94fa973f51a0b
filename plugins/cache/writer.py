# SPDX-License-Identifier: Apache-2.0
"""CacheWriter: keeps what passes, also what comes after the deadline."""

from plugins.cache.keeper import Keeper
from resolver.request import Request
from resolver.response import Response
from resolver.types import ResponseWriter
from resolver.writer import WriterWrapper


class CacheWriter(WriterWrapper):
    """Keeps each response to one request, and passes it on with its TTLs within bounds."""

    def __init__(self, keeper: Keeper, writer: ResponseWriter, request: Request) -> None:
        super().__init__(writer)
        self._keeper = keeper
        self._request = request

    def write(self, response: Response) -> None:
        """Keep a response and pass it on."""
        self._writer.write(self._keeper.keep(self._request, response))
