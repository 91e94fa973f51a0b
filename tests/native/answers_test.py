# SPDX-License-Identifier: Apache-2.0
"""Every shape in which libunbound answers or fails, as the bridge hands it on."""

from collections.abc import Callable

import dns.message
import pytest

from resolver import names
from resolver.errors import WireError
from resolver.recursion.bridge import Bridge
from resolver.types import Recursion, Result, Submission
from tests.native.authority import Authority, ask, drain, question, rrset


def test_a_question_is_answered(bridge: Bridge) -> None:
    """The result has the ticket, the message with ID 0, and what the validator says."""
    recursion: Recursion = bridge
    assert recursion.submit([question("www.example.org", 2**64 - 1)]) == 1
    (result,) = drain(bridge, 1)
    assert result.wire is not None
    message = dns.message.from_wire(result.wire)
    assert result == Result(2**64 - 1, 0, False, None, result.wire, 0, False)
    assert (message.id, message.answer[0][0].to_text()) == (0, "192.0.2.1")


@pytest.mark.parametrize(
    ("name", "rcode", "has_message"),
    [
        pytest.param("nobody.example.org", 3, True, id="NXDOMAIN has its message"),
        pytest.param("localhost", 0, True, id="local data, called back at once"),
        pytest.param("failing.example.org", 2, False, id="SERVFAIL has none"),
    ],
)
def test_outcomes(bridge: Bridge, name: str, rcode: int, has_message: bool) -> None:
    """A failure is rcode 2 without a message, the first time and from libunbound's cache."""
    for _ in range(2):
        result = ask(bridge, question(name))
        assert (result.rcode, result.wire is not None) == (rcode, has_message)
        assert result.why_bogus is None


@pytest.mark.parametrize(
    "label",
    [
        pytest.param(b"a.b", id="a dot"),
        pytest.param(b'\\"();@$', id="what zone files escape"),
        pytest.param(b"\x00\xff\n", id="octets that are no text"),
        pytest.param(b"_x-*", id="what is common"),
        pytest.param(b"\\" * 63, id="63 octets to escape"),
    ],
)
def test_a_name_arrives_as_it_is(bridge: Bridge, label: bytes) -> None:
    """Any octet may stand in a label (RFC 2181, 11)."""
    qname = names.from_labels([label, b"example", b"org"])
    result = ask(bridge, Submission(1, qname, 1, 1))
    assert result.rcode == 0
    assert result.wire is not None
    assert result.wire[12 : 12 + len(qname)] == qname


def test_secure_data(make: Callable[..., Bridge], authority: Authority) -> None:
    """Data that a chain of signatures from a trust anchor covers is secure (RFC 4035, 4.3)."""
    anchor = f' trust-anchor: "example.org. DS {authority.sign()}"\n'
    result = ask(make(authority.configuration(anchor)), question("www.example.org"))
    assert (result.rcode, result.secure, result.why_bogus) == (0, True, None)


def test_bogus_data(make: Callable[..., Bridge], authority: Authority) -> None:
    """Bogus data comes as data, marked, with the reason: the caller makes it SERVFAIL."""
    anchor = f' trust-anchor: "example.org. DS {authority.sign()}"\n'
    altered = rrset("www.example.org. 300 IN A 192.0.2.66")
    stored = authority.rrsets[altered.name, altered.rdtype]
    stored[0] = altered
    result = ask(make(authority.configuration(anchor)), question("www.example.org"))
    assert (result.rcode, result.secure) == (0, False)
    assert result.why_bogus is not None
    assert "www.example.org" in result.why_bogus
    assert result.wire is not None


def test_what_is_not_asked_is_told_once(bridge: Bridge, caplog: pytest.LogCaptureFixture) -> None:
    """A question for a group that is gone fails; the log says so once, not once a query."""
    for ticket in range(3):
        assert ask(bridge, question("www.example.org", ticket), 7).rcode == 2
    assert [record[2] for record in caplog.record_tuples] == [
        "question not asked error='no such group of contexts'"
    ]


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        pytest.param(Submission(1, b"", 1, 1), "a QNAME of 0 octets", id="no name"),
        pytest.param(Submission(1, bytes(256), 1, 1), "256 octets", id="name too long"),
        pytest.param(Submission(1, b"\0", 65536, 1), "no question", id="type too large"),
        pytest.param(Submission(-1, b"\0", 1, 1), "no question", id="negative ticket"),
        pytest.param(Submission(1, b"\0", 1, 1, renew=2), "no question", id="no such context"),
    ],
)
def test_what_is_no_question(bridge: Bridge, asked: Submission, text: str) -> None:
    """It is an error of the caller, and nothing of the batch is taken."""
    with pytest.raises(WireError, match=text):
        bridge.submit([question("www.example.org"), asked])
    assert bridge.stats().submitted == 0


def test_a_malformed_name_fails(bridge: Bridge) -> None:
    """Octets that are no name come back as failed; libunbound never sees them."""
    assert ask(bridge, Submission(1, b"\3www", 1, 1)).rcode == 2
