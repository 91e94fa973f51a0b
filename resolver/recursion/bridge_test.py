# SPDX-License-Identifier: Apache-2.0
"""The bridge against a real libunbound and an authority of this test on loopback."""

import asyncio
import logging
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.dnssec
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from resolver import names
from resolver.errors import ResolverError, WireError
from resolver.ffi import NativeError
from resolver.recursion.bridge import Bridge, parse_log_line, printable, trim
from resolver.types import Recursion, Result, Submission

PATIENCE_S = 30
ZONE = dns.name.from_text("example.org")
RRsets = list[dns.rrset.RRset]


class Authority(threading.Thread):
    """Serves example.org on loopback; `rrsets` says what is not a plain address."""

    def __init__(self) -> None:
        super().__init__()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.rrsets: dict[tuple[dns.name.Name, int], RRsets] = {}
        self.asked: list[str] = []
        self.start()

    def run(self) -> None:
        while True:
            wire, client = self.socket.recvfrom(4096)
            if not wire:
                return
            if response := self.response(dns.message.from_wire(wire)):
                self.socket.sendto(response.to_wire(), client)

    def response(self, query: dns.message.Message) -> dns.message.Message | None:
        """Return the response, None for silence; the first label says which."""
        question = query.question[0]
        first = question.name.labels[0]
        if question.name.is_subdomain(ZONE) and question.name != ZONE:
            self.asked.append(str(question.name))
        if first == b"silent":
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if first == b"failing":
            response.set_rcode(dns.rcode.SERVFAIL)
        elif first == b"nobody":
            response.set_rcode(dns.rcode.NXDOMAIN)
            response.authority = [rrset("example.org. 60 IN SOA . . 1 1 1 1 60")]
        elif stored := self.rrsets.get((question.name, question.rdtype)):
            response.answer = list(stored)
        elif question.rdtype == dns.rdatatype.A:
            response.answer = [dns.rrset.from_text(question.name, 300, "IN", "A", "192.0.2.1")]
        return response

    def stop(self) -> None:
        """End the thread."""
        self.socket.sendto(b"", ("127.0.0.1", self.port))
        self.join()
        self.socket.close()

    def configuration(self, extra: str = "") -> bytes:
        """Return the unbound.conf text that has example.org served here."""
        return (
            "server:\n do-not-query-localhost: no\n do-ip6: no\n qname-minimisation: no\n"
            f" outgoing-range: 256\n{extra}"
            f"stub-zone:\n name: example.org\n stub-addr: 127.0.0.1@{self.port}\n"
        ).encode()

    def sign(self) -> str:
        """Sign www.example.org; returns the zone's DS record."""
        key = ec.generate_private_key(ec.SECP256R1())
        dnskey = dns.dnssec.make_dnskey(key.public_key(), "ECDSAP256SHA256", flags=257)
        keys = dns.rrset.from_rdata(ZONE, 300, dnskey)
        www = rrset("www.example.org. 300 IN A 192.0.2.1")
        for signed in (keys, www):
            rrsig = dns.dnssec.sign(signed, key, ZONE, dnskey, lifetime=3600)
            covering = dns.rrset.from_rdata(signed.name, 300, rrsig)
            self.rrsets[signed.name, signed.rdtype] = [signed, covering]
        return dns.dnssec.make_ds(ZONE, dnskey, "SHA256").to_text()


def rrset(line: str) -> dns.rrset.RRset:
    """Return an RRset of one record in presentation form."""
    owner, ttl, rdclass, rdtype, rdata = line.split(None, 4)
    return dns.rrset.from_text(owner, int(ttl), rdclass, rdtype, rdata)


@pytest.fixture
def authority() -> Iterator[Authority]:
    serving = Authority()
    yield serving
    serving.stop()


@pytest.fixture
def make() -> Iterator[Callable[..., Bridge]]:
    """Return the maker of bridges that are closed at the end."""
    made: list[Bridge] = []

    def bridge(text: bytes, capacity: int = 1024, drain_ms: int = 200) -> Bridge:
        made.append(Bridge(capacity, drain_ms))
        made[-1].reconfigure(text)
        return made[-1]

    yield bridge
    for each in made:
        each.close()


