# SPDX-License-Identifier: Apache-2.0
"""Strategies for server blocks with claims, rules and views, and for the queries that they get."""

from __future__ import annotations

import ipaddress
import struct

from hypothesis import strategies as st

from plugins.acl.acl import Action, Policy, Rule
from plugins.acl.sources import Sources
from plugins.view.view import View
from resolver import names, wire
from resolver.block import Block, Key
from resolver.claims import Claim, Claims
from resolver.engine.plan import Step
from resolver.expressions.expression import compile_expression
from resolver.listeners import Listener
from resolver.plugin import Plugin
from resolver.query import Query, read_query
from resolver.request import Endpoint, Request, Transport
from resolver.testing.policies import POLICIES

ZONES = [
    "",
    "org",
    "example.org",
    "a.example.org",
    "b.a.example.org",
    "example.net",
    "10.in-addr.arpa",
]
CLIENTS = ["10.0.0.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "fe80::1%2", "::1", "203.0.113.9"]
NETWORKS = ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/33", "::/0"]

_few_numbers = st.sampled_from([1, 2, 28, 43, 255, 65280])
_odd_numbers = st.sampled_from([-1, 0, 65535, 65536])
_network = st.sampled_from(NETWORKS).map(ipaddress.ip_network)
_zone = st.sampled_from(ZONES).map(lambda text: names.from_text(text + "."))
_label = st.sampled_from([b"a", b"b", b"www", b"example", b"org", b"x" * 63, b"\0.A["])


def _lower(name: bytes) -> bytes:
    return names.lower(name)


@st.composite
def qname(draw: st.DrawFn) -> bytes:
    """Return a name as a client sends it, most often near one of the zones."""
    head = draw(st.lists(_label, max_size=3))
    tail = list(names.labels(draw(_zone)))
    sent = names.from_labels([*head, *tail])
    return sent.upper() if draw(st.booleans()) and b"A[" not in sent and b"x" not in sent else sent


_many = st.integers(5, 40).map(
    lambda count: frozenset(names.from_text(f"n{n}.example.org.") for n in range(count))
)
_names = st.one_of(st.frozensets(qname().map(_lower), max_size=6), _many)
_zones = st.one_of(
    st.frozensets(st.one_of(_zone, qname().map(_lower)), max_size=9),
    st.just(frozenset((b"\5ab\0", b"", names.from_text("example.org.")))),
)
_numbers = st.frozensets(st.one_of(_few_numbers, _odd_numbers), max_size=4)


@st.composite
def claim(draw: st.DrawFn) -> Claim:
    """Return a claim; a few of its conditions are set."""
    wanted = draw(st.frozensets(st.integers(0, 6), max_size=2))

    def maybe(number: int, strategy: st.SearchStrategy[frozenset[object]]) -> object:
        return draw(strategy) if number in wanted else None

    return Claim(
        zones=maybe(0, _zones),  # type: ignore[arg-type]  # drawn by its own strategy
        names=maybe(1, _names),  # type: ignore[arg-type]  # likewise
        qtypes=maybe(2, _numbers),  # type: ignore[arg-type]  # likewise
        qclasses=maybe(3, _numbers),  # type: ignore[arg-type]  # likewise
        edns_options=maybe(4, st.frozensets(st.sampled_from([3, 8, 10, 70000]))),  # type: ignore[arg-type]  # likewise
        transports=maybe(5, st.frozensets(st.sampled_from(list(Transport)))),  # type: ignore[arg-type]  # likewise
        first_labels=maybe(6, st.frozensets(st.one_of(_label, st.just(b"")))),  # type: ignore[arg-type]  # likewise
    )


claims = st.lists(claim(), max_size=3).map(tuple)

rule = st.builds(
    Rule,
    st.lists(_zone, min_size=1, max_size=3).map(tuple),
    st.sampled_from(list(Action)),
    st.none() | st.frozensets(_few_numbers, max_size=2),
    st.none() | st.lists(_network, max_size=3).map(Sources),
)
access = st.builds(
    Policy, st.lists(rule, max_size=4).map(tuple), st.none() | st.lists(_network).map(Sources)
)

_type_text = st.sampled_from(["A", "AAAA", "DS", "ANY", "TYPE65280", "TYPE1", "a", ""])
_name_text = st.one_of(
    qname().map(_lower).map(names.to_text), st.sampled_from(["a.example.org", "A.org.", "."])
)
_client_text = st.sampled_from([*CLIENTS, "010.0.0.1", "x"])


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_told = st.one_of(
    st.tuples(st.just("type()"), _type_text),
    st.tuples(st.just("name()"), _name_text),
    st.tuples(st.just("proto()"), st.sampled_from(["udp", "tcp", "UDP"])),
    st.tuples(st.just("client_ip()"), _client_text),
    st.tuples(st.just("server_ip()"), st.sampled_from(["192.0.2.53", "::1"])),
)
_leaf = st.one_of(
    st.sampled_from(["true", "false", "'a' == 'b'", "'a' in ['a']"]),
    _told.map(lambda pair: f"{pair[0]} == {_quoted(pair[1])}"),
    _told.map(lambda pair: f"{_quoted(pair[1])} != {pair[0]}"),
    st.lists(_told, min_size=1, max_size=4).map(
        lambda pairs: f"{pairs[0][0]} in [{', '.join(_quoted(pair[1]) for pair in pairs)}, 1]"
    ),
    _told.map(lambda pair: f"{pair[0]} not in [{_quoted(pair[1])}]"),
    st.sampled_from(NETWORKS).map(lambda text: f"incidr(client_ip(), '{text}')"),
)
expression = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        inner.map(lambda text: f"!({text})"),
        st.tuples(inner, st.sampled_from(["&&", "||", "and", "or"]), inner).map(
            lambda three: f"({three[0]}) {three[1]} ({three[2]})"
        ),
    ),
    max_leaves=8,
)
_undecidable = st.sampled_from(["do()", "name() matches 'a'", "size() > 40"])


