# SPDX-License-Identifier: Apache-2.0
"""Each misbehaviour of the scripted server, seen from a client's socket."""

import random
import select
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from tests.internet import Internet, InternetError
from tests.internet.behaviours import FORGED, behaviour
from tests.internet.catalogue import MISBEHAVIOURS

LIMIT_S = 10.0
PATIENCE_S = 0.05
HONEST = "192.0.2.10"


@dataclass
class Client:
    """Sends queries from one UDP socket and takes what comes, wrong IDs included."""

    socket: socket.socket
    address: str

    def send(self, qname: str, payload: int | None = 1232) -> dns.message.Message:
        query = dns.message.make_query(qname, "A", payload=payload, use_edns=payload is not None)
        self.socket.sendto(query.to_wire(), (self.address, 53))
        return query

    def receive(self) -> bytes:
        ready, _, _ = select.select([self.socket], [], [], LIMIT_S)
        assert ready, "no reply"
        return self.socket.recv(65535)

    def is_quiet(self) -> bool:
        """Tell whether nothing came by the time the process has answered a later query."""
        dns.query.udp(
            dns.message.make_query("www.normal.misbehaving.example", "A"), NORMAL, LIMIT_S
        )
        return not select.select([self.socket], [], [], 0)[0]


NORMAL = "127.53.9.1"


@pytest.fixture
def socket_(internet: Internet) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        yield udp


def client(internet: Internet, udp: socket.socket, label: str) -> tuple[Client, str]:
    """Return a client of one misbehaving zone, and a name in it that nobody has asked for."""
    zone = f"{label}.misbehaving.example."
    (address,) = internet.addresses[zone]
    return Client(udp, address), f"n{random.getrandbits(64):016x}.{zone}"


def addresses(wire: bytes) -> list[str]:
    return [rdata.to_text() for rrset in dns.message.from_wire(wire).answer for rdata in rrset]


@pytest.mark.parametrize("words", [words for _, _, words in MISBEHAVIOURS])
def test_each_behaviour_has_a_rule(words: str) -> None:
    """The catalogue names only behaviours that there are, and each says what it does."""
    assert callable(behaviour(words))


@pytest.mark.parametrize("words", ["", "unheard-of", "slow", "normal 1"])
def test_an_unknown_behaviour_is_an_error(words: str) -> None:
    """A misspelt behaviour would test nothing."""
    with pytest.raises(ValueError, match=r"^unknown behaviour '"):
        behaviour(words)


@pytest.mark.parametrize(
    ("label", "want"),
    [
        pytest.param("normal", [[HONEST]], id="normal answers"),
        pytest.param("twice", [[HONEST], [HONEST]], id="twice answers twice"),
        pytest.param("wrong-id", [[FORGED], [HONEST]], id="a forgery comes before the truth"),
        pytest.param("slow-100", [[HONEST]], id="slow answers in the end"),
        pytest.param("refused", [[]], id="REFUSED has no RR"),
        pytest.param("unequal-ttls", [["192.0.2.60", "192.0.2.30", "192.0.2.3"]], id="three TTLs"),
    ],
)
def test_replies(
    internet: Internet, socket_: socket.socket, label: str, want: list[list[str]]
) -> None:
    """One query, these datagrams, in this order."""
    asker, name = client(internet, socket_, label)
    asker.send(name)
    assert [addresses(asker.receive()) for _ in want] == want


@pytest.mark.parametrize(
    ("label", "rcode"),
    [
        ("refused", dns.rcode.REFUSED),
        ("servfail", dns.rcode.SERVFAIL),
        ("notimp", dns.rcode.NOTIMP),
        ("formerr", dns.rcode.FORMERR),
        ("no-edns", dns.rcode.FORMERR),
        ("normal", dns.rcode.NOERROR),
    ],
)
def test_rcode(
    internet: Internet, socket_: socket.socket, label: str, rcode: dns.rcode.Rcode
) -> None:
    """A query with OPT gets this RCODE."""
    asker, name = client(internet, socket_, label)
    asker.send(name)
    assert dns.message.from_wire(asker.receive()).rcode() == rcode


def test_the_forgery_has_another_id(internet: Internet, socket_: socket.socket) -> None:
    """A resolver that compares IDs must not see its own in the first datagram."""
    asker, name = client(internet, socket_, "wrong-id")
    query = asker.send(name)
    ids = [int.from_bytes(asker.receive()[:2], "big") for _ in range(2)]
    assert ids[0] != query.id == ids[1]


def test_another_question_is_answered_once(internet: Internet, socket_: socket.socket) -> None:
    """The first reply has the right ID and the wrong question; the second query is answered."""
    asker, name = client(internet, socket_, "wrong-question")
    query = asker.send(name)
    reply = dns.message.from_wire(asker.receive())
    assert reply.id == query.id
    assert reply.question[0].name != query.question[0].name
    asker.send(name)
    assert addresses(asker.receive()) == [HONEST]


def test_garbage_has_the_right_id_and_no_sense(internet: Internet, socket_: socket.socket) -> None:
    """What comes first cannot be parsed."""
    asker, name = client(internet, socket_, "garbage")
    query = asker.send(name)
    reply = asker.receive()
    assert reply[:2] == query.id.to_bytes(2, "big")
    with pytest.raises(dns.exception.DNSException):
        dns.message.from_wire(reply)


