# SPDX-License-Identifier: Apache-2.0
"""Server: one listener group. Every query comes through `receive` and is answered, once.

Life of a query here: read (query), find its block (routing), run its chain in a Task, send the
first response (answering, render). The deadline, failures and the end of the server are kept here,
so that whatever a plugin does no client waits in vain.
"""

import asyncio
import logging
from collections.abc import Sequence

import dns.rcode

from resolver.alarms import Alarms
from resolver.answering import Answer, Reply
from resolver.block import Block
from resolver.corefile.controller import Services
from resolver.crowd import Crowd
from resolver.deadlines import Deadlines, patience_ms
from resolver.engine.engine import Datagrams, Door, Engine
from resolver.engine.python import PythonEngine
from resolver.errors import Ede, ResolverError
from resolver.limits import Limits
from resolver.listeners import limits_of, sockets_of
from resolver.query import Query, Refusal, read_query
from resolver.render import render_bare, render_refusal
from resolver.request import Endpoint, Request, Transport
from resolver.routing import Route, Router
from resolver.tallies import Tallies
from resolver.tasks import begin
from resolver.transport import sockets
from resolver.transport.tcp import TcpListener
from resolver.types import UNWRITTEN_RCODES, Rcode, Rejected, ResponseWriter

OUT_OF_TIME = Ede(22, "no answer in time")
TOO_MANY = Ede(0, "too many queries in flight")

_REASONS = {
    int(dns.rcode.NOTIMP): "opcode",
    int(dns.rcode.FORMERR): "malformed",
    int(dns.rcode.BADVERS): "version",
}

_log = logging.getLogger("server")


