# SPDX-License-Identifier: Apache-2.0
"""The socket of `rootward control`: a JSON object a line is asked, and one is answered.

{"command": "flush", "name": "example.org.", "zone": true}
{"ok": true, "removed": 12}      or     {"ok": false, "error": "..."}
"""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from resolver.control.places import listen
from resolver.errors import ResolverError

MAX_LINE_OCTETS = 4096
MAX_CLIENTS = 8
TIMEOUT_S = 10.0

_log = logging.getLogger("control")


class Commands(Protocol):
    """What can be asked."""

    async def run(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Do what is asked; return what to tell. Raises ResolverError for what makes no sense."""


class ControlListener:
    """Serves at `path` from `start` to `close`. The event loop's thread only."""

    def __init__(self, path: Path, commands: Commands) -> None:
        self._path = path
        self._commands = commands
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def start(self) -> None:
        """Listen. Raises OSError."""
        sock = listen(self._path)
        if sys.version_info >= (3, 13):  # it would look for the socket by the name it was bound to
            self._server = await asyncio.start_unix_server(
                self._welcome, sock=sock, limit=MAX_LINE_OCTETS, cleanup_socket=False
            )
        else:
            self._server = await asyncio.start_unix_server(
                self._welcome, sock=sock, limit=MAX_LINE_OCTETS
            )

    async def close(self) -> None:
        """Take nobody in any more, end those who are there, and remove the socket."""
        if self._server is None:
            return
        self._is_closed = True
        self._server.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        self._server = None
        self._path.unlink(missing_ok=True)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_closed or len(self._clients) >= MAX_CLIENTS:
            writer.transport.abort()
            return
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while line := await reader.readline():
                    told = await self._answer(line)
                    writer.write(json.dumps(told).encode() + b"\n")
                    await writer.drain()
        except (OSError, TimeoutError, ValueError) as error:  # ValueError: a line too long
            _log.debug("control connection failed error=%s", error)
        finally:
            writer.transport.abort() if reader.exception() else writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
        except ValueError as error:
            return {"ok": False, "error": f"no JSON: {error}"}
        if not isinstance(asked, dict):
            return {"ok": False, "error": "no JSON object"}
        try:
            return {"ok": True, **await self._commands.run(asked)}
        except ResolverError as error:
            return {"ok": False, "error": str(error)}
