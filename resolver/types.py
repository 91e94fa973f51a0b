# SPDX-License-Identifier: Apache-2.0
"""The protocols that plugins, engines and the face of libunbound lean on, each named once.

Everything here belongs to the event loop's thread unless its docstring says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from resolver.claims import Claims
from resolver.request import Endpoint, Request, Transport
from resolver.response import Response
from resolver.storage import Dumped as Dumped
from resolver.storage import Entry as Entry
from resolver.storage import Group as Group
from resolver.storage import Key as Key
from resolver.storage import Loaded as Loaded
from resolver.storage import Policy as Policy
from resolver.storage import Store as Store

Rcode = int  # dns.rcode.NOERROR and so on

Rejected = Callable[[Request, Rcode, int], None]
"""Told of a query that no chain was asked about: request, RCODE, octets of the response."""

# What `serve_dns` returns when it wrote nothing and the server has to answer with it, bare.
UNWRITTEN_RCODES = frozenset({1, 2, 4, 5})  # FORMERR, SERVFAIL, NOTIMP, REFUSED


class ResponseWriter(Protocol):
    """Takes the response to one request."""

    @property
    def client(self) -> Endpoint:
        """Where the query came from."""

    @property
    def local(self) -> Endpoint:
        """The address that was queried."""

    @property
    def transport(self) -> Transport:
        """How the query came in."""

    def write(self, response: Response) -> None:
        """Take a response; never waits. The first one is sent, later ones end at the server.

        So what comes after the deadline still passes every wrapper, and `cache` stores it.
        """

    def at_deadline(self, callback: Callable[[], None]) -> None:
        """Have `callback` called once at the deadline, if nothing was written by then.

        It may write to the writer on which this was called (`cache` leaves stale data this way).
        Later callbacks run first; the first that writes ends the round.
        """


class Place(Protocol):
    """Where an engine keeps a query that it may answer itself, if all else is known.

    A writer has one (`place(request)`) if what would be written to it for a request goes through
    steps alone that the engine does as well, and was not altered on its way here.
    """

    @property
    def ticket(self) -> int:
        """What the engine knows it by."""

    @property
    def request(self) -> Request:
        """What was asked."""

    def leave(self) -> None:
        """Write no response any more: the engine has, and has told whoever observes of it."""


class Handler(Protocol):
    """A plugin in a chain."""

    @property
    def name(self) -> str:
        """The directive's word."""

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Answer, or call the next handler, maybe with another request or a wrapped writer.

        The value says who writes: SERVFAIL, REFUSED, FORMERR, NOTIMP: nothing was written, and the
        server answers with it, bare. Any other: it was written, or dropped on purpose (then no
        response is sent, at the deadline neither). A SERVFAIL or REFUSED that carries EDE is
        written like any Response and NOERROR returned.

        Raises ResolverError to fail with a text for `errors` and an EDE for the client. Any other
        exception is a panic.
        """

    def claims(self) -> Claims:
        """Return the questions that it may act on; all others pass it unaltered. Any thread."""


class Upstream(Protocol):
    """The server's own chain, to be asked again (dns64, template, file)."""

    async def lookup(self, request: Request, qname: bytes, qtype: int) -> Response:
        """Return the chain's response to another question from the same client.

        Raises ResolverError if the chain failed or the depth of such look-ups exceeds its limit.
        """


class Submission(NamedTuple):
    """A question for libunbound.

    `ticket` comes back with its Result. `renew` is None, or the number of the context whose cached
    data must not serve (a prefetch or flush goes to the other one).
    """

    ticket: int
    qname: bytes
    qtype: int
    qclass: int
    renew: int | None = None


class Result(NamedTuple):
    """What libunbound said.

    `rcode` is the RCODE (2 with `wire` None for a failure without a message). `wire` is the
    message, ID 0. `secure` and `why_bogus` are the validator's word, the latter None unless bogus.
    `context` is the number of the context that answered. `is_answered`: the engine has answered
    who gave a Place with the question, and counted and told what it counts and tells of queries
    that come to no chain; nothing else of the result holds then but its ticket.
    """

    ticket: int
    rcode: int
    secure: bool
    why_bogus: str | None
    wire: bytes | None
    context: int
    was_ratelimited: bool = False
    is_answered: bool = False


class Recursion(Protocol):
    """The face of libunbound: submits and drains, nothing else."""

    def submit(self, batch: Sequence[Submission]) -> int:
        """Hand over questions; returns how many were taken, from the front. Never waits."""

    def drain(self) -> list[Result]:
        """Return all that is finished, at most 256. Never waits."""

    def fileno(self) -> int:
        """Return a descriptor that is readable while `drain` has something."""

    def reconfigure(self, text: bytes) -> None:
        """Use another proven configuration from now on; what is outstanding is drained by the old.

        Raises ResolverError if libunbound refuses it; then nothing has changed.
        """

    def flush(self) -> None:
        """Forget all that libunbound has cached; what is outstanding is drained."""

    def close(self) -> None:
        """End; what is outstanding comes back as failed or not at all. May be called twice."""


class Question(NamedTuple):
    """What a flight is asked for: without DO, CD or client, so that one result serves all.

    `upstream` names the configuration that answers (blocks with equal `unbound` words share one).
    """

    upstream: bytes
    qname: bytes
    qtype: int
    qclass: int
    renew: int | None = None


class Flights(Protocol):
    """Recursions in flight and who waits for them."""

    def join(self, question: Question, client: Endpoint, now_ms: int) -> Flight | Refused:
        """Wait for a question's recursion, which starts unless it is in flight already."""


class Flight(Protocol):
    """One recursion and everybody who waits for it."""

    @property
    def is_late(self) -> bool:
        """Whether it has outlived its deadline: who joins now is to be answered at once."""

    async def result(self) -> Result:
        """Return what libunbound said. Cancelling one waiter leaves the others and the flight."""


class Refused(NamedTuple):
    """A cap was reached: `reason` is `flights`, `waiters`, `client` or `suffix`."""

    reason: str