class Server:
    """Server blocks behind one set of listeners. The event loop's thread only.

    `name` is the listener as metrics have it. `rejected` are called for queries that were turned
    down before a chain was chosen (their zone counts as `dropped`); see Services.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        services: Services,
        *,
        name: str = "dns://:53",
        limits: Limits | None = None,
        engine: Engine | None = None,
    ) -> None:
        self.name = name
        self._engine = engine or PythonEngine()
        self.limits = self._limits = limits or Limits()
        self._udp: list[Datagrams] = []
        self._tcp: list[TcpListener] = []
        self.rejected: Sequence[Rejected] = ()
        self.replace(blocks, services)
        self._clock = services.clock
        self._tallies = Tallies(services.metrics, name)
        self._answers = Crowd()
        self._deadlines = Deadlines(self._clock, self._pass_deadline)
        self._lives = Alarms[Answer](
            self._clock,
            max(0, self.limits.life_ms - self.limits.patience_ms),
            Answer.cancel,
            lambda a: a not in self._answers,
        )
        self._ports: sockets.Ports = services.shared.setdefault("ports", sockets.Ports())
        self._drained: asyncio.Future[None] | None = None

    def replace(self, blocks: Sequence[Block], services: Services) -> None:
        """Serve these blocks from now on; queries in flight end in the chain that they began in."""
        self.rejected = services.rejected
        self._router = Router(blocks)
        self._sockets = sockets_of(blocks)
        self._recursion_available = any(block.recursion_available for block in blocks)
        self.limits = limits_of(blocks, self._limits)
        for tcp in self._tcp:
            tcp.set_limits(self.limits)

    async def finish(self, blocks: Sequence[Block]) -> None:
        """Return once no query is in a chain of `blocks`, which are served no more."""
        left = {id(block) for block in blocks}
        tasks = [a.task for a in self._answers if id(a.block) in left and a.task is not None]
        if tasks:
            await asyncio.wait(tasks)

    async def listen(self, host: str, port: int) -> list[Endpoint]:
        """Listen on UDP and TCP; return where. Port 0 is one free port for both.

        An empty host is every address. Raises ListenError.
        """
        loop = asyncio.get_running_loop()
        tcp, udp = sockets.bind(host, port, self._ports)
        self._ports[udp.getsockname()[1]] += 1
        door = Door(self.name, self.receive, self.take, self._tallies, self._sockets)
        self._tcp.append(
            TcpListener(
                tcp,
                self.receive,
                loop,
                self._clock,
                self.limits,
                self._tallies,
                self._engine.streams(door),
            )
        )
        self._udp.append(self._engine.datagrams(udp, door))
        return [self._udp[-1].local]

    async def stop(self, grace_ms: int = 5000, gives_way: bool = False) -> None:
        """Take no more queries, wait for those in flight, close everything.

        What is not answered after `grace_ms` is answered SERVFAIL, its chain cancelled. gives_way:
        new queries are for a wildcard listener of the same port, if there is one.
        """
        for tcp in self._tcp:
            tcp.stop_accepting()
        for udp in self._udp:
            udp.stop_receiving(gives_way)
        end_ms = self._clock.now_ms() + grace_ms
        await self._drain(grace_ms)
        self._deadlines.cancel()
        self._lives.cancel()
        left = list(self._answers)
        for answer in left:
            answer.cancel()
        await asyncio.gather(*(a.task for a in left if a.task), return_exceptions=True)
        for answer in left:  # the chain of some had not begun
            answer.refuse(dns.rcode.SERVFAIL, (OUT_OF_TIME,))
            self._answers.leave(answer)
        for tcp in self._tcp:
            await tcp.close(max(0, end_ms - self._clock.now_ms()))
        for udp in self._udp:
            udp.close()
            self._ports[udp.local.port] -= 1
        self._tcp, self._udp = [], []

    def receive(
        self, octets: bytes, client: Endpoint, local: Endpoint, transport: Transport, reply: Reply
    ) -> None:
        """Take a message off a transport; `reply` is called once, now or later."""
        query = read_query(octets)
        if isinstance(query, Query):
            self.take(octets, query, client, local, transport, reply)
        else:
            reply(self._refusal(query))

    def take(
        self,
        octets: bytes,
        query: Query,
        client: Endpoint,
        local: Endpoint,
        transport: Transport,
        reply: Reply,
    ) -> None:
        """Take a message that was read; `reply` is called once, now or later."""
        now_ms = self._clock.now_ms()
        ends = (client, local, transport, now_ms)
        route = self._router.only or self._router.route(
            query.qname, query.qtype, lambda: Request(octets, *query, *ends, now_ms, self.name)
        )
        zone, view = (route.zone, route.block.view) if route else (b"\x00", "")
        deadline_ms = now_ms + patience_ms(self.limits, route.block if route else None)
        request = Request(octets, *query, *ends, deadline_ms, self.name, zone, view)
        if reason := self._objection(query, route, len(octets)):
            self._reject(request, reason, reply)
        elif route is not None:
            self._start(Answer(request, route.block, reply, self.limits), route.block)

    async def ask(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Run the chain that `request` belongs to, as a query from inside; see `upstream`.

        Returns what the chain returns, REFUSED if there is none.
        """
        route = self._router.route(request.qname, request.qtype, lambda: request)
        if route is None or not route.block.handlers or request.qclass not in route.block.qclasses:
            return dns.rcode.REFUSED
        return await route.block.handlers[0].serve_dns(
            writer, request.replace(zone=route.zone, view=route.block.view)
        )

    def _refusal(self, refusal: Refusal | None) -> bytes | None:
        if refusal is None:
            self._tallies.rejected["not_a_query"].inc()
            return None
        self._tallies.rejected[_REASONS[refusal.rcode]].inc()
        return render_refusal(
            refusal,
            recursion_available=self._recursion_available,
            payload_size=self.limits.payload_size,
        )

    def _objection(self, query: Query, route: Route | None, octets: int) -> str:
        """Return why no chain is asked, or an empty text."""
        if route is None or not route.block.handlers:
            return "zone"
        if query.qclass not in route.block.qclasses:
            return "class"
        return "" if self._answers.has_room(octets, self.limits) else "in_flight"

    def _reject(self, request: Request, reason: str, reply: Reply) -> None:
        full = reason == "in_flight"
        rcode = dns.rcode.SERVFAIL if full else dns.rcode.REFUSED
        octets = render_bare(
            request,
            rcode,
            (TOO_MANY,) if full else (),
            recursion_available=self._recursion_available,
            payload_size=self.limits.payload_size,
        )
        self._tallies.rejected[reason].inc()
        for rejected in self.rejected:
            rejected(request, rcode, len(octets))
        reply(octets)

    def _start(self, answer: Answer, block: Block) -> None:
        self._answers.join(answer)
        answer.task = begin(self._serve(answer, block))
        if not answer.is_over:
            self._deadlines.set(answer)

    async def _serve(self, answer: Answer, block: Block) -> None:
        """Run the chain, and answer what it leaves to the server."""
        try:
            rcode = await block.handlers[0].serve_dns(answer, answer.request)
            if rcode in UNWRITTEN_RCODES:
                answer.refuse(rcode)
            else:
                answer.drop()
        except ResolverError as error:
            answer.refuse(dns.rcode.SERVFAIL, (error.ede,) if error.ede is not None else ())
        except asyncio.CancelledError:
            answer.refuse(dns.rcode.SERVFAIL, (OUT_OF_TIME,))
            raise
        except Exception as error:
            self._recover(error, block)
            answer.refuse(dns.rcode.SERVFAIL)
        finally:
            self._answers.leave(answer)
            self._note_drained()

    def _recover(self, error: Exception, block: Block) -> None:
        """Tell of a panic: one line, one count, and the server lives."""
        self._tallies.panics.inc()
        _log.error(
            'Recovered from panic in server: "%s" %s: %s',
            self.name,
            type(error).__name__,
            error,
            exc_info=error if block.debug else None,
        )

    def _pass_deadline(self, answer: Answer) -> None:
        """Answer now: with what a plugin left for this moment, else SERVFAIL. The chain goes on."""
        self._tallies.deadlines.inc()
        for callback in answer.take_callbacks():
            try:
                callback()
            except Exception as error:
                self._recover(error, answer.block)
            if answer.is_over:
                break
        answer.refuse(dns.rcode.SERVFAIL, (OUT_OF_TIME,))
        self._lives.set(answer, self._clock.now_ms())
        self._note_drained()

    async def _drain(self, grace_ms: int) -> None:
        """Return once every query is answered, or `grace_ms` have passed."""
        if grace_ms <= 0 or all(answer.is_over for answer in self._answers):
            return
        self._drained = asyncio.get_running_loop().create_future()
        timer = self._clock.call_later(grace_ms, self._end_drain)
        await self._drained
        timer.cancel()

    def _note_drained(self) -> None:
        if self._drained is not None and all(answer.is_over for answer in self._answers):
            self._end_drain()

    def _end_drain(self) -> None:
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
