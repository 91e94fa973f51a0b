# SPDX-License-Identifier: Apache-2.0
"""The native engine: lanes in C answer what the plan lets them, and leave the rest to the chains.

What they leave, and what connections do, comes out of a ring in batches and goes to the server of
its listener, as from any transport; its reply goes back by a ticket. At its deadline C answers in
Python's place.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import itertools
import random
import socket
from collections.abc import Callable, Sequence

from resolver.clock import Clock
from resolver.corefile.controller import Services
from resolver.engine.engine import Door
from resolver.errors import ResolverError
from resolver.limits import Limits
from resolver.listeners import Listener
from resolver.native.clock import NativeClock
from resolver.native.flights import NativeFlights
from resolver.native.lanes import MAX_DOORS, MAX_LANES, Lanes, NativeSocket
from resolver.native.observers import Observers
from resolver.native.plan import NativePlan, PlanHolder, blocks_of
from resolver.native.sets import KnownNames
from resolver.native.store import SECRET_OCTETS, NativeStore
from resolver.recursion.caps import Limits as RecursionLimits
from resolver.recursion.companions import FLIGHTS
from resolver.request import Endpoint, Transport
from resolver.storage import STORE
from resolver.transport import sockets
from resolver.transport.addresses import endpoint_of
from resolver.transport.stream import OpenStream, Replied, Stream

DEFAULT_OCTETS = 64 << 20  # of the packet cache, until the first block with one is started

_DISCARD = 9  # a port from which nobody asks


class TicketReply:
    """Where the reply to a diverted question goes; a `Reply`. C may answer by the ticket, too."""

    __slots__ = ("_reply", "ticket")

    def __init__(self, ticket: int, reply: Callable[[int, bytes | None], None]) -> None:
        self.ticket = ticket
        self._reply = reply

    def __call__(self, octets: bytes | None) -> None:
        """Send octets, or nothing."""
        self._reply(self.ticket, octets)


class NativeDatagrams:
    """The UDP side of a listener: a socket for each of its lanes."""

    def __init__(
        self, engine: NativeEngine, found: Sequence[socket.socket], number: int, door: Door
    ) -> None:
        self.local = endpoint_of(found[0].getsockname())
        self.number = number
        self.door = door
        self._engine = engine
        self._sockets = list(found)
        self._handles = [NativeSocket(sock) for sock in found]
        self._told_unsent = 0
        self._is_open = False

    def open(self) -> None:
        """Have lanes receive, from the first plan on that has this listener."""
        if self._is_open:
            return
        self._is_open = True
        host = ipaddress.ip_address(self.local.host.partition("%")[0])
        for lane, handle in enumerate(self._handles):
            self._engine.lanes.open(lane, handle, self.number, self.local, host.is_unspecified)

    def stop_receiving(self, gives_way: bool = False) -> None:
        """Take in what has arrived already, and nothing after; replies still go out.

        gives_way: what comes after is for another socket, or refused; else nobody answers it.
        """
        for lane, (sock, handle) in enumerate(zip(self._sockets, self._handles, strict=True)):
            if gives_way and sock.getsockname()[0] not in ("::", "0.0.0.0"):
                # Linux hands a datagram to the socket that matches it best, read or not.
                address = sock.getsockname()
                with contextlib.suppress(OSError):
                    sock.connect((address[0], _DISCARD, *address[2:]))
            if self._is_open:
                self._engine.lanes.shut(lane, handle)
        self._is_open = False
        self._engine.receive_all()

    def tell_unsent(self) -> None:
        """Count the responses that the system did not take, since the last time."""
        unsent = sum(handle.unsent for handle in self._handles)
        self.door.tallies.unsent.inc(unsent - self._told_unsent)
        self._told_unsent = unsent

    def close(self) -> None:
        """Close: replies end here, but for those that lanes' queries still wait for."""
        self._engine.lanes.send()
        self.tell_unsent()
        self._engine.left(self.number)
        for sock, handle in zip(self._sockets, self._handles, strict=True):
            sock.close()
            handle.close()