@pytest.mark.parametrize("label", ["truncated", "truncated-no-tcp", "truncated-silent-tcp"])
def test_truncation(internet: Internet, socket_: socket.socket, label: str) -> None:
    """TC and no RR over UDP; over TCP an answer, nobody, or silence (RFC 7766, 5)."""
    asker, name = client(internet, socket_, label)
    query = asker.send(name)
    reply = dns.message.from_wire(asker.receive())
    assert reply.flags & dns.flags.TC
    assert not reply.answer
    if label == "truncated":
        assert dns.query.tcp(query, asker.address, LIMIT_S).answer
    elif label == "truncated-no-tcp":
        with pytest.raises(ConnectionRefusedError):
            dns.query.tcp(query, asker.address, LIMIT_S)
    else:
        with pytest.raises(dns.exception.Timeout):
            dns.query.tcp(query, asker.address, PATIENCE_S)


def test_silence(internet: Internet, socket_: socket.socket) -> None:
    """A query is taken and nothing is said."""
    asker, name = client(internet, socket_, "silent")
    asker.send(name)
    assert asker.is_quiet()


@pytest.mark.parametrize(("label", "drops"), [("drops-first", 1), ("drops-two", 2)])
def test_the_first_queries_are_dropped(
    internet: Internet, socket_: socket.socket, label: str, drops: int
) -> None:
    """A question is answered once it has been asked often enough."""
    asker, name = client(internet, socket_, label)
    for _ in range(drops):
        asker.send(name)
    assert asker.is_quiet()
    asker.send(name)
    assert addresses(asker.receive()) == [HONEST]


@pytest.mark.parametrize("label", ["drops-edns", "no-edns"])
def test_a_query_without_opt_is_answered(
    internet: Internet, socket_: socket.socket, label: str
) -> None:
    """A server that knows no OPT answers the query of RFC 1035 (RFC 6891, 6.2.2)."""
    asker, name = client(internet, socket_, label)
    asker.send(name, payload=None)
    assert addresses(asker.receive()) == [HONEST]
    asker.send(name)
    assert asker.is_quiet() if label == "drops-edns" else not addresses(asker.receive())


def test_poison_is_beside_the_answer(internet: Internet, socket_: socket.socket) -> None:
    """RRs of another's zone come in each section."""
    asker, name = client(internet, socket_, "poison")
    asker.send(name)
    reply = dns.message.from_wire(asker.receive())
    for section in (reply.answer, reply.authority, reply.additional):
        assert any(rrset.name.to_text().endswith("example.net.") for rrset in section)


def test_data_changes_with_each_query(internet: Internet, socket_: socket.socket) -> None:
    """By its address a test can tell the first answer from a refreshed one."""
    asker, name = client(internet, socket_, "changing")
    for want in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        asker.send(name)
        assert addresses(asker.receive()) == [want]


def test_a_server_that_dies(internet: Internet, socket_: socket.socket) -> None:
    """One answer, then silence or SERVFAIL: what stale answers are for (RFC 8767)."""
    asker, name = client(internet, socket_, "then-silent")
    asker.send(name)
    assert addresses(asker.receive()) == [HONEST]
    asker.send(name)
    assert asker.is_quiet()
    asker, name = client(internet, socket_, "then-servfail")
    asker.send(name)
    asker.receive()
    asker.send(name)
    assert dns.message.from_wire(asker.receive()).rcode() == dns.rcode.SERVFAIL


def test_the_case_of_the_question_is_lost(internet: Internet, socket_: socket.socket) -> None:
    """A server that answers in lower case defeats a check of the case."""
    asker, name = client(internet, socket_, "lower-case")
    asker.send(name.upper())
    assert dns.message.from_wire(asker.receive()).question[0].name.to_text() == name


def test_ttl_by_name(internet: Internet, socket_: socket.socket) -> None:
    """Below ttlN each name has the TTL N, so that a test has names of its own."""
    asker, name = client(internet, socket_, "normal")
    label, _, zone = name.partition(".")
    for ttl in (0, 1, 2, 5, 60):
        asker.send(f"{label}.ttl{ttl}.{zone}")
        assert [rrset.ttl for rrset in dns.message.from_wire(asker.receive()).answer] == [ttl]


def test_behaviour_can_be_switched(internet: Internet, socket_: socket.socket) -> None:
    """A switch is done when behave() returns; unknown words and zones change nothing."""
    asker, name = client(internet, socket_, "switch")
    zone = "switch.misbehaving.example."
    internet.behave(zone, "silent")
    asker.send(name)
    assert asker.is_quiet()
    internet.behave(zone, "normal")
    asker.send(name)
    assert addresses(asker.receive()) == [HONEST]
    with pytest.raises(InternetError, match="unknown behaviour 'unheard-of'"):
        internet.behave(zone, "unheard-of")
    with pytest.raises(InternetError, match="no zone of the scripted server"):
        internet.behave("example.org.", "silent")


@pytest.mark.parametrize("words", ["unsigned", "forged"])
def test_a_signed_zone_turns_bogus_and_back(internet: Internet, words: str) -> None:
    """Without its RRSIGs, or with another address under them, the zone is bogus."""
    zone = "signed-switch.example."
    query = dns.message.make_query(f"www.{zone}", "A", want_dnssec=True)
    (address,) = internet.addresses[zone]
    before = dns.query.udp(query, address, LIMIT_S).answer
    internet.behave(zone, words)
    assert dns.query.udp(query, address, LIMIT_S).answer != before
    internet.behave(zone, "normal")
    assert dns.query.udp(query, address, LIMIT_S).answer == before
    assert [rrset.rdtype for rrset in before] == [dns.rdatatype.A, dns.rdatatype.RRSIG]
