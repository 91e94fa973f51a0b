# SPDX-License-Identifier: Apache-2.0
"""What plugins put around a ResponseWriter, to alter what comes back or to see it."""

from collections.abc import Callable

from resolver.clock import Clock
from resolver.request import Endpoint, Request, Transport
from resolver.response import Response
from resolver.types import Place, ResponseWriter

_AskPlace = Callable[[ResponseWriter, Request], Place | None]


def place_of(writer: ResponseWriter, request: Request) -> Place | None:
    """Return where the engine may answer a request in place of what is written; see `Place`.

    The writer's own class has to say so: one that hands on whatever it lacks is no less a writer.
    """
    ask: _AskPlace | None = getattr(type(writer), "place", None)
    return None if ask is None else ask(writer, request)


class WriterWrapper:
    """Passes everything on to the writer it wraps; a plugin overrides `write`.

    One that an engine knows how to do without may have `place`, too; see `resolver.types.Place`.

    `write` must not alter the response it is given (it may be the cache's own) but pass on another.
    """

    def __init__(self, writer: ResponseWriter) -> None:
        self._writer = writer

    @property
    def client(self) -> Endpoint:
        """Where the query came from."""
        return self._writer.client

    @property
    def local(self) -> Endpoint:
        """The address that was queried."""
        return self._writer.local

    @property
    def transport(self) -> Transport:
        """How the query came in."""
        return self._writer.transport

    def write(self, response: Response) -> None:
        """Pass a response on."""
        self._writer.write(response)

    def at_deadline(self, callback: Callable[[], None]) -> None:
        """Have `callback` called at the deadline, if nothing was written by then."""
        self._writer.at_deadline(callback)


class HeldWriter(WriterWrapper):
    """Keeps the first response back while a plugin asks on; at the deadline it goes out as it is.

    response: what is held, None so far.
    """

    response: Response | None = None

    def write(self, response: Response) -> None:
        """Hold the first response; others come too late for anybody."""
        if self.response is None:
            self.response = response

    def at_deadline(self, callback: Callable[[], None]) -> None:
        """Have `callback` called at the deadline, and what it writes, or what is held, sent."""

        def give() -> None:
            if self.response is None:
                callback()
            if self.response is not None:
                self._writer.write(self.response)

        self._writer.at_deadline(give)


class ResponseRecorder(WriterWrapper):
    """Notes the first response on its way, or that the server had to answer at the deadline.

    response: None so far, or if the server answered. answered_ns: when, by `clock`; 0 so far.
    is_told: whether an engine has answered, and tells of it itself; see ObserverRecorder.
    """

    is_told = False

    def __init__(self, writer: ResponseWriter, clock: Clock) -> None:
        super().__init__(writer)
        self.response: Response | None = None
        self.answered_ns = 0
        self._clock = clock
        # Set first, so called last: what stands below may leave stale data for this moment
        writer.at_deadline(self._pass_deadline)

    def write(self, response: Response) -> None:
        """Note the first response; pass every one on."""
        if not self.answered_ns:
            self.answered_ns = self._clock.now_ns()
            self.response = response
        self._writer.write(response)

    def _pass_deadline(self) -> None:
        """The server answers SERVFAIL now, and whatever comes later reaches nobody."""
        self.answered_ns = self._clock.now_ns()


class ObserverRecorder(ResponseRecorder):
    """The recorder of an observer: of a plugin whom the engine tells of what comes to no chain.

    What the engine answers in place of the chain it tells the observer of, too: then there is
    nothing noted here.
    """

    _below: Place

    def place(self, request: Request) -> Place | None:
        """Return the place below, if there is one, as one that says so when it is left."""
        below = place_of(self._writer, request)
        if below is None:
            return None
        self._below = below
        return self

    @property
    def ticket(self) -> int:
        """What the engine knows it by; the rest of a Place."""
        return self._below.ticket

    @property
    def request(self) -> Request:
        """What was asked."""
        return self._below.request

    def leave(self) -> None:
        """Note that the engine has answered, and tells."""
        self.is_told = True
        self._below.leave()