@pytest.fixture
def bridge(make: Callable[..., Bridge], authority: Authority) -> Bridge:
    return make(authority.configuration())


def question(name: str, ticket: int = 1, renew: int | None = None) -> Submission:
    return Submission(ticket, names.from_text(name), 1, 1, renew)


def drain(bridge: Bridge, count: int) -> list[Result]:
    """Wait for so many results."""
    results: list[Result] = []
    while len(results) < count:
        assert select.select([bridge.fileno()], [], [], PATIENCE_S)[0], "nothing came"
        results += bridge.drain()
    return results


def ask(bridge: Bridge, asked: Submission, group: int = 0) -> Result:
    assert bridge.submit([asked], group) == 1
    (result,) = drain(bridge, 1)
    return result


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


def test_renewal_goes_to_the_other_context(bridge: Bridge, authority: Authority) -> None:
    """Each context has a cache of its own; `renew` names the one that must not answer."""
    contexts = [
        ask(bridge, question("www.example.org", renew=renew)).context
        for renew in (None, None, 0, 0, 1)
    ]
    assert contexts == [0, 0, 1, 1, 0]
    assert authority.asked.count("www.example.org.") == 2
    assert bridge.stats().contexts == 2


def test_flush_forgets(bridge: Bridge, authority: Authority) -> None:
    """After a flush a cached name is asked again."""
    ask(bridge, question("www.example.org"))
    bridge.flush()
    ask(bridge, question("www.example.org"))
    assert authority.asked.count("www.example.org.") == 2


def test_what_is_full_takes_no_more(make: Callable[..., Bridge], authority: Authority) -> None:
    """What is not taken is said; what is taken comes back, as failed if the bridge is closed."""
    bridge = make(authority.configuration(), capacity=300)
    batch = [question("silent.example.org", ticket) for ticket in range(400)]
    assert bridge.submit(batch) == 300
    assert bridge.submit(batch) == 0
    assert bridge.drain() == []
    assert bridge.stats().in_flight == 300
    bridge.close()
    bridge.close()
    sizes: list[int] = []
    tickets = set()
    while results := bridge.drain():
        sizes.append(len(results))
        tickets |= {result.ticket for result in results}
        assert {(result.rcode, result.wire) for result in results} == {(2, None)}
    assert sizes == [256, 44]
    assert tickets == set(range(300))
    assert bridge.submit(batch) == 0
    with pytest.raises(ResolverError, match="ended"):
        bridge.fileno()


def test_a_drain_is_bounded(bridge: Bridge) -> None:
    """At most 256 come at once; the descriptor stays readable while there are more."""
    ask(bridge, question("www.example.org"))
    assert bridge.submit([question("www.example.org", n) for n in range(600)]) == 600
    sizes: list[int] = []
    while sum(sizes) < 600:
        assert select.select([bridge.fileno()], [], [], PATIENCE_S)[0]
        sizes.append(len(bridge.drain()))
    assert max(sizes) <= 256
    assert bridge.drain() == []
    assert select.select([bridge.fileno()], [], [], 0)[0] == []


def test_reconfiguration_under_load(bridge: Bridge, authority: Authority) -> None:
    """The old contexts keep what they have for a while; new questions are answered at once."""
    bridge.submit([question("silent.example.org", 100 + n) for n in range(20)])
    bridge.reconfigure(authority.configuration())
    assert ask(bridge, question("www.example.org")).rcode == 0
    late = drain(bridge, 20)
    assert {(result.rcode, result.wire) for result in late} == {(2, None)}
    assert {result.ticket for result in late} == set(range(100, 120))


