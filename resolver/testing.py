# SPDX-License-Identifier: Apache-2.0
"""What tests of plugins are written with; for plugins from outside too.

writer = RecordingWriter()
handler = set_up(setup, "whoami")
rcode = serve(handler, writer, request("example.org. A"))
Case("example.org. A", additional=["..."]).check(writer.response)
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from resolver import names, wire
from resolver.block import Block, Key
from resolver.clock import Timer
from resolver.corefile.controller import Controller, Services
from resolver.corefile.lexer import Token, tokenize
from resolver.errors import ResolverError
from resolver.metrics import Metrics
from resolver.request import Edns, Endpoint, Request, Transport
from resolver.response import Response, Validation
from resolver.types import Handler, Rcode, ResponseWriter
from resolver.wire import Record

CLIENT = Endpoint("10.240.0.1", 40212)
LOCAL = Endpoint("127.0.0.1", 53)
NOW_MS = 1_000_000
WALL_S = 1_790_000_000.0
PATIENCE_MS = 4000

_T = TypeVar("_T")


class FixedClock:
    """A clock that stands still until `advance`; its timers run then, in their order."""

    def __init__(self, now_ms: int = NOW_MS, wall_s: float = WALL_S) -> None:
        self._now_ms = now_ms
        self._wall_s = wall_s
        self._timers: list[tuple[int, int, _FixedTimer]] = []
        self._numbers = itertools.count()

    def now_ms(self) -> int:
        """Return the milliseconds that it shows."""
        return self._now_ms

    def now_ns(self) -> int:
        """Return the nanoseconds that it shows."""
        return self._now_ms * 1_000_000

    def wall_s(self) -> float:
        """Return the wall-clock seconds that it shows."""
        return self._wall_s

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` when `advance` has moved the clock by `delay_ms`."""
        timer = _FixedTimer(callback)
        heapq.heappush(self._timers, (self._now_ms + delay_ms, next(self._numbers), timer))
        return timer

    def advance(self, by_ms: int) -> None:
        """Move the clock on, calling what falls due on the way."""
        end = self._now_ms + by_ms
        while self._timers and self._timers[0][0] <= end:
            due, _, timer = heapq.heappop(self._timers)
            self._move(due)
            timer.run()
        self._move(end)

    def _move(self, to_ms: int) -> None:
        self._wall_s += max(0, to_ms - self._now_ms) / 1000
        self._now_ms = max(to_ms, self._now_ms)


