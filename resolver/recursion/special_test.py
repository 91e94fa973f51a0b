# SPDX-License-Identifier: Apache-2.0
"""Special-use names, asked of the real libunbound in a child process of its own.

The child loads the text as it is and asks through libunbound's C interface; a server on loopback,
in the child too, answers whatever it is asked, so that a name that leaks is seen.
"""

import json
import socket
import subprocess
import sys
from dataclasses import replace
from typing import NamedTuple

import pytest

from resolver import names
from resolver.recursion.configuration import render
from resolver.recursion.defaults import Environment
from resolver.recursion.settings import Option, RecursionSettings, Servers, Where, Zone
from resolver.recursion.special import special_names
from resolver.request import Endpoint

HERE = Where("Corefile", 1)
SETTINGS = RecursionSettings(HERE)
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3

CHILD = """
import ctypes, json, os, socket, sys, threading
import dns.message, dns.rdatatype, dns.rrset
text, fd, questions = sys.stdin.read(), int(sys.argv[1]), json.loads(sys.argv[2])

class Result(ctypes.Structure):
    _fields_ = [(n, t) for n, t in zip(
        "qname qtype qclass data len canonname rcode packet length havedata nxdomain secure "
        "bogus why".split(), [ctypes.c_char_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p,
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_int,
        ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_char_p])]

server = socket.socket(fileno=fd)
def serve():
    while True:
        octets, client = server.recvfrom(4096)
        query = dns.message.from_wire(octets)
        response = dns.message.make_response(query)
        question = query.question[0]
        if question.rdtype == dns.rdatatype.TXT:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", "asked"))
        server.sendto(response.to_wire(), client)
threading.Thread(target=serve, daemon=True).start()

lib = ctypes.CDLL("libunbound.so.8")
lib.ub_ctx_create.restype = ctypes.c_void_p
context = ctypes.c_void_p(lib.ub_ctx_create())
conf = os.memfd_create("conf")
os.write(conf, text.encode())
status = lib.ub_ctx_config(context, b"/proc/self/fd/%d" % conf)
if status:
    sys.exit(f"configuration: {status}")
answers = []
for name, rtype in questions:
    result = ctypes.POINTER(Result)()
    code = dns.rdatatype.from_text(rtype)
    status = lib.ub_resolve(context, name.encode(), int(code), 1, ctypes.byref(result))
    if status:
        sys.exit(f"resolve: {status}")
    got = result.contents
    octets = ctypes.string_at(got.packet, got.length) if got.packet else b""
    message = dns.message.from_wire(octets) if octets else None
    sections = [[str(r) for r in s] for s in (message.answer, message.authority)] if message else []
    answers.append([got.rcode, *(sections or [[], []])])
print(json.dumps(answers), flush=True)
os._exit(0)
"""


class Answer(NamedTuple):
    rcode: int
    answer: list[str]
    authority: list[str]

    @property
    def asked(self) -> bool:
        """Whether the server on loopback was asked."""
        return any("asked" in record for record in self.answer)


def resolve(settings: RecursionSettings, *questions: tuple[str, str]) -> list[Answer]:
    """Return what libunbound answers; `SERVER` in an address's place is the server on loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        end = Endpoint(*server.getsockname())
        settings = replace(
            settings,
            stubs=tuple(servers._replace(addresses=(end,)) for servers in settings.stubs),
            forwards=tuple(servers._replace(addresses=(end,)) for servers in settings.forwards),
        )
        result = render(settings, Environment(256))
        assert result.complaints == ()
        command = [sys.executable, "-c", CHILD, str(server.fileno()), json.dumps(questions)]
        done = subprocess.run(
            command,
            input=result.text.decode(),
            capture_output=True,
            text=True,
            timeout=60,
            pass_fds=[server.fileno()],
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return [Answer(*row) for row in json.loads(done.stdout)]


def stub(zone: str) -> Servers:
    return Servers(names.from_text(zone), (), HERE)


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str], Answer]:
    """The default configuration's answers to the questions of the table below."""
    questions = list(dict.fromkeys(case.values[:2] for case in DEFAULTS))
    rows = resolve(SETTINGS, *((str(name), str(rtype)) for name, rtype in questions))
    return {(str(n), str(t)): row for (n, t), row in zip(questions, rows, strict=True)}


