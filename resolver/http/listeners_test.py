# SPDX-License-Identifier: Apache-2.0
"""Listeners that are shared, and what clients can do to them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from resolver.http.limits import HttpLimits
from resolver.http.listeners import HttpListeners, Place
from resolver.request import Endpoint
from resolver.testing import run
from resolver.transport.sockets import ListenError

LOCAL = Endpoint("127.0.0.1", 0)
PATIENCE_S = 10.0


def page(text: str) -> Starlette:
    """Return an application that shows `text` at /."""

    async def show(_: Request) -> Response:
        return Response(text)

    return Starlette(routes=[Route("/", show)])


@contextlib.asynccontextmanager
async def listening(*texts: str, limits: HttpLimits | None = None) -> AsyncIterator[list[Place]]:
    """Yield places on one listener, each with its page."""
    listeners = HttpListeners(limits)
    places = [listeners.join(LOCAL, "test") for _ in texts]
    try:
        for place, text in zip(places, texts, strict=True):
            await place.start(lambda text=text: page(text))  # type: ignore[misc]  # a default
        yield places
    finally:
        for place in places:
            await place.leave()


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whoever was first to end it."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def get(endpoint: Endpoint, path: str = "/", method: str = "GET") -> tuple[int, str]:
    """Return status and body."""
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection(*endpoint)
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        await closed(writer)
    return int(head.split()[1]), body


@pytest.mark.parametrize(
    "path, method, outcome",
    [
        pytest.param("/", "GET", (200, "a"), id="what is there"),
        pytest.param("/", "HEAD", (200, ""), id="its head"),
        pytest.param("/b", "GET", (404, "Not Found"), id="what is not"),
        pytest.param("/", "POST", (405, "Method Not Allowed"), id="another method"),
    ],
)
def test_pages(path: str, method: str, outcome: tuple[int, str]) -> None:
    """As HTTP has it."""

    async def once() -> tuple[int, str]:
        async with listening("a") as (place,):
            return await get(place.endpoint, path, method)

    assert run(once()) == outcome


def test_one_address_is_one_listener() -> None:
    """The newest user's page is shown; when it goes, the one before it again; then nothing."""

    async def once() -> None:
        async with listening("old", "new") as (old, new):
            assert old.endpoint == new.endpoint
            assert await get(old.endpoint) == (200, "new")
            await new.leave()
            await new.leave()
            assert await get(old.endpoint) == (200, "old")
            await old.leave()
            with pytest.raises(ConnectionRefusedError):
                await get(old.endpoint)

    run(once())


def test_a_listener_goes_on_while_a_new_user_fails_to_start() -> None:
    """As in a reload that fails: who joined and never served changes nothing."""

    async def once() -> None:
        listeners = HttpListeners()
        old = listeners.join(LOCAL, "test")
        await old.start(lambda: page("old"))
        new = listeners.join(LOCAL, "test")
        assert await get(old.endpoint) == (200, "old")
        await new.leave()
        assert await get(old.endpoint) == (200, "old")
        await old.leave()

    run(once())


def test_a_port_is_bound_before_anything_is_served() -> None:
    """A second process, or plugin, learns of it at once; who leaves gives it back."""

    async def once() -> None:
        listeners = HttpListeners()
        place = listeners.join(LOCAL, "first")
        with pytest.raises(ListenError, match="address already in use"):
            HttpListeners().join(place.endpoint, "first")
        await place.leave()
        place = listeners.join(place.endpoint, "first")
        with pytest.raises(ListenError, match="plugin/first listens there"):
            listeners.join(place.endpoint, "second")
        with pytest.raises(ListenError, match="another tls"):
            listeners.join(place.endpoint, "first", None, "web.yml")
        await place.leave()
        await HttpListeners().join(place.endpoint, "first").leave()

    run(once())


def test_of_free_ports_each_plugin_has_its_own() -> None:
    """Blocks of one plugin share it."""

    async def once() -> None:
        listeners = HttpListeners()
        places = [listeners.join(LOCAL, owner) for owner in ("first", "second", "first")]
        first, second, third = (place.endpoint for place in places)
        assert first == third != second
        for place in places:
            await place.leave()

    run(once())


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET / HT", id="half a line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n", id="half a head"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", id="one request and no other"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", id="no body"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", id="TLS"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2 and no more"),
    ],
)
def test_a_client_that_stops_is_not_waited_for(sent: bytes) -> None:
    """Its connection ends after the time-out."""

    async def once() -> None:
        async with listening("a", limits=HttpLimits(timeout_s=1)) as (place,):
            reader, writer = await asyncio.open_connection(*place.endpoint)
            writer.write(sent)
            async with asyncio.timeout(PATIENCE_S):
                await reader.read()  # until the other end closes
            await closed(writer)

    run(once())


def test_a_client_that_does_not_read_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    """However much waits for it; and it leaves no trace in the log."""

    async def once() -> None:
        async with listening("a" * 16_000_000, limits=HttpLimits(timeout_s=1)) as (place,):
            with socket.socket() as sock:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                sock.connect(place.endpoint)
                sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                async with asyncio.timeout(PATIENCE_S):
                    while not place.connections:
                        await asyncio.sleep(0)
                    while place.connections:
                        await asyncio.sleep(0.01)

    run(once())
    assert caplog.messages == []


def test_a_mistake_in_an_application_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """The client gets 500, and the next one is served."""

    async def fail(_: Request) -> Response:
        raise OSError("as asked")

    async def once() -> list[tuple[int, str]]:
        async with listening("a") as (place,):
            await place.start(lambda: Starlette(routes=[Route("/", fail)]))
            return [await get(place.endpoint) for _ in range(2)]

    assert [status for status, _ in run(once())] == [500, 500]
    assert caplog.messages == ["Error in ASGI Framework"] * 2


def test_a_head_that_does_not_end_is_cut_off() -> None:
    """At 16 KiB, long before the time-out."""

    async def once() -> None:
        async with listening("a", limits=HttpLimits(timeout_s=600)) as (place,):
            reader, writer = await asyncio.open_connection(*place.endpoint)
            async with asyncio.timeout(PATIENCE_S):
                with contextlib.suppress(ConnectionError):
                    writer.write(b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000)
                    await writer.drain()
                    assert (await reader.read())[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 431")
            await closed(writer)

    run(once())


def test_clients_that_only_hold_connections_shut_nobody_out() -> None:
    """A newcomer is served, though all room was taken."""

    async def once() -> None:
        async with listening("a", limits=HttpLimits(connections=4)) as (place,):
            idle = [socket.create_connection(place.endpoint) for _ in range(12)]
            try:
                assert await get(place.endpoint) == (200, "a")
            finally:
                for sock in idle:
                    sock.close()

    run(once())


def test_open_connections_do_not_hold_up_the_end() -> None:
    """They are closed with the listener."""

    async def once() -> None:
        async with listening("a") as (place,):
            assert await get(place.endpoint) == (200, "a")
            reader, writer = await asyncio.open_connection(*place.endpoint)
            async with asyncio.timeout(PATIENCE_S):
                await place.leave()
                assert await reader.read() == b""
            await closed(writer)

    run(once())
