# SPDX-License-Identifier: Apache-2.0
"""Engine: what moves packets between listeners and chains."""

import socket
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from resolver.answering import Receive, Take
from resolver.corefile.controller import Services
from resolver.limits import Limits
from resolver.listeners import Listener
from resolver.request import Endpoint
from resolver.tallies import Tallies
from resolver.transport.stream import OpenStream


class Door(NamedTuple):
    """A listener as its engine sees it.

    name: what metrics call it, which tells it from others. receive: where a message goes that the
    chain is to answer; take: where it goes if it was read already. sockets: how many are to share
    its port, None if nobody says.
    """

    name: str
    receive: Receive
    take: Take
    tallies: Tallies
    sockets: int | None = None


class Datagrams(Protocol):
    """The UDP side of a listener. The event loop's thread only."""

    @property
    def local(self) -> Endpoint:
        """Where it is bound."""

    def stop_receiving(self, gives_way: bool = False) -> None:
        """Take in what has arrived already, and nothing after; replies still go out.

        gives_way: what comes after is for another socket, or refused; else nobody answers it.
        """

    def close(self) -> None:
        """Close: replies end here."""


class Engine(Protocol):
    """What an Instance has its packets moved by. The event loop's thread only."""

    @property
    def name(self) -> str:
        """`python` or `native`."""

    def join(self, services: Services, limits: Limits) -> None:
        """Share what server blocks are to use, before the first is set up."""

    def datagrams(self, sock: socket.socket, door: Door) -> Datagrams:
        """Return what reads and writes a UDP socket (taken), once a plan is there."""

    def streams(self, door: Door) -> OpenStream | None:
        """Return what answers whole read buffers of a listener's connections, None if nothing."""

    def change_plan(self, listeners: Sequence[Listener]) -> None:
        """Serve these listeners by their blocks' plans from now on, all in one step."""

    def close(self) -> None:
        """End; no listener is open any more. May be called twice."""