DEFAULTS = [
    pytest.param("localhost.", "A", NOERROR, "127.0.0.1", id="RFC 6761: localhost"),
    pytest.param("localhost.", "AAAA", NOERROR, "::1", id="localhost over IPv6"),
    pytest.param("a.b.localhost.", "A", NOERROR, "127.0.0.1", id="below localhost"),
    pytest.param("localhost.", "MX", NOERROR, "", id="localhost has nothing else"),
    pytest.param("a.localhost.", "NS", NOERROR, "", id="no zone below localhost"),
    pytest.param("a.invalid.", "A", NXDOMAIN, "", id="RFC 6761: invalid"),
    pytest.param("a.test.", "A", NXDOMAIN, "", id="RFC 6761: test"),
    pytest.param("printer.local.", "A", NXDOMAIN, "", id="RFC 6762: local"),
    pytest.param("a.onion.", "A", NXDOMAIN, "", id="RFC 7686: onion"),
    pytest.param("a.alt.", "A", NXDOMAIN, "", id="RFC 9476: alt"),
    pytest.param("nas.home.arpa.", "A", NXDOMAIN, "", id="RFC 8375: home.arpa"),
    pytest.param("home.arpa.", "SOA", NOERROR, "home.arpa. nobody.invalid.", id="a zone's SOA"),
    pytest.param("home.arpa.", "NS", NOERROR, "home.arpa.", id="a zone's NS"),
    pytest.param("_dns.resolver.arpa.", "SVCB", NOERROR, "", id="RFC 9462: DDR is NODATA"),
    pytest.param("x.resolver.arpa.", "A", NXDOMAIN, "", id="RFC 9462: resolver.arpa"),
    pytest.param("default.service.arpa.", "PTR", NXDOMAIN, "", id="RFC 9665: service.arpa"),
    pytest.param("ipv4only.arpa.", "A", NOERROR, "192.0.0.171", id="RFC 8880: ipv4only.arpa"),
    pytest.param("ipv4only.arpa.", "AAAA", NOERROR, "", id="ipv4only.arpa has no AAAA"),
    pytest.param("170.0.0.192.in-addr.arpa.", "PTR", NOERROR, "ipv4only.arpa.", id="its PTR"),
    pytest.param("1.0.0.127.in-addr.arpa.", "PTR", NOERROR, "localhost.", id="127.0.0.1"),
    pytest.param("2.0.0.127.in-addr.arpa.", "PTR", NXDOMAIN, "", id="127.0.0.2"),
    pytest.param(f"1.{'0.' * 31}ip6.arpa.", "PTR", NOERROR, "localhost.", id="::1"),
    pytest.param("1.2.3.10.in-addr.arpa.", "PTR", NXDOMAIN, "", id="RFC 6303: 10/8"),
    pytest.param("1.0.31.172.in-addr.arpa.", "PTR", NXDOMAIN, "", id="172.31/16"),
    pytest.param("1.1.168.192.in-addr.arpa.", "PTR", NXDOMAIN, "", id="192.168/16"),
    pytest.param("1.0.127.100.in-addr.arpa.", "PTR", NXDOMAIN, "", id="RFC 7793: 100.64/10"),
    pytest.param("1.1.254.169.in-addr.arpa.", "PTR", NXDOMAIN, "", id="169.254/16"),
    pytest.param("1.2.0.192.in-addr.arpa.", "PTR", NXDOMAIN, "", id="192.0.2/24"),
    pytest.param("255.255.255.255.in-addr.arpa.", "PTR", NOERROR, "", id="broadcast"),
    pytest.param("1.0.0.d.f.ip6.arpa.", "PTR", NXDOMAIN, "", id="fd00::/8"),
    pytest.param("1.8.e.f.ip6.arpa.", "PTR", NXDOMAIN, "", id="fe80::/10"),
    pytest.param("1.8.b.d.0.1.0.0.2.ip6.arpa.", "PTR", NXDOMAIN, "", id="2001:db8::/32"),
]


@pytest.mark.parametrize(("name", "rtype", "rcode", "want"), DEFAULTS)
def test_answered_here(
    name: str, rtype: str, rcode: int, want: str, answers: dict[tuple[str, str], Answer]
) -> None:
    """A special-use name is answered locally; a denial has the zone's SOA (RFC 6303, 3)."""
    got = answers[name, rtype]
    assert got.rcode == rcode
    assert want in " ".join(got.answer)
    assert bool(got.answer) is bool(want)
    assert ("SOA" in " ".join(got.authority)) is not bool(want)