def test_a_refused_configuration_changes_nothing(
    bridge: Bridge, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    """The error has libunbound's number, its words come in our log, what was cached still is."""
    ask(bridge, question("www.example.org"))
    with pytest.raises(NativeError, match="initialization failure") as raised:
        bridge.reconfigure(b"stub-zone:\n name: a\n stub-addr: not-an-ip\n")
    assert raised.value.status == -7
    ask(bridge, question("www.example.org"))
    assert authority.asked.count("www.example.org.") == 1
    ((logger, level, text),) = caplog.record_tuples
    assert (logger, level) == ("plugin/unbound", logging.ERROR)
    assert text.startswith("libunbound: ")
    assert "not-an-ip" in text


def test_groups_have_configurations_of_their_own(bridge: Bridge, authority: Authority) -> None:
    """Server blocks with different configurations share the thread, not the contexts."""
    local = b'server:\n local-data: "www.example.org. A 192.0.2.99"\n'
    group = bridge.add(local)
    assert group == 1
    assert bridge.add(local) == 2
    for number, address in ((0, "192.0.2.1"), (group, "192.0.2.99")):
        result = ask(bridge, question("www.example.org"), number)
        assert result.wire is not None
        assert dns.message.from_wire(result.wire).answer[0][0].to_text() == address
    bridge.remove(group)
    assert ask(bridge, question("www.example.org"), group).rcode == 2
    assert bridge.add(local) == group
    with pytest.raises(NativeError, match="no group 9"):
        bridge.remove(9)


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


def test_the_event_loop_watches_it(bridge: Bridge) -> None:
    """`fileno` is for add_reader: no thread, no callback from C."""

    async def resolve() -> list[Result]:
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[list[Result]] = loop.create_future()
        loop.add_reader(bridge, lambda: arrived.set_result(bridge.drain()))
        bridge.submit([question("localhost")])
        try:
            return await asyncio.wait_for(arrived, PATIENCE_S)
        finally:
            loop.remove_reader(bridge)

    assert [result.rcode for result in asyncio.run(resolve())] == [0]


def test_nothing_is_left_open(authority: Authority) -> None:
    """A closed bridge has no descriptor left, whatever was in flight; nor has a forgotten one."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    for is_closed in (True, False):
        bridge = Bridge(8, 60_000)
        bridge.reconfigure(authority.configuration())
        bridge.submit([question("silent.example.org"), question("silent.example.org", renew=0)])
        if is_closed:
            bridge.close()
        del bridge
        assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_signals_are_not_the_threads(bridge: Bridge) -> None:
    """The resolver thread blocks signals: Python's handlers run in the main thread."""
    blocked = [
        int(line.split()[1], 16)
        for task in Path("/proc/self/task").iterdir()
        if (task / "comm").read_text() == "resolver\n"
        for line in (task / "status").read_text().splitlines()
        if line.startswith("SigBlk")
    ]
    terminating = 1 << signal.SIGINT - 1 | 1 << signal.SIGTERM - 1 | 1 << signal.SIGQUIT - 1
    assert {mask & terminating for mask in blocked} == {terminating}


@pytest.mark.parametrize(
    ("line", "level", "text"),
    [
        pytest.param(
            b"[1700000000] libunbound[12:0] error: bad thing",
            logging.ERROR,
            "bad thing",
            id="error",
        ),
        pytest.param(
            b"Nov 24 06:52:23 libunbound[12:a] fatal error: out of memory",
            logging.CRITICAL,
            "out of memory",
            id="fatal error with a readable time",
        ),
        pytest.param(
            b"[1] libunbound[1:0] warning: a: b", logging.WARNING, "a: b", id="a colon in the text"
        ),
        pytest.param(b"[1] libunbound[1:0] notice: n", logging.INFO, "n", id="notice"),
        pytest.param(b"[1] libunbound[1:0] debug: d", logging.DEBUG, "d", id="debug"),
        pytest.param(b"something else", logging.INFO, "something else", id="another form"),
        pytest.param(
            b"[1] libunbound[1:0] info: \x1b[2J\xff", logging.INFO, "?[2J?", id="not printable"
        ),
    ],
)
def test_log_lines(line: bytes, level: int, text: str) -> None:
    """libunbound's words become a level and a text without control characters."""
    assert parse_log_line(line) == (level, text)


@pytest.mark.parametrize(
    ("octets", "limit", "text"),
    [
        pytest.param(b"abc", 3, "abc", id="it fits"),
        pytest.param(b"abcd", 3, "abc", id="it is cut"),
        pytest.param("aéb".encode(), 2, "a", id="no character is halved"),
        pytest.param(b"a\nb\xc3", 9, "a?b?", id="what is no text"),
    ],
)
def test_reasons_are_trimmed(octets: bytes, limit: int, text: str) -> None:
    """EXTRA-TEXT is UTF-8 and short (RFC 8914, 2)."""
    assert trim(printable(octets), limit) == text
