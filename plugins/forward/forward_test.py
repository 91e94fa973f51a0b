# SPDX-License-Identifier: Apache-2.0
"""What a client gets through `forward`, and what an upstream is asked for it."""

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest

from plugins.forward.conftest import (
    House,
    Replies,
    Upstream,
    answer,
    saying,
)
from resolver import names, wire
from resolver.claims import Claim
from resolver.metadata import Labels
from resolver.request import Transport
from resolver.response import Validation
from resolver.testing import Case, NextHandler, RecordingWriter, request, response, run

NAME = "www.example.org. A"
ANSWER = Case(NAME, ["www.example.org. 60 IN A 192.0.2.1"])
BEHIND = response(NAME, ["www.example.org. 60 IN A 192.0.2.99"])
FROM_BEHIND = Case(NAME, ["www.example.org. 60 IN A 192.0.2.99"])


def test_an_upstream_answers() -> None:
    """Its records come back, not validated by us, as recursive data that it answers for."""

    async def scene() -> None:
        async with Upstream() as upstream, House(f"forward . {upstream.at}") as house:
            got = await house.query(NAME)
            ANSWER.check(got)
            assert (got.validation, got.recursive, got.plugin) == (Validation.NONE, True, "forward")
            assert upstream.over == ["udp"]

    run(scene())


def test_a_block_with_forward_recurses_and_takes_any_class() -> None:
    """RA is set; CH, HS and ANY are the upstream's business."""
    house = House("forward . 127.0.0.1")
    assert house.controller.block.recursion_available
    assert house.controller.block.qclasses >= {1, 3, 4, 255}
    assert house.lines[0].claims() == (Claim(zones=frozenset({names.ROOT})),)


@pytest.mark.parametrize(
    "options, flags, do",
    [
        pytest.param({}, dns.flags.RD, False, id="RD"),
        pytest.param({"rd": False}, 0, False, id="no RD"),
        pytest.param({"cd": True}, dns.flags.RD | dns.flags.CD, False, id="CD"),
        pytest.param({"do": True}, dns.flags.RD, True, id="DO"),
        pytest.param({"ad": True}, dns.flags.RD, False, id="AD is for us"),
    ],
)
def test_bits_go_out_as_they_came(options: dict[str, bool], flags: int, do: bool) -> None:
    """RD, CD and DO are the client's; the payload size is ours, and nothing tells of the client."""

    async def scene() -> None:
        async with Upstream() as upstream, House(f"forward . {upstream.at}") as house:
            await house.query(NAME, **options)
            query = upstream.queries[0][0]
            assert query.flags == flags
            assert (bool(query.ednsflags & dns.flags.DO), query.payload) == (do, 1232)
            assert query.options == ()

    run(scene())


@pytest.mark.parametrize(
    "line, question, is_asked",
    [
        pytest.param("forward example.org {}", "a.example.org. A", True, id="below FROM"),
        pytest.param("forward example.org {}", "example.org. A", True, id="FROM itself"),
        pytest.param("forward example.org {}", "example.com. A", False, id="beside FROM"),
        pytest.param(
            "forward . {} {{\nexcept example.org\n}}", "a.example.org. A", False, id="except"
        ),
        pytest.param("forward . {} {{\nexcept example.org\n}}", "example.com. A", True, id="other"),
        pytest.param(
            "forward example.org {} {{\nexcept org\n}}", "example.org. A", True, id="FROM stays"
        ),
        pytest.param("forward 192.0.2.0/23 {}", "1.4.0.192.in-addr.arpa. PTR", False, id="no"),
        pytest.param("forward 10.0.0.0/15 {}", "9.1.10.in-addr.arpa. PTR", True, id="2nd zone"),
    ],
)
def test_which_names_are_forwarded(line: str, question: str, is_asked: bool) -> None:
    """Those of FROM but for `except`, which never excludes FROM itself; others go on."""

    async def scene() -> None:
        behind = NextHandler()
        async with Upstream() as upstream, House(line.format(upstream.at), behind=behind) as house:
            await house.ask(question)
            assert (len(upstream.queries), len(behind.requests)) == (is_asked, not is_asked)

    run(scene())


def test_other_names_without_a_next_plugin_are_refused() -> None:
    """There is nobody to ask for them."""
    assert run(House("forward example.org 127.0.0.1").ask("example.com. A")) == dns.rcode.REFUSED


