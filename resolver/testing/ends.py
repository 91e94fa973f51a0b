# SPDX-License-Identifier: Apache-2.0
"""The two ends of a chain under test: the writer ahead of it, the handler behind it."""

import asyncio
from collections.abc import Callable

import dns.rcode

from resolver.request import Endpoint, Request, Transport
from resolver.response import Response
from resolver.testing.messages import CLIENT, LOCAL
from resolver.types import Rcode, ResponseWriter
from resolver.writer import place_of


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


class GivenPlace:
    """A place of a test's; has_left: whether somebody said that the engine has answered there."""

    ticket = 7

    def __init__(self, request: Request) -> None:
        self.request = request
        self.has_left = False

    def leave(self) -> None:
        """Note it."""
        self.has_left = True


class PlacedWriter(RecordingWriter):
    """One with a place where an engine may answer: `given`, once it was asked for."""

    given: GivenPlace

    def place(self, request: Request) -> GivenPlace:
        """Return a place."""
        self.given = GivenPlace(request)
        return self.given


class LeavingHandler:
    """The end of a chain whose answers an engine gives: it says so at the writer's place.

    Without a place it writes `answer`.
    """

    name = "next"

    def __init__(self, answer: Response) -> None:
        self.answer = answer

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Leave, or answer."""
        place = place_of(writer, request)
        if place is None:
            writer.write(self.answer)
        else:
            place.leave()
        return dns.rcode.NOERROR

    def claims(self) -> tuple[()]:
        """Claim nothing."""
        return ()


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
