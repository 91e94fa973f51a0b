# SPDX-License-Identifier: Apache-2.0
"""A whole server for tests: a Corefile brought up on real sockets, in a thread of this process.

with serving(". { bind 127.0.0.1; whoami }", engine) as server:   (on several lines)
    message = server.query("example.org. A", do=True)

Keys without a port get a free one. Metrics, hooks and log records can be looked at, since it is one
process; where start, signals or exit codes are the subject, start the command instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import dns.flags
import dns.message
import dns.query

from resolver.clock import Clock, SystemClock
from resolver.directives import Directives, Setup, standard_directives
from resolver.engine.engine import Engine
from resolver.engine.python import PythonEngine
from resolver.instance import Instance
from resolver.limits import Limits
from resolver.native.engine import NativeEngine
from resolver.reloading import RELOADER, Reloader
from resolver.request import Endpoint
from tests.plan_interpreter import PlanEngine

# A directive that stands behind cache, claims each question, and passes it on.
PASSES = "template ANY ANY . {\n match ^never[.]$\n fallthrough\n }"
PATIENCE_S = 20.0  # for answers in a test; the server's own deadline is 4 s

_T = TypeVar("_T")


class WithMore(Directives):
    """The directives of this build, and a test's own at the end of the chain."""

    def __init__(self, base: Directives, more: Mapping[str, Setup]) -> None:
        super().__init__([(name, f"plugins.{name}") for name in (*base.order, *more)])
        self._base = base
        self._more = more

    def complaint(self, name: str) -> str | None:
        """Return why a Corefile cannot use the directive `name`."""
        return None if name in self._more else self._base.complaint(name)

    def setup(self, name: str) -> Setup:
        """Return the setup function of a directive."""
        return self._more[name] if name in self._more else self._base.setup(name)


class Source:
    """The Corefile that a server under test is reloaded from: an attribute in place of a file."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file

    def read(self) -> tuple[str, str]:
        """Return the text, and what errors call it."""
        return self.text, self.file


class Running:
    """A server that is up. Methods may be called in the test's thread."""

    def __init__(self, instance: Instance, loop: asyncio.AbstractEventLoop, source: Source) -> None:
        self.instance = instance
        self.source = source
        self._loop = loop

    @property
    def endpoints(self) -> list[Endpoint]:
        """Where it listens, in the Corefile's order."""
        return [endpoint for serving in self.instance.serving for endpoint in serving.endpoints]

    @property
    def endpoint(self) -> Endpoint:
        """The first of them, as a client asks it: the wildcard's is 127.0.0.1."""
        host, port = self.endpoints[0]
        return Endpoint("127.0.0.1" if host in ("::", "0.0.0.0") else host, port)

    def query(
        self, question: str, *, tcp: bool = False, at: Endpoint | None = None, **options: Any
    ) -> dns.message.Message:
        """Return the response to `NAME TYPE` or `NAME CLASS TYPE`; see `query_message`."""
        query = query_message(question, **options)
        host, port = at or self.endpoint
        if tcp:
            return dns.query.tcp(query, host, PATIENCE_S, port)
        return dns.query.udp(query, host, PATIENCE_S, port)

    def udp(self, at: Endpoint | None = None) -> socket.socket:
        """Return a UDP socket that hears only the server; close it."""
        host, port = at or self.endpoint
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        sock.settimeout(PATIENCE_S)
        sock.connect((host, port))
        return sock

    def tcp(self, at: Endpoint | None = None) -> TcpClient:
        """Return a connection; close it."""
        host, port = at or self.endpoint
        return TcpClient(socket.create_connection((host, port), PATIENCE_S))

    def metric(self, name: str, **labels: str) -> float:
        """Return a sample, 0 if there is none."""
        return self.instance.metrics.value(name, **labels)

    def reload(self, corefile: str) -> None:
        """Have another Corefile take the place of the running one; raises what goes wrong."""
        self.source.text = corefile
        reloader: Reloader = self.instance.shared[RELOADER]
        asyncio.run_coroutine_threadsafe(reloader.reload(), self._loop).result(PATIENCE_S)

    def stop_at_once(self) -> None:
        """End its listeners, and wait for nobody."""
        for serving in self.instance.serving:
            ending = serving.server.stop(0)
            asyncio.run_coroutine_threadsafe(ending, self._loop).result(PATIENCE_S)

    def call(self, function: Callable[[], _T]) -> _T:
        """Return what `function` returns in the server's own thread."""

        async def once() -> _T:
            return function()

        return asyncio.run_coroutine_threadsafe(once(), self._loop).result(PATIENCE_S)


