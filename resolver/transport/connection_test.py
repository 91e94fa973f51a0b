# SPDX-License-Identifier: Apache-2.0
"""One TCP connection: pipelining, time-outs, back-pressure."""

from __future__ import annotations

import asyncio

import pytest

from tests.tcp_net import CHECK_MS, LONG, Net, Peer, framed, on


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([framed(b"query-of-octets")], id="at once"),
        pytest.param([bytes([o]) for o in framed(b"query-of-octets")], id="octet by octet"),
        pytest.param(
            [framed(b"query-of-octets")[:2], framed(b"query-of-octets")[2:]], id="length alone"
        ),
        pytest.param([framed(b"one", b"two", b"three")], id="three in a segment"),
        pytest.param([framed(b"one", LONG)[:9000], framed(b"one", LONG)[9000:]], id="a long one"),
        pytest.param([framed(b"", b"x")], id="an empty one"),
        pytest.param([framed(bytes(65535), b"x", bytes(65535))], id="the longest"),
    ],
)
def test_messages_arrive_however_they_are_cut(parts: list[bytes]) -> None:
    """The two octets of length and the message may come in any pieces (RFC 7766, 8)."""
    whole, want = b"".join(parts), []
    while whole:
        end = 2 + int.from_bytes(whole[:2])
        want.append(whole[2:end])
        whole = whole[end:]

    async def test(net: Net) -> None:
        net.echoes = True
        peer = await net.connect()
        sending = asyncio.create_task(send_all(peer))
        assert [await peer.read() for _ in want] == want
        await sending
        assert net.got == want

    async def send_all(peer: Peer) -> None:
        for part in parts:
            await peer.send(part)
            await asyncio.sleep(0)

    on(test)


def test_answers_go_out_as_they_come() -> None:
    """Pipelined queries are answered out of order (RFC 7766, 7)."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"first", b"second", b"third"))
        await net.until_replies(3)
        net.replies[2](b"third")
        assert await peer.read() == b"third"
        net.replies[0](b"first")
        net.replies[1](None)
        assert await peer.read() == b"first"
        await peer.send(framed(b"fourth"))
        await net.until_replies(4)
        net.replies[3](b"fourth")
        assert await peer.read() == b"fourth"

    on(test)


def test_so_many_queries_are_in_flight_and_no_more() -> None:
    """The rest waits, first in our buffer and then in the client's, until one is answered."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(*[bytes([n]) for n in range(7)]))
        await net.until(lambda: len(net.got) == 2)
        await peer.send(framed(b"\7"))
        await net.pass_ms(1000)
        assert len(net.got) == 2
        for n in range(8):
            await net.until_replies(n + 1)
            assert len(net.got) - n <= 2
            net.replies[n](bytes([n]))
            assert await peer.read() == bytes([n])

    on(test, pipelined=2)


@pytest.mark.parametrize("echoes", [False, True])
def test_a_connection_has_so_many_queries(echoes: bool) -> None:
    """It is closed behind the answer to the last of them; more are not looked at."""

    async def test(net: Net) -> None:
        net.echoes = echoes
        peer = await net.connect()
        await peer.send(framed(b"one", b"two", b"three"))
        if not echoes:
            await net.until_replies(2)
            net.replies[1](b"two")
            assert await peer.read() == b"two"
            net.replies[0](b"one")
            assert await peer.read() == b"one"
        else:
            assert [await peer.read(), await peer.read()] == [b"one", b"two"]
        assert await peer.read() is None
        assert net.got == [b"one", b"two"]

    on(test, queries=2)


def test_a_clients_half_close_keeps_its_answers() -> None:
    """It has said that it asks no more, not that it does not listen (RFC 7766, 6.2.4)."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"one", b"two", b"three") + b"\0")
        peer.end()
        await net.until_replies(2)
        for n, want in enumerate((b"one", b"two", b"three")):
            await net.until_replies(n + 1)
            net.replies[n](want)
            assert await peer.read() == want
        assert await peer.read() is None

    on(test, pipelined=2)


@pytest.mark.parametrize("octets", [b"", b"\0", b"\0\5abc"])
def test_an_end_without_a_query_closes(octets: bytes) -> None:
    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(octets)
        peer.end()
        assert await peer.read() is None
        assert net.got == []

    on(test)


@pytest.mark.parametrize(
    ("octets", "due_ms", "reason"),
    [
        pytest.param(b"", 10_000, "idle", id="nothing is asked"),
        pytest.param(b"\0", 3000, "read", id="half a length"),
        pytest.param(b"\0\x40half", 3000, "read", id="half a message"),
    ],
)
def test_connections_that_ask_nothing_are_closed(octets: bytes, due_ms: int, reason: str) -> None:
    """Idle for 10 s, or a message that is not complete after 3 s."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(octets)
        await net.until(lambda: net.open() == 1)
        for _ in range(50):
            await asyncio.sleep(0)  # what was sent has been read
        await net.pass_ms(due_ms - CHECK_MS)
        assert net.closed(reason) == 0
        await net.pass_ms(2 * CHECK_MS)
        assert await peer.read() is None
        assert net.closed(reason) == 1

    on(test)


def test_time_counts_from_the_last_answer() -> None:
    """Who waits for an answer is not idle; afterwards the 10 s begin anew."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"slow"))
        await net.until_replies(1)
        await net.pass_ms(30_000)
        net.replies[0](b"slow")
        assert await peer.read() == b"slow"
        await net.pass_ms(9000)
        assert net.closed("idle") == 0
        await net.pass_ms(2000)
        assert net.closed("idle") == 1

    on(test)


def test_a_client_that_takes_nothing_is_not_read_from_and_then_closed() -> None:
    """Back-pressure first; after the write time-out the connection is cut."""

    async def test(net: Net) -> None:
        net.echoes = True
        peer = await net.connect()
        sending = asyncio.create_task(peer.send(framed(*[LONG] * 200)))
        seen = -1
        while seen != len(net.got):
            seen = len(net.got)
            for _ in range(200):
                await asyncio.sleep(0)
        assert not sending.done()
        assert seen < 200
        await net.pass_ms(4500)
        assert net.open() == 1
        await net.pass_ms(1000)
        assert (net.open(), net.closed("write")) == (0, 1)
        with pytest.raises(ConnectionError):
            await sending

    on(test)


def test_a_slow_client_that_takes_something_is_waited_for() -> None:
    """The time-out is for those who take nothing at all."""

    async def test(net: Net) -> None:
        net.echoes = True
        peer = await net.connect()
        sending = asyncio.create_task(peer.send(framed(*[LONG] * 40)))
        for _ in range(40):
            assert await peer.read() == LONG
            await net.pass_ms(3000)
        await sending
        assert net.closed("write") == 0

    on(test)


def test_what_waits_for_one_client_is_bounded() -> None:
    """Answers that come all at once for a client that does not read: it is let go."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(*[b"query"] * 200))
        await net.until_replies(200)
        for reply in net.replies:
            reply(LONG)
        await net.until(lambda: net.open() == 0)
        assert net.closed("write") == 1

    on(test, unsent_octets=500_000)


def test_a_client_that_dies_harms_nobody() -> None:
    """RST while an answer is on its way: the answer ends here."""

    async def test(net: Net) -> None:
        peer = await net.connect()
        await peer.send(framed(b"query"))
        await net.until_replies(1)
        peer.reset()
        await net.until(lambda: net.open() == 0)
        net.replies[0](b"nobody hears this")
        other = await net.connect()
        await other.send(framed(b"query"))
        await net.until_replies(2)
        net.replies[1](b"answer")
        assert await other.read() == b"answer"

    on(test)
