# SPDX-License-Identifier: Apache-2.0
"""Lines that C makes of events are the lines that Python writes for them, octet for octet."""

from __future__ import annotations

import logging
import struct
from typing import NamedTuple

import dns.rdataclass
import dns.rdatatype
from cffi import FFI
from hypothesis import example, given
from hypothesis import strategies as st

from plugins.log.lines import COMBINED, COMMON, compile_format, compile_program
from plugins.log.log import Log, Rule
from plugins.log.objects import JSON_PROGRAM, as_json
from plugins.log.served import Served
from resolver import names
from resolver.block import Block, Key
from resolver.classify import Class
from resolver.engine.lines import Field
from resolver.native.counts import Ledger, Shape
from resolver.native.events import read_records
from resolver.native.lines import TEXT_OCTETS, program_octets
from resolver.testing import FixedClock

PLAN, START = 7, "[INFO] "
SENT = 1  # enum rn_event_bit
ffi = FFI()
ROOM = ffi.new("char[]", TEXT_OCTETS)
PLACEHOLDERS = (
    *("{type}", "{name}", "{class}", "{proto}", "{remote}", "{local}", "{port}", "{size}"),
    *("{rcode}", "{rsize}", "{duration}", "{>rflags}", "{>bufsize}", "{>do}", "{>id}"),
    *("{>opcode}", "{common}", "{combined}", "{when}", "{/view/name}"),
)
ALL = " ".join(word for word in PLACEHOLDERS if "/" not in word)


class Told(NamedTuple):
    """An event, by the fields of struct rn_event that lines tell."""

    name: bytes = b"\3www\7Example\3org\0"
    id: int = 4711
    more: int = 4  # octets of the query behind the name
    qtype: int = 1
    qclass: int = 1
    rcode: int = 0
    flags: int = 0x8180
    response_size: int = 45
    payload_size: int = 1232
    duration_ns: int = 37_990_251
    client: bytes = bytes((192, 0, 2, 7))
    local: bytes = bytes((127, 0, 0, 1))
    port: int = 50759
    scope: int = 0
    transport: int = 0
    by: int = 1
    response_class: int = 0
    failure: int = 0
    bits: int = SENT

    def record(self) -> bytes:
        """Return its record."""
        header = self.id.to_bytes(2, "big") + bytes(10)
        query = header + self.name + bytes(self.more)
        head = struct.pack(
            "=IIq12H2I16s16s8B",
            (88 + len(query) + 7) // 8 * 8,
            PLAN,
            self.duration_ns,
            *(0, 0, 0, len(query), self.rcode, self.response_size, self.flags),
            *(self.qtype, self.qclass, self.payload_size, self.port, 53, self.scope, self.scope),
            self.client,
            self.local,
            *(4 if len(end) == 4 else 6 for end in (self.client, self.local)),
            *(self.transport, self.by, self.response_class, self.failure),
            *(len(self.name), self.bits),
        )
        return head + query + bytes(-len(head + query) % 8)


def events() -> st.SearchStrategy[Told]:
    """Return any; numbers that have words more often than others."""
    word = st.integers(0, 0xFFFF)
    label = st.one_of(
        st.binary(min_size=1, max_size=63),
        st.text("aZ0-.\"\\;()@ \t\n'%", min_size=1, max_size=9).map(str.encode),
    )
    name = st.lists(label, max_size=3).map(names.from_labels)
    address = st.one_of(
        st.binary(min_size=4, max_size=4),
        st.binary(min_size=16, max_size=16),
        st.sampled_from(
            [b"\xfe\x80" + bytes(13) + b"\1", bytes(10) + b"\xff\xff\x7f\0\0\1", bytes(16)]
        ),
    )
    return st.builds(
        Told,
        name=name,
        id=word,
        more=st.integers(0, 600),
        qtype=st.one_of(word, st.sampled_from([int(each) for each in dns.rdatatype.RdataType])),
        qclass=st.one_of(word, st.sampled_from([int(each) for each in dns.rdataclass.RdataClass])),
        rcode=st.one_of(st.integers(0, 4095), st.integers(0, 23)),
        flags=word,
        response_size=word,
        payload_size=word,
        duration_ns=st.one_of(
            st.integers(0, 10**6),
            st.integers(0, 10**11),
            st.integers(0, 15).map(lambda places: 10**places),
            st.integers(-(10**18), 10**18),
        ),
        client=address,
        local=address,
        port=word,
        scope=st.sampled_from([0, 0, 1, 77]),
        transport=st.integers(0, 4),
        by=st.integers(0, 3),
        response_class=st.integers(0, 2),
        failure=st.integers(0, 2),
        bits=st.integers(0, 15),
    )


