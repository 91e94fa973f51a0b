# SPDX-License-Identifier: Apache-2.0
"""The TCP listener: a full house, no descriptors, a clean end."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

import pytest

from tests.tcp_net import LONG, Net, framed, on


def test_when_full_the_connection_idle_longest_goes() -> None:
    """A newcomer is let in for it; who waits for an answer stays."""

    async def test(net: Net) -> None:
        busy, idle = await net.connect(), await net.connect()
        await busy.send(framed(b"query"))
        await net.until(lambda: len(net.replies) == 1 and net.open() == 2)
        newcomer = await net.connect()
        assert await idle.read() is None
        await newcomer.send(framed(b"query"))
        await net.until_replies(2)
        refused = await net.connect()
        assert await refused.read() is None
        for reply, peer in zip(net.replies, (busy, newcomer), strict=True):
            reply(b"answer")
            assert await peer.read() == b"answer"
        assert net.closed("full") == 2

    on(test, connections=2)


def test_the_end_answers_what_is_in_flight() -> None:
    """No query is taken any more; what was asked is answered; then FIN, never RST.

    RST would take away answers that the client has not read yet.
    """

    async def test(net: Net) -> None:
        busy, idle = await net.connect(), await net.connect()
        await busy.send(framed(b"query"))
        await net.until(lambda: len(net.replies) == 1 and net.open() == 2)
        net.listener.stop_accepting()
        await busy.send(framed(b"too late"))
        assert await idle.read() is None
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(net.got) == 1
        net.replies[0](LONG)
        closing = asyncio.create_task(net.listener.close(5000))
        assert await busy.read() == LONG
        assert await busy.read() is None
        busy.sock.close()
        idle.sock.close()
        await closing
        with pytest.raises(ConnectionRefusedError):
            await net.connect()

    on(test)


def test_the_end_does_not_wait_for_ever() -> None:
    """A client that holds its half open is cut after the grace."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"query"))
        await net.until_replies(1)
        closing = asyncio.create_task(net.listener.close(5000))
        await asyncio.sleep(0)
        assert not closing.done()
        await net.pass_ms(5000)
        await closing
        net.replies[0](b"nobody hears this")

    on(test)


class NoDescriptors(socket.socket):
    """A listening socket on which the first `accept` finds no descriptor left."""

    has_failed = False

    def accept(self) -> tuple[socket.socket, Any]:
        if not self.has_failed:
            self.has_failed = True
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def test_without_descriptors_it_waits_and_goes_on() -> None:
    """No spinning, no end: room is made, and it tries again 100 ms later."""

    async def test(net: Net) -> None:
        net.echoes = True
        peer = await net.connect()
        await peer.send(framed(b"query"))
        await net.until(lambda: net.closed("descriptors") == 1)
        assert net.got == []
        net.clock.advance(100)
        assert await peer.read() == b"query"

    on(test, listening=NoDescriptors)