class NativeEngine:
    """Lanes and what they work with; see `resolver.engine.engine.Engine`.

    The event loop's thread only. lanes: how many a listener has that says no number itself.
    places: most queries that may wait for an answer.
    """

    name = "native"

    def __init__(self, clock: Clock, rng: random.Random, lanes: int) -> None:
        self._clock = clock
        self._rng = rng
        self._lanes_wanted = max(1, min(lanes, MAX_LANES))
        self._running = 0
        self._open: dict[int, NativeDatagrams] = {}
        self._doors: dict[int, Door] = {}
        self._numbers: dict[str, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False
        self._is_sending = False
        self._known = KnownNames()
        self._native_clock = NativeClock(clock)
        self._holder = PlanHolder()
        self.store = NativeStore(DEFAULT_OCTETS, rng.randbytes(SECRET_OCTETS))

    def join(self, services: Services, limits: Limits) -> None:
        """Have all blocks share the packet cache and the flights."""
        self._limits = limits
        self._observers = observers = Observers(services.metrics, self._clock)
        self.lanes = Lanes(
            self.store.handle,
            self._holder.handle,
            self._native_clock.handle,
            observers.counts(),
            observers.counts(),
            observers.ring(),
            self._rng.getrandbits(64),
            limits.in_flight,
        )
        self._flights = NativeFlights(
            self.lanes, observers.counts(), observers.ring(), RecursionLimits()
        )
        services.shared[STORE] = self.store
        services.shared[FLIGHTS] = self._flights

    def datagrams(self, sock: socket.socket, door: Door) -> NativeDatagrams:
        """Return what reads and writes a UDP socket (taken), once a plan is there."""
        if len(self._open) == MAX_DOORS:  # said now: once the plan is changed it would be too late
            sock.close()
            raise ResolverError(f"more than {MAX_DOORS} listeners")
        self._attach()
        wanted = min(door.sockets or self._lanes_wanted, MAX_LANES)
        number = self._number(door)
        with contextlib.ExitStack() as failed:
            found = [failed.enter_context(sock)]
            while len(found) < wanted:
                found.append(failed.enter_context(sockets.again(sock)))
            while self._running < wanted:
                self.lanes.add(self._running, self._observers.counts(), self._observers.ring())
                self._running += 1
            self._open[number] = NativeDatagrams(self, found, number, door)
            failed.pop_all()  # it is not: they stay open
        return self._open[number]

    def streams(self, door: Door) -> OpenStream | None:
        """Return what answers whole read buffers of a listener's connections."""
        number = self._number(door)

        def connect(
            client: Endpoint, local: Endpoint, transport: Transport, keepalive: int, take: Replied
        ) -> Stream:
            connections = self.lanes.connections
            return connections.open(number, client, local, transport, keepalive, take)

        return connect

    def change_plan(self, listeners: Sequence[Listener]) -> None:
        """Serve these listeners by their blocks' plans from now on, all in one step."""
        by_number = {self._numbers[each.name]: each for each in listeners}
        # Those that are closing have numbers still: what comes to them is counted, and Python's.
        name_of = {number: name for name, number in self._numbers.items()}
        numbers = range(max(name_of, default=-1) + 1)
        numbered = [by_number.get(number) for number in numbers]
        names = [name_of.get(number, "") for number in numbers]
        blocks = blocks_of(numbered)
        homes = [n for n, each in enumerate(numbered) if each is not None for _ in each.blocks]
        ledger = self._observers.open_ledger(names, blocks, homes)
        plan = NativePlan(numbered, self.store, self._limits, self._known, ledger, self._flights)
        self._holder.set(plan)
        self._known.forget_others()
        for number in by_number:
            if number in self._open:
                self._open[number].open()

    def left(self, number: int) -> None:
        """Forget a listener that is closed: its number is another's from now on."""
        self._open.pop(number, None)
        self._doors.pop(number, None)
        self._numbers = {name: each for name, each in self._numbers.items() if each != number}

    def close(self) -> None:
        """End; no listener is open any more. May be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._loop is not None:
            self._loop.remove_reader(self.lanes.fileno())
            self._loop = None
        self._holder.set(None)
        self.lanes.close()
        self._observers.close()

    def _number(self, door: Door) -> int:
        """Return the number that lanes and plans know a listener by."""
        number = self._numbers.get(door.name)
        if number is None:
            taken = set(self._numbers.values())
            number = next(n for n in itertools.count() if n not in taken)
            self._numbers[door.name] = number
        self._doors[number] = door
        return number

    def _attach(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self.lanes.fileno(), self._receive)
            self._observers.start(self._loop)

    def receive_all(self) -> None:
        """Hand over all that lanes left to the chains so far."""
        while self._receive():
            pass

    def _receive(self) -> bool:
        """Hand over what is left to the chains, and back what connections wait for, a batch.

        Return whether there was any.
        """
        reply = self._reply
        batch = self.lanes.drain()
        for asked in batch:
            door = self._doors.get(asked.listener)
            answer = TicketReply(asked.ticket, reply)
            if door is None:
                answer(None)
                continue
            door.take(asked.octets, asked.query, asked.client, asked.local, asked.transport, answer)
        return self.lanes.connections.hand_back() or bool(batch)

    def _reply(self, ticket: int, octets: bytes | None) -> None:
        """Have a reply sent with those that come in the same round of the loop."""
        self.lanes.reply(ticket, octets)
        if not self._is_sending:
            self._is_sending = True
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        self._is_sending = False
        self.lanes.send()
