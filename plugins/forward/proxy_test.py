# SPDX-License-Identifier: Apache-2.0
"""One upstream: how it is asked, and what its answers count."""

import dns.message
import dns.rcode
import pytest

from plugins.forward.conftest import House, Replies, Upstream, answer, failing
from resolver.testing import Case, run

NAME = "www.example.org. A"
ANSWER = Case(NAME, ["www.example.org. 60 IN A 192.0.2.1"])


def old(query: dns.message.Message, _: str) -> Replies:
    """Answer as a server that does not know EDNS."""
    if query.edns < 0:
        return [answer(query)]
    made = answer(query, rcode="FORMERR")
    made.use_edns(False)
    return [made]


def older(query: dns.message.Message, how: str) -> Replies:
    """Answer as one that returns nothing but a header."""
    if query.edns < 0:
        return old(query, how)
    return [query.id.to_bytes(2, "big") + b"\x80\x01" + bytes(8)]


@pytest.mark.parametrize("behave", [old, older])
@pytest.mark.parametrize("properties", ["", "force_tcp"], ids=["udp", "tcp"])
def test_who_does_not_know_edns_is_asked_without(behave: object, properties: str) -> None:
    """RFC 6891, 7: FORMERR without OPT; the client gets its answer."""

    async def scene() -> None:
        assert callable(behave)
        async with Upstream(behave) as up:
            async with House(f"forward . {up.at} {{\n{properties}\n}}") as house:
                ANSWER.check(await house.query(NAME))
            assert [message.edns for message, _, _ in up.queries] == [0, -1]

    run(scene())


def test_formerr_of_one_who_knows_edns_is_an_answer() -> None:
    """It is told to the client."""

    def behave(query: dns.message.Message, _: str) -> Replies:
        made = answer(query, rcode="FORMERR")
        made.use_edns(0)
        return [made]

    async def scene() -> None:
        async with Upstream(behave) as up, House(f"forward . {up.at}") as house:
            assert (await house.query(NAME)).rcode == dns.rcode.FORMERR
            assert len(up.queries) == 1

    run(scene())


@pytest.mark.parametrize("rcode", ["NOERROR", "NXDOMAIN", "SERVFAIL"])
def test_answers_are_timed_by_upstream_and_rcode(rcode: str) -> None:
    """`coredns_proxy_request_duration_seconds{proxy_name, to, rcode}`."""

    async def scene() -> None:
        async with Upstream(failing(rcode)) as up, House(f"forward . {up.at}") as house:
            await house.query(NAME)
            await house.query(NAME)
            name = "coredns_proxy_request_duration_seconds_count"
            assert house.metric(name, proxy_name="forward", to=up.at, rcode=rcode) == 2

    run(scene())