@pytest.mark.parametrize(
    ("settings", "asked", "local"),
    [
        pytest.param(
            replace(SETTINGS, stubs=(stub("10.in-addr.arpa"),)),
            ["1.10.in-addr.arpa."],
            ["1.1.168.192.in-addr.arpa."],
            id="stub at a private zone",
        ),
        pytest.param(
            replace(SETTINGS, stubs=(stub("1.10.in-addr.arpa"),)),
            ["1.10.in-addr.arpa.", "2.1.10.in-addr.arpa."],
            ["2.10.in-addr.arpa.", "11.10.in-addr.arpa."],
            id="stub below one: the rest stays local",
        ),
        pytest.param(
            replace(SETTINGS, forwards=(stub("home.arpa"),)),
            ["nas.home.arpa."],
            ["a.test."],
            id="forward at home.arpa",
        ),
        pytest.param(
            replace(SETTINGS, forwards=(stub("corp.test"),)),
            ["www.corp.test."],
            ["www.test.", "xcorp.test."],
            id="forward below test",
        ),
        pytest.param(
            replace(SETTINGS, stubs=(stub("127.in-addr.arpa"),)),
            ["1.0.0.127.in-addr.arpa.", "2.0.0.127.in-addr.arpa."],
            [],
            id="special names below a stub go with it",
        ),
        pytest.param(
            replace(SETTINGS, stubs=(stub("1.0.0.127.in-addr.arpa"),)),
            ["1.0.0.127.in-addr.arpa."],
            ["2.0.0.127.in-addr.arpa."],
            id="stub at a special name within another",
        ),
        pytest.param(
            replace(
                SETTINGS,
                forwards=(stub("."),),
                insecure=(Zone(names.ROOT, HERE),),
            ),
            ["www.example.org."],
            ["a.test.", "1.10.in-addr.arpa."],
            id="a forward above opens nothing",
        ),
        pytest.param(
            replace(
                SETTINGS,
                forwards=(stub("."),),
                insecure=(Zone(names.ROOT, HERE), Zone(names.from_text("test"), HERE)),
            ),
            ["a.test."],
            ["a.invalid."],
            id="insecure at a special name opens it",
        ),
        pytest.param(
            replace(
                SETTINGS,
                forwards=(stub("."),),
                insecure=(Zone(names.ROOT, HERE),),
                options=(Option("unblock-lan-zones", "yes", HERE),),
            ),
            ["1.10.in-addr.arpa."],
            ["2.0.0.127.in-addr.arpa.", "a.test."],
            id="unblock-lan-zones opens what it names",
        ),
        pytest.param(
            replace(
                SETTINGS,
                forwards=(stub("."),),
                insecure=(Zone(names.ROOT, HERE),),
                options=(Option("local-zone", "Home.ARPA. transparent", HERE),),
            ),
            ["nas.home.arpa."],
            ["a.test."],
            id="local-zone of the user's replaces ours",
        ),
    ],
)
def test_zones_that_are_taken(
    settings: RecursionSettings, asked: list[str], local: list[str]
) -> None:
    """What a user has servers for is asked of them; the rest of a special zone stays local."""
    got = resolve(settings, *((name, "TXT") for name in [*asked, *local]))
    seen = dict(zip([*asked, *local], got, strict=True))
    assert [name for name, answer in seen.items() if answer.asked] == asked
    assert {seen[name].rcode for name in local} <= {NXDOMAIN}


def test_local_data_of_the_users_joins_a_special_zone() -> None:
    """`local-data` in a special zone is answered from it."""
    options = (Option("local-data", "nas.home.arpa A 192.0.2.7", HERE),)
    (got,) = resolve(replace(SETTINGS, options=options), ("nas.home.arpa.", "A"))
    assert "192.0.2.7" in got.answer[0]


def test_names_are_data() -> None:
    """Each name is there once, lower case, with its source."""
    found = special_names()
    assert len({entry.name for entry in found}) == len(found)
    assert all(entry.source.startswith("RFC ") for entry in found)
    assert all(entry.text == entry.text.lower() for entry in found)