class Sides:
    """A log, and the events that it would be told of."""

    def __init__(self, *rules: Rule) -> None:
        block = Block((Key("dns", names.ROOT, 53),), {})
        self.log = Log(rules, block, FixedClock(), logging.getLogger("log"))
        block = Block((Key("dns", names.ROOT, 53),), {}, handlers=[self.log])
        self._ledger = Ledger(PLAN, Shape(("dns://:53",), (block,), (0,), ((),)))

    def by_python(self, octets: bytes) -> list[str]:
        """Return the lines that Python writes."""
        lines = []
        for event in read_records(octets, self._ledger):
            rule = next((r for r in self.log.rules if names.is_below(event.qname, r.zone)), None)
            if rule is not None and (rule.classes is None or event.response_class in rule.classes):
                start = "" if rule.line is as_json else START
                lines.append(start + rule.line(Served(event)))
        return lines

    def by_c(self, octets: bytes) -> tuple[list[str], bytes]:
        """Return those of C, and the records that it leaves."""
        records = ffi.new("uint8_t[]", octets)
        made = self._ledger.lines.make(records, len(octets), START.encode(), ROOM)
        assert made.read == len(octets)
        lines = made.text.decode().split("\n")
        assert lines.pop() == ""
        assert len(lines) == made.lines
        return lines, bytes(ffi.buffer(records, made.left))


def rule_of(text: str) -> Rule:
    return Rule(names.ROOT, compile_format(text), program=compile_program(text))


FORMATS = st.lists(st.one_of(st.sampled_from(PLACEHOLDERS), st.text()), max_size=12).map("".join)


@given(st.lists(events(), min_size=1, max_size=4), FORMATS)
@example([Told()], COMMON)
@example([Told()], COMBINED)
@example([Told(bits=0, rcode=3, flags=0, response_size=0)], ALL)
@example([Told()], "x" * 700 + "{name}\u00e4\u2603")
def test_formats(told: list[Told], text: str) -> None:
    """C's lines and those of what it leaves to Python are all lines; it leaves little."""
    octets, sides = b"".join(each.record() for each in told), Sides(rule_of(text))
    lines, left = sides.by_c(octets)
    assert sorted(lines + sides.by_python(left)) == sorted(sides.by_python(octets))
    if compile_program(text) is not None and not any(each.scope for each in told):
        assert left == b""


@given(events())
@example(Told(name=b'\6a"b\\c.\0'))
@example(Told(duration_ns=0))
def test_json(told: Told) -> None:
    """Objects are equal in each octet, numbers too."""
    sides = Sides(Rule(names.ROOT, as_json, program=JSON_PROGRAM))
    lines, left = sides.by_c(told.record())
    assert lines + sides.by_python(left) == sides.by_python(told.record())
    if not told.scope and 0 <= told.duration_ns < 10**15:
        assert left == b""


def test_words_of_all_numbers() -> None:
    """Types, classes and RCODEs, also those without a name."""
    sides = Sides(rule_of("{type} {class} {rcode}"))
    for first in range(0, 1 << 16, 512):
        octets = b"".join(
            Told(qtype=n, qclass=n, rcode=n % 4096).record() for n in range(first, first + 512)
        )
        lines, left = sides.by_c(octets)
        assert (lines, left) == (sides.by_python(octets), b"")


def test_the_first_rule_counts_and_its_classes() -> None:
    """As in the chain: what it does not want no other rule tells; what C cannot write is left."""
    sides = Sides(
        Rule(
            names.from_text("example.org."),
            compile_format("one {name}"),
            frozenset({Class.ERROR}),
            program=compile_program("one {name}"),
        ),
        Rule(names.from_text("org."), compile_format("{/a/b}"), needs_labels=True),
        rule_of("three {name}"),
    )
    told = [
        Told(name=name, response_class=kind)
        for name in (b"\1a\7EXAMPLE\3org\0", b"\3net\0", b"\1a\3org\0")
        for kind in (0, 2)
    ]
    lines, left = sides.by_c(b"".join(each.record() for each in told))
    assert lines == [START + "one a.example.org.", *[START + "three net."] * 2]
    assert sides.by_python(left) == [START + "-"] * 2


def test_a_line_that_is_too_long_for_c_is_pythons() -> None:
    """Nothing is cut off."""
    text = "{name}" * 17
    sides = Sides(rule_of(text))
    lines, left = sides.by_c(Told().record())
    assert (lines, sides.by_python(left)) == ([], [START + "www.example.org." * 17])


def test_fields_have_numbers() -> None:
    """Each is known to C by its own."""
    assert len(set(program_octets(tuple(Field)))) == len(Field)


def test_what_drives_terminals_is_pythons() -> None:
    """A format with such an octet: the log escapes it."""
    assert compile_program("a\x1b{name}") is None
