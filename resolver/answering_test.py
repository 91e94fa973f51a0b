# SPDX-License-Identifier: Apache-2.0
"""The server's own writer: one outcome a query, rendered for its client."""

import dataclasses
import logging

import dns.flags
import dns.message
import dns.rcode
import pytest

from resolver import names
from resolver.answering import Answer
from resolver.block import Block, Key
from resolver.limits import Limits
from resolver.request import Edns, Transport
from resolver.testing import request, response

BLOCK = Block((Key("dns", names.ROOT, 53),), {}, recursion_available=True)
ANSWER = response("www.example.org. A", ["www.example.org. 300 IN A 192.0.2.1"], plugin="test")


class Client:
    """What a client sees: the outcomes of its query."""

    def __init__(
        self, question: str = "www.example.org. A", block: Block = BLOCK, **fields: object
    ) -> None:
        self.outcomes: list[bytes | None] = []
        asked = request(question, **fields)  # type: ignore[arg-type] # a test's keywords
        self.answer = Answer(asked, block, self.outcomes.append, Limits())

    @property
    def message(self) -> dns.message.Message:
        (octets,) = self.outcomes
        assert octets is not None
        return dns.message.from_wire(octets)


def test_the_first_response_is_sent_and_later_ones_end_here() -> None:
    client = Client()
    client.answer.write(ANSWER)
    client.answer.write(response("www.example.org. A"))
    client.answer.refuse(dns.rcode.SERVFAIL)
    client.answer.drop()
    assert client.answer.is_over
    assert client.message.answer[0].to_text() == "www.example.org. 300 IN A 192.0.2.1"


def test_a_dropped_query_gets_nothing() -> None:
    client = Client()
    client.answer.drop()
    client.answer.write(ANSWER)
    assert client.outcomes == [None]


@pytest.mark.parametrize("question", ["example.org. A", "www.example.org. AAAA"])
def test_a_response_to_another_question_is_not_sent(
    question: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A client must never see what it did not ask for: SERVFAIL, and the plugin is named."""
    client = Client()
    with caplog.at_level(logging.ERROR):
        client.answer.write(response(question, plugin="wrong"))
    assert client.message.rcode() == dns.rcode.SERVFAIL
    assert "plugin/wrong" in caplog.text


@pytest.mark.parametrize(
    ("transport", "options", "want"),
    [
        pytest.param(Transport.DO53_TCP, ((11, b""),), b"\0\x64", id="TCP, asked for"),
        pytest.param(Transport.DO53_TCP, (), None, id="TCP, not asked for"),
        pytest.param(Transport.DO53_UDP, ((11, b""),), None, id="UDP (RFC 7828, 3.2.1)"),
    ],
)
def test_keepalive_tells_the_idle_time(
    transport: Transport, options: tuple[tuple[int, bytes], ...], want: bytes | None
) -> None:
    """In units of 100 ms, to who sent the option over TCP (RFC 7828, 3.3.2)."""
    client = Client(transport=transport, edns=Edns(options=options))
    client.answer.write(ANSWER)
    told = [option.to_wire() for option in client.message.options if int(option.otype) == 11]
    assert told == ([want] if want else [])


@pytest.mark.parametrize(("size", "told"), [(None, 1232), (512, 512), (4096, 4096)])
@pytest.mark.parametrize("is_refused", [False, True])
def test_a_block_may_have_a_payload_size_of_its_own(
    size: int | None, told: int, is_refused: bool
) -> None:
    """It is told in every OPT record, and truncation keeps to it."""
    long = response("www.example.org. TXT", ["www.example.org. 9 IN TXT " + 3 * f'"{"x" * 250}" '])
    block = dataclasses.replace(BLOCK, payload_size=size)
    client = Client("www.example.org. TXT", block, edns=Edns(payload_size=4096))
    if is_refused:
        client.answer.refuse(dns.rcode.REFUSED)
    else:
        client.answer.write(long)
    assert client.message.payload == told
    assert bool(client.message.flags & dns.flags.TC) == (size == 512 and not is_refused)


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.parametrize("rd", [None, False, True])
def test_a_block_may_say_what_rd_is_in_responses(rd: bool | None, sent: bool) -> None:
    """Else it is the query's own (RFC 1035, 4.1.1)."""
    for is_refused in (False, True):
        client = Client(block=dataclasses.replace(BLOCK, response_rd=rd), rd=sent)
        if is_refused:
            client.answer.refuse(dns.rcode.REFUSED)
        else:
            client.answer.write(ANSWER)
        assert bool(client.message.flags & dns.flags.RD) == (sent if rd is None else rd)


def test_callbacks_come_back_latest_first_and_once() -> None:
    client = Client()
    called: list[int] = []
    client.answer.at_deadline(lambda: called.append(1))
    client.answer.at_deadline(lambda: called.append(2))
    for callback in client.answer.take_callbacks():
        callback()
    assert called == [2, 1]
    assert client.answer.take_callbacks() == []


class Reply:
    """Where replies go of a query that waits in an engine, too."""

    ticket = 7

    def __init__(self) -> None:
        self.octets: list[bytes | None] = []

    def __call__(self, octets: bytes | None) -> None:
        """Keep it."""
        self.octets.append(octets)


def test_there_is_a_place_for_the_query_as_it_came() -> None:
    """There is none for an altered one, one that is over, or one without a ticket."""
    asked, reply = request("www.example.org. A"), Reply()
    answer = Answer(asked, BLOCK, reply, Limits())
    assert answer.place(asked) is answer
    assert (answer.ticket, answer.request) == (7, asked)
    assert answer.place(asked.replace(rd=False)) is None
    assert Client().answer.place(asked) is None
    answer.leave()
    assert answer.place(asked) is None
    answer.write(ANSWER)
    answer.refuse(dns.rcode.SERVFAIL)
    answer.drop()
    assert reply.octets == []
