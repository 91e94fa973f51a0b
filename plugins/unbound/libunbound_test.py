# SPDX-License-Identifier: Apache-2.0
"""Tests of the process's libunbound: who shares it, and what is left when it ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from plugins.unbound.libunbound import Libunbound
from plugins.unbound.proof import Proven
from plugins.unbound.proof_test import AUTO, KEYS, PLAIN, Place, proven
from resolver.errors import ResolverError
from resolver.testing import FixedClock


def run(body: Callable[[Libunbound, FixedClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = FixedClock()
        await body(Libunbound(clock), clock)

    asyncio.run(main())


def test_blocks_share_a_group_until_the_last_leaves() -> None:
    """One thread, one group for two users; the thread ends with the last."""
    (one,) = proven(PLAIN)

    async def body(libunbound: Libunbound, clock: FixedClock) -> None:
        flights = libunbound.start(one)
        assert libunbound.start(one) is flights
        await libunbound.stop(one.upstream)
        assert libunbound.flights is flights
        await libunbound.stop(one.upstream)
        assert libunbound.flights is None
        await libunbound.stop(one.upstream)

    run(body)


def test_what_libunbound_refuses_after_all_leaves_nothing() -> None:
    """The start fails with an error, and no thread is left."""
    bad = Proven(b"bad", b"server:\n    no-such-thing: 1\n", (), ())

    async def body(libunbound: Libunbound, clock: FixedClock) -> None:
        with pytest.raises(ResolverError):
            libunbound.start(bad)
        assert libunbound.flights is None

    run(body)


def test_anchors_are_saved_hourly_and_at_the_end(tmp_path: Path) -> None:
    """What libunbound wrote comes to the state folder; its own folder goes."""
    place = Place(tmp_path)
    (one,) = proven(AUTO, place=place)
    newer, newest = (KEYS + f";;{age}\n".encode() for age in ("newer", "newest"))

    async def body(libunbound: Libunbound, clock: FixedClock) -> None:
        libunbound.start(one)
        place.runtime.write_bytes(newer)
        clock.advance(3_600_000)
        await libunbound.saved()
        assert place.state.read_bytes() == newer
        place.runtime.write_bytes(newest)
        await libunbound.stop(one.upstream)
        assert place.state.read_bytes() == newest
        assert not place.runtime.parent.exists()

    run(body)


def test_without_a_place_anchors_stay_as_they_are(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A folder that cannot be made is one WARNING; the proven static anchors serve."""
    place = Place(tmp_path)
    (one,) = proven(AUTO, place=place)
    place.runtime.parent.mkdir()

    async def body(libunbound: Libunbound, clock: FixedClock) -> None:
        with caplog.at_level(logging.WARNING):
            libunbound.start(one)
        assert "RFC 5011 is off" in caplog.text
        await libunbound.stop(one.upstream)

    run(body)
