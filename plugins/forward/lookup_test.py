# SPDX-License-Identifier: Apache-2.0
"""Upstreams that are named: who is asked for their addresses."""

import random
import threading

import dns.message
import dns.rdatatype
import pytest

from plugins.forward.conftest import Replies, Upstream, answer, failing
from plugins.forward.lookup import addresses_of
from plugins.forward.settings import HostName, Settings, Target
from resolver import names
from resolver.clock import SystemClock
from resolver.errors import ResolverError
from resolver.request import Endpoint
from resolver.testing import run

HOST = HostName("dns.example.org.", 5353, True, "dns.example.org")
NOBODY = Endpoint("127.0.0.1", 1)


async def found(*resolvers: Endpoint) -> list[Target]:
    """Return what is found of HOST."""
    settings = Settings((names.ROOT,), resolvers=resolvers)
    return await addresses_of(HOST, settings, SystemClock(), random.Random(1))


def only_ipv4(query: dns.message.Message, _: str) -> Replies:
    """Know one A record, and an alias in front of it."""
    alias = f"{query.question[0].name} 60 IN CNAME a.example.org."
    if query.question[0].rdtype == dns.rdatatype.A:
        return [answer(query, alias, "a.example.org. 60 IN A 192.0.2.1")]
    return [answer(query, alias)]


def test_the_first_resolver_that_answers_is_believed() -> None:
    """One that is not there is passed over; port and name are the upstream's."""

    async def scene() -> None:
        async with Upstream(only_ipv4) as known, Upstream(failing("NXDOMAIN")) as later:
            at = [Endpoint("127.0.0.1", up.port) for up in (known, later)]
            want = Target(Endpoint("192.0.2.1", 5353), True, "dns.example.org")
            assert await found(NOBODY, *at) == [want]
            assert known.asked == ["dns.example.org. A", "dns.example.org. AAAA"]
            assert later.asked == []

    run(scene())


def test_no_address_and_no_resolver() -> None:
    """The error names the host, and why."""

    async def scene() -> None:
        async with Upstream(failing("NXDOMAIN")) as known:
            with pytest.raises(ResolverError, match=r'resolve "dns.example.org.": no address'):
                await found(Endpoint("127.0.0.1", known.port))
        with pytest.raises(ResolverError, match=r'"dns.example.org.": Connection refused'):
            await found(NOBODY)

    run(scene())


def test_the_system_is_asked_without_resolvers(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread that is gone afterwards; an address counts once."""
    answers = [(2, 2, 17, "", ("192.0.2.1", 0)), (10, 2, 17, "", ("2001:db8::1", 0, 0, 0))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answers * 2)
    before = threading.active_count()
    assert [target.to.host for target in run(found())] == ["192.0.2.1", "2001:db8::1"]
    assert threading.active_count() <= before