class Acting(Plugin):
    """A handler that claims what it is told."""

    name = "acting"

    def __init__(self, claims: Claims) -> None:
        self._claims = claims

    def claims(self) -> Claims:
        """Claim that."""
        return self._claims


class Stepping(Acting):
    """A handler with a native form."""

    def __init__(self, step: Step, policy: object = None) -> None:
        super().__init__(())
        self.name = "acl" if step is Step.CLASSIFY else step.value
        self.native_step = step
        self.policy = POLICIES[step] if policy is None else policy


@st.composite
def block(draw: st.DrawFn, *, is_decidable: bool | None = None) -> Block:
    """Return a server block with a chain, maybe with a view.

    is_decidable: whether its view, if it has one, is data; None: either.
    """
    zones = draw(st.lists(_zone, min_size=1, max_size=3, unique=True))
    made = Block(tuple(Key("dns", zone, 53) for zone in zones), {}, order=["cache"])
    made.handlers = [
        Acting(draw(claims)),
        Stepping(Step.CLASSIFY, draw(access)),
        Stepping(Step.CACHE),
        Acting(draw(claims)),
        Stepping(Step.RECURSE),
    ]
    made.recursion_available = draw(st.booleans())
    if draw(st.booleans()):
        filters = draw(st.lists(expression, max_size=2))
        if is_decidable is False or (is_decidable is None and draw(st.integers(0, 3)) == 0):
            filters.append(draw(_undecidable))
        view = View("view", [compile_expression(text) for text in filters], made)
        made.view, made.admits, made.filters = "view", view.admits, view.filters
    return made


def listener(blocks: list[Block]) -> Listener:
    """Return a listener that serves them."""
    return Listener("dns", "", 53, tuple(blocks))


@st.composite
def query(draw: st.DrawFn) -> Request:
    """Return a query, its octets what is in it."""
    qtype, qclass = draw(_few_numbers), draw(st.sampled_from([1, 1, 1, 3]))
    codes = draw(st.lists(st.sampled_from([3, 8, 10, 11]), max_size=3))
    options = b"".join(struct.pack("!HH", code, 0) for code in codes)
    has_edns = codes != [] or draw(st.booleans())
    opt = b"\0" + struct.pack(
        "!HHLH", wire.OPT, 1232, draw(st.sampled_from([0, 0x8000])), len(options)
    )
    octets = struct.pack("!HHHHHH", 1, wire.RD, 1, 0, 0, has_edns)
    octets += draw(qname()) + struct.pack("!HH", qtype, qclass)
    octets += opt + options if has_edns else b""
    read = read_query(octets)
    assert isinstance(read, Query)
    client = Endpoint(draw(st.sampled_from(CLIENTS)), 4711)
    local = Endpoint(draw(st.sampled_from(["192.0.2.53", "::1"])), 53)
    return Request(octets, *read, client, local, draw(st.sampled_from(list(Transport))), 1000, 5000)