def test_lines_stand_in_the_order_of_the_file() -> None:
    """The first that covers the name is asked."""

    async def scene() -> None:
        async with Upstream() as first, Upstream() as second:
            text = f"forward example.org {first.at}\nforward . {second.at}"
            async with House(text) as house:
                await house.query("www.example.org. A")
                await house.query("www.example.com. A")
        assert (first.asked, second.asked) == (["www.example.org. A"], ["www.example.com. A"])

    run(scene())


@pytest.mark.parametrize("qtype", ["AXFR", "IXFR"])
def test_zones_are_not_transferred_through_us(qtype: str) -> None:
    """A transfer is no single message: NOTIMP."""
    assert run(House("forward . 127.0.0.1").ask(f"example.org. {qtype}")) == dns.rcode.NOTIMP


def test_ad_is_cleared() -> None:
    """What an upstream says to have validated was not validated here (RFC 6840, 5.8)."""

    def behave(query: dns.message.Message, _: str) -> Replies:
        made = answer(query)
        made.flags |= dns.flags.AD
        return [made]

    async def scene() -> None:
        async with Upstream(behave) as upstream, House(f"forward . {upstream.at}") as house:
            got = await house.query(NAME, ad=True, do=True)
            assert not got.flags & wire.AD and got.validation is Validation.NONE

    run(scene())


def test_an_error_of_the_upstream_comes_with_its_reason() -> None:
    """RCODE and Extended DNS Errors are passed on (RFC 8914, 3); an RCODE may have 12 bits."""

    def behave(query: dns.message.Message, _: str) -> Replies:
        made = answer(query, rcode="BADVERS")
        made.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.BLOCKED, "by order")])
        made.set_rcode(dns.rcode.BADVERS)
        return [made]

    async def scene() -> None:
        async with Upstream(behave) as upstream, House(f"forward . {upstream.at}") as house:
            got = await house.query(NAME)
            assert (got.rcode, got.ede) == (16, ((15, "by order"),))

    run(scene())


def test_dnssec_records_are_for_those_who_set_do() -> None:
    """RFC 4035, 3.1, whatever the upstream sends."""
    signature = (
        "www.example.org. 60 IN RRSIG A 13 3 60 20380101000000 20200101000000 1 example.org. AAAA"
    )
    lines = ("www.example.org. 60 IN A 192.0.2.1", signature)

    async def scene() -> None:
        async with Upstream(saying(*lines)) as upstream, House(f"forward . {upstream.at}") as house:
            assert not (await house.query(NAME)).has(wire.ANSWER, wire.RRSIG)
            assert (await house.query(NAME, do=True)).has(wire.ANSWER, wire.RRSIG)

    run(scene())


def test_what_an_upstream_says_of_other_names_goes_no_further() -> None:
    """Out of bailiwick is out of the message, so that no cache keeps it (MaginotDNS)."""

    def behave(query: dns.message.Message, _: str) -> Replies:
        made = answer(query)
        made.answer.append(dns.rrset.from_text("bank.example.", 86400, "IN", "A", "192.0.2.66"))
        made.authority.append(dns.rrset.from_text("com.", 86400, "IN", "NS", "ns.example.org."))
        made.additional.append(
            dns.rrset.from_text("ns.example.org.", 86400, "IN", "A", "192.0.2.66")
        )
        return [made]

    async def scene() -> None:
        async with Upstream(behave) as up, House(f"forward example.org {up.at}") as house:
            ANSWER.check(await house.query(NAME))

    run(scene())


def test_the_label_names_who_answered() -> None:
    """`forward/upstream`, for `log` and others that read metadata."""

    async def scene() -> None:
        async with Upstream() as upstream, House(f"forward . {upstream.at}") as house:
            line = house.lines[0]
            asked = request(NAME, now_ms=house.clock.now_ms())
            asked = asked.replace(labels=Labels(line.metadata(asked)))
            assert asked.labels["forward/upstream"]() == ""
            await line.serve_dns(RecordingWriter(), asked)
            assert asked.labels["forward/upstream"]() == upstream.at

    run(scene())


def test_a_question_over_tcp_goes_out_over_tcp() -> None:
    """As in CoreDNS; `prefer_udp` and `force_tcp` decide otherwise."""

    async def scene() -> None:
        async with Upstream() as upstream:
            for properties in ("", "prefer_udp", "force_tcp", "force_tcp\nprefer_udp"):
                async with House(f"forward . {upstream.at} {{\n{properties}\n}}") as house:
                    await house.query(NAME)
                    await house.query(NAME, transport=Transport.DO53_TCP)
        assert upstream.over == ["udp", "tcp", "udp", "udp", "tcp", "tcp", "tcp", "tcp"]

    run(scene())