class _FixedTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self._callback = None

    def run(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


def rr(text: str, section: int = wire.ANSWER) -> list[Record]:
    """Return the records that a line of master-file text stands for: `OWNER TTL CLASS TYPE RDATA`.

    One for each RDATA; several lines make several records.
    """
    found: list[Record] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        owner, ttl, rclass, rtype, *rdata = line.split(None, 4)
        rrset = dns.rrset.from_text(owner, int(ttl), rclass, rtype, *rdata)
        for item in rrset:
            octets = item.to_wire()
            assert octets is not None
            found.append(
                Record(
                    section,
                    names.from_text_as_is(owner),
                    int(rrset.rdtype),
                    int(rrset.rdclass),
                    int(ttl),
                    octets,
                )
            )
    return found


def request(
    question: str,
    *,
    rd: bool = True,
    ad: bool = False,
    cd: bool = False,
    do: bool = False,
    edns: Edns | None = None,
    client: str | Endpoint = CLIENT,
    local: Endpoint = LOCAL,
    transport: Transport = Transport.DO53_UDP,
    now_ms: int = NOW_MS,
    patience_ms: int = PATIENCE_MS,
    **fields: Any,
) -> Request:
    """Return a Request for `NAME TYPE` or `NAME CLASS TYPE` as a client would send it.

    `do` alone brings an OPT record with the default size. `client` may be an address in text.
    """
    words = question.split()
    qclass = words[1] if len(words) == 3 else "IN"
    query = dns.message.make_query(words[0], words[-1], qclass)
    query.id = fields.pop("id", 0x1234)
    bits = ((rd, dns.flags.RD), (ad, dns.flags.AD), (cd, dns.flags.CD))
    query.flags = dns.flags.Flag(sum(int(bit) for on, bit in bits if on))
    if do and edns is None:
        edns = Edns()
    if edns is not None:
        flags = edns.flags | (dns.flags.DO if do else 0)
        edns = edns._replace(flags=int(flags))
        query.use_edns(edns.version, int(flags), edns.payload_size)
    sent = names.from_text_as_is(words[0])
    return Request(
        wire=query.to_wire(),
        id=query.id,
        rd=rd,
        ad=ad,
        cd=cd,
        do=do,
        qname=names.lower(sent),
        qname_sent=sent,
        qtype=int(dns.rdatatype.from_text(words[-1])),
        qclass=int(query.question[0].rdclass),
        edns=edns,
        client=Endpoint(client, CLIENT.port) if isinstance(client, str) else client,
        local=local,
        transport=transport,
        received_ms=now_ms,
        deadline_ms=now_ms + patience_ms,
        **{"server": "dns://:53", **fields},
    )


def response(
    question: str,
    answer: Iterable[str] = (),
    authority: Iterable[str] = (),
    additional: Iterable[str] = (),
    *,
    rcode: str = "NOERROR",
    flags: int = 0,
    **fields: Any,
) -> Response:
    """Return a Response to `NAME TYPE` with records written as master-file lines (see `rr`)."""
    qname, qtype = question.split()
    sections = enumerate((answer, authority, additional), wire.ANSWER)
    records = [
        record for number, lines in sections for line in lines for record in rr(line, number)
    ]
    return Response.from_records(
        names.from_text(qname),
        int(dns.rdatatype.from_text(qtype)),
        records,
        rcode=int(dns.rcode.from_text(rcode)),
        flags=flags,
        **fields,
    )


class RecordingWriter:
    """A ResponseWriter that keeps what is written: all in `responses`, the first in `response`."""

    def __init__(
        self,
        client: Endpoint = CLIENT,
        local: Endpoint = LOCAL,
        transport: Transport = Transport.DO53_UDP,
    ) -> None:
        self.client = client
        self.local = local
        self.transport = transport
        self.responses: list[Response] = []
        self._callbacks: list[Callable[[], None]] = []

    @property
    def response(self) -> Response:
        """The first response. Raises AssertionError if nothing was written."""
        assert self.responses, "nothing was written"
        return self.responses[0]

    def write(self, response: Response) -> None:
        """Keep a response."""
        self.responses.append(response)

    def at_deadline(self, callback: Callable[[], None]) -> None:
        """Keep a callback for `pass_deadline`."""
        self._callbacks.append(callback)

    def pass_deadline(self) -> None:
        """Do what the server does at the deadline: later callbacks first, until one has written."""
        while self._callbacks and not self.responses:
            self._callbacks.pop()()


class NextHandler:
    """The end of a chain: writes `answer` (if any) and returns `rcode`, or raises `error`.

    `answer` may be a function of the request. `requests` are those that came this far; with `gate`
    it waits for that event first.
    """

    name = "next"

    def __init__(
        self,
        answer: Response | Callable[[Request], Response] | None = None,
        *,
        rcode: Rcode = dns.rcode.NOERROR,
        error: Exception | None = None,
        gate: asyncio.Event | None = None,
    ) -> None:
        self.answer = answer
        self.rcode = rcode
        self.error = error
        self.gate = gate
        self.requests: list[Request] = []

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer as it was told."""
        self.requests.append(request)
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        if self.answer is not None:
            writer.write(self.answer(request) if callable(self.answer) else self.answer)
        return self.rcode

    def claims(self) -> tuple[()]:
        """Claim nothing."""
        return ()


class QuietServer:
    """The server of `controller()`: keeps what plugins tell it."""

    def __init__(self) -> None:
        self.claims_changes = 0
        self.changed_names: list[bytes] = []

    def claims_changed(self) -> None:
        """Count."""
        self.claims_changes += 1

    def names_changed(self, changed: Iterable[bytes]) -> None:
        """Keep the names."""
        self.changed_names.extend(changed)


class NoUpstream:
    """The upstream of `controller()`: every look-up fails."""

    async def lookup(self, request: Request, qname: bytes, qtype: int) -> Response:
        """Raise ResolverError."""
        raise ResolverError("no upstream in this test")


def services(clock: FixedClock | None = None, **changes: Any) -> Services:
    """Return Services with a fixed clock, seeded chance and a registry of their own."""
    made: dict[str, Any] = {
        "clock": clock or FixedClock(),
        "rng": random.Random(1),
        "metrics": Metrics(),
        "upstream": NoUpstream(),
        "server": QuietServer(),
    }
    return Services(**{**made, **changes})


def controller(
    text: str,
    *,
    zones: Sequence[str] = (".",),
    with_directives: str = "",
    given: Services | None = None,
) -> Controller:
    """Return a Controller for the lines of one directive, such as `cache 30 example.org`.

    `zones` are the server block's; `with_directives` is text of further lines in the block.
    """
    tokens = tokenize(text, "Corefile")
    directives: dict[str, list[Token]] = {tokens[0].text: tokens}
    for token in tokenize(with_directives, "Corefile"):
        directives.setdefault(token.text, [token])
    keys = tuple(Key("dns", names.from_text(zone), 53) for zone in zones)
    block = Block(keys, directives, order=list(directives))
    return Controller(tokens[0].text, tokens, block, given or services())


def set_up(
    setup: Callable[[Controller], None],
    text: str,
    next_handler: Handler | None = None,
    **options: Any,
) -> Any:
    """Return the handler that a plugin's setup function makes of `text` (see `controller`).

    Its next handler is `next_handler`. Raises what setup raises.
    """
    made = controller(text, **options)
    setup(made)
    handler: Any = made.block.handlers[-1]
    handler.next_handler = next_handler
    return handler


def run(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Return the coroutine's result, run in an event loop of its own."""
    return asyncio.run(coroutine)


def serve(handler: Handler, writer: ResponseWriter, request: Request) -> Rcode:
    """Return what `handler.serve_dns` returns, run in an event loop of its own."""
    return run(handler.serve_dns(writer, request))


@dataclass(frozen=True)
class Case:
    """A question and the response that is due. Records are master-file lines; a TTL `*` is any.

    Records are compared without regard to their order inside a section.
    """

    question: str
    answer: Sequence[str] = ()
    authority: Sequence[str] = ()
    additional: Sequence[str] = ()
    rcode: str = "NOERROR"
    aa: bool = False
    validation: Validation = Validation.NONE
    ede: tuple[int, ...] = field(default=())

    def check(self, response: Response) -> None:
        """Raise AssertionError unless `response` is the one that is due."""
        qname, qtype = self.question.split()
        got = response.question
        assert (got.qname, got.qtype) == (
            names.from_text(qname),
            int(dns.rdatatype.from_text(qtype)),
        )
        assert dns.rcode.to_text(dns.rcode.Rcode(response.rcode)) == self.rcode
        assert bool(response.flags & wire.AA) == self.aa
        assert response.validation is self.validation
        assert tuple(ede.code for ede in response.ede) == self.ede
        sections = enumerate((self.answer, self.authority, self.additional), wire.ANSWER)
        for number, lines in sections:
            self._check_section(
                [r for r in response.records() if r.section == number], number, lines
            )

    @staticmethod
    def _check_section(got: list[Record], section: int, lines: Sequence[str]) -> None:
        want: list[Record] = []
        for line in lines:
            owner, ttl, rest = line.split(None, 2)
            for record in rr(f"{owner} {0 if ttl == '*' else ttl} {rest}", section):
                want.append(record._replace(ttl=-1) if ttl == "*" else record)
        assert len(got) == len(want), f"section {section}: {len(got)} records, not {len(want)}"
        for record in want:
            same = [
                other
                for other in got
                if other._replace(ttl=record.ttl if record.ttl < 0 else other.ttl) == record
            ]
            assert same, f"section {section} lacks {record}"