class TcpClient:
    """A connection on which messages are sent with their length in front."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def __enter__(self) -> TcpClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def send(self, *messages: bytes) -> None:
        """Send messages in one piece."""
        self.sock.sendall(b"".join(struct.pack("!H", len(m)) + m for m in messages))

    def read(self) -> bytes | None:
        """Return the next message, None at the connection's end."""
        head = self._exactly(2)
        return None if head is None else self._exactly(struct.unpack("!H", head)[0])

    def _exactly(self, octets: int) -> bytes | None:
        got = b""
        while len(got) < octets:
            part = self.sock.recv(octets - len(got))
            if not part:
                return None
            got += part
        return got


def query_message(
    question: str,
    *,
    rd: bool = True,
    ad: bool = False,
    cd: bool = False,
    do: bool = False,
    edns: bool = False,
    payload: int = 1232,
    options: Any = None,
    id: int | None = None,
) -> dns.message.QueryMessage:
    """Return a query; `do` and `options` bring an OPT record, as `edns` does alone."""
    words = question.split()
    query = dns.message.make_query(words[0], words[-1], words[1] if len(words) == 3 else "IN")
    bits = ((rd, dns.flags.RD), (ad, dns.flags.AD), (cd, dns.flags.CD))
    query.flags = dns.flags.Flag(sum(int(bit) for on, bit in bits if on))
    if id is not None:
        query.id = id
    if edns or do or options:
        query.use_edns(0, int(dns.flags.DO) if do else 0, payload, options=options)
    return query


def _engine(name: str | Engine, clock: Clock, rng: random.Random) -> Engine:
    if not isinstance(name, str):
        return name
    if name == "native":
        return NativeEngine(clock, rng, 1)
    return {"python": PythonEngine, "plan": PlanEngine}[name]()


@contextlib.contextmanager
def serving(
    corefile: str,
    engine: str | Engine = "python",
    *,
    more: Mapping[str, Setup] | None = None,
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    clock: Clock | None = None,
    file: str = "Corefile",
) -> Iterator[Running]:
    """Bring a Corefile up; take it down in the end, and fail if that goes wrong.

    engine `plan` is the python engine that skips what each block's plan lets an engine skip; one
    that the test made has the same clock.
    more: setup functions of directives for this test alone, last in the chain.

    Raises ResolverError if it does not come up.
    """
    clock, rng = clock or SystemClock(), random.Random(1)
    mover = _engine(engine, clock, rng)
    instance = Instance(clock, rng, limits, mover)
    directives = WithMore(standard_directives(), more or {})
    source = Source(corefile, file)
    reloader = Reloader(instance, source.read, directives, environment or {}, 0)
    reloader.load(source.read())
    started: Future[asyncio.AbstractEventLoop] = Future()
    ended = asyncio.Event()

    async def live() -> list[BaseException]:
        try:
            await instance.start()
            started.set_result(asyncio.get_running_loop())
            await ended.wait()
        finally:
            await reloader.close()
            troubles = await instance.stop()
        return troubles

    with ThreadPoolExecutor(1, "server") as threads:
        life = threads.submit(asyncio.run, live())
        either: list[Future[Any]] = [started, life]
        wait(either, PATIENCE_S, FIRST_COMPLETED)
        if not started.done():
            life.result(0)  # raises what went wrong
        try:
            yield Running(instance, started.result(), source)
        finally:
            started.result().call_soon_threadsafe(ended.set)
            troubles = life.result(2 * PATIENCE_S)
    assert not troubles, troubles
