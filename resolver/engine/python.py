# SPDX-License-Identifier: Apache-2.0
"""The python engine: every question runs its chain, in the event loop's thread."""

import asyncio
import socket
from collections.abc import Sequence

from resolver.corefile.controller import Services
from resolver.engine.engine import Datagrams, Door
from resolver.limits import Limits
from resolver.listeners import Listener
from resolver.transport.stream import OpenStream
from resolver.transport.udp import UdpListener


class PythonEngine:
    """Reads datagrams itself and asks no plan; see `resolver.engine.engine.Engine`."""

    name = "python"

    def join(self, services: Services, limits: Limits) -> None:
        """Share nothing."""

    def datagrams(self, sock: socket.socket, door: Door) -> Datagrams:
        """Return what reads and writes a UDP socket."""
        loop = asyncio.get_running_loop()
        return UdpListener(sock, door.receive, loop, door.tallies)

    def streams(self, door: Door) -> OpenStream | None:
        """Return nothing: each message is the chain's."""
        return None

    def change_plan(self, listeners: Sequence[Listener]) -> None:
        """Take note of nothing: there is no plan."""

    def close(self) -> None:
        """End nothing."""
