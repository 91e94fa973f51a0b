# SPDX-License-Identifier: Apache-2.0
"""Lines of the log that C makes of events: the rules of a plan's blocks, handed over as data."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import dns.rcode
import dns.rdataclass
import dns.rdatatype

from resolver._native import ffi, lib
from resolver.block import Block
from resolver.classify import Class
from resolver.engine.lines import LineRule, Program, line_observer
from resolver.engine.observed import event_observers
from resolver.errors import ResolverError
from resolver.native.counters import PLUGINS
from resolver.native.given import Given, check

if TYPE_CHECKING:
    from resolver._native import CData

TEXT_OCTETS = 1 << 18  # of lines that are made in one call: of all events of one call

_CLASSES = tuple(Class)
_LITERAL_MAX = 255


class Made(NamedTuple):
    """What became of records; see struct rn_lined. Sizes in octets."""

    read: int
    left: int
    text: bytes
    lines: int


class Lines:
    """The lines of one plan. `number` is its ledger's. The event loop's thread only."""

    def __init__(self, number: int, blocks: Sequence[Block]) -> None:
        self._handle = lib.rn_lines_new(number, len(blocks))
        if self._handle == ffi.NULL:
            raise ResolverError(f"no lines for {len(blocks)} blocks")
        weakref.finalize(self, lib.rn_lines_free, self._handle).atexit = False
        self._made: CData = ffi.new("struct rn_lined *")
        has_rules = False
        for index, block in enumerate(blocks):
            observer = line_observer(block)
            rules = () if observer is None else observer.line_rules
            for rule in rules:
                self._add(index, rule)
            has_rules = has_rules or bool(rules)
            others = [each.wanted for each in event_observers(block) if each is not observer]
            left = lib.RN_LEFT_NONE
            if any(wanted.classes for wanted in others):
                left = lib.RN_LEFT_ALL
            elif any(wanted.failures for wanted in others):
                left = lib.RN_LEFT_FAILURES
            check(lib.rn_lines_leave(self._handle, index, left))
        if has_rules:
            for kind, words in _words().items():
                self._set_words(kind, words)

    def make(self, records: CData, length: int, start: bytes, room: CData) -> Made:
        """Make the lines of the first records, all of this plan; what is left moves to the front.

        room: TEXT_OCTETS that are made use of.
        """
        made = self._made
        lib.rn_lines_make(self._handle, records, length, start, len(start), room, TEXT_OCTETS, made)
        return Made(made.read, made.left, bytes(ffi.buffer(room, made.size)), made.count)

    def _add(self, block: int, rule: LineRule) -> None:
        given = Given("rn_line_rule", block=block, is_whole=rule.is_whole)
        given.it.classes = sum(1 << _CLASSES.index(kind) for kind in rule.classes)
        given.put_octets("zone", "uint8_t[]", rule.zone)
        given.it.zone_length = len(rule.zone)
        if rule.program is not None:
            octets = program_octets(rule.program)
            given.put_octets("program", "uint8_t[]", octets)
            given.it.program_length = len(octets)
        status = lib.rn_lines_add_rule(self._handle, given.it)
        if status == lib.RN_EVALUE and rule.program is not None:  # so long that Python writes it
            given.it.program = ffi.NULL
            status = lib.rn_lines_add_rule(self._handle, given.it)
        check(status)

    def _set_words(self, kind: int, words: Sequence[tuple[int, str]]) -> None:
        texts = [text.encode() for _, text in words]
        numbers = ffi.new("uint16_t[]", [number for number, _ in words])
        lengths = ffi.new("uint8_t[]", [len(text) for text in texts])
        text = b"".join(texts)
        check(lib.rn_lines_set_words(self._handle, kind, numbers, lengths, text, len(words)))


def program_octets(program: Program) -> bytes:
    """Return a program as C reads it."""
    octets = bytearray()
    for part in program:
        if isinstance(part, str):
            text = part.encode()
            for at in range(0, len(text), _LITERAL_MAX):
                piece = text[at : at + _LITERAL_MAX]
                octets += bytes((lib.RN_LINE_LITERAL, len(piece))) + piece
        else:
            octets.append(getattr(lib, f"RN_LINE_{part.name}"))
    return bytes(octets)


@cache
def _words() -> dict[int, tuple[tuple[int, str], ...]]:
    """Return the words of numbers that have some, by enum rn_words_of, in rising order."""

    def those(named: Iterable[tuple[int, str]], prefix: str) -> tuple[tuple[int, str], ...]:
        return tuple(sorted({(n, text) for n, text in named if text != f"{prefix}{n}"}))

    types = ((int(each), dns.rdatatype.to_text(each)) for each in dns.rdatatype.RdataType)
    classes = ((int(each), dns.rdataclass.to_text(each)) for each in dns.rdataclass.RdataClass)
    rcodes = ((int(each), dns.rcode.to_text(each)) for each in dns.rcode.Rcode)
    return {
        lib.RN_WORDS_TYPES: those(types, "TYPE"),
        lib.RN_WORDS_CLASSES: those(classes, "CLASS"),
        lib.RN_WORDS_RCODES: those(rcodes, ""),
        lib.RN_WORDS_PLUGINS: tuple((by, name) for by, name in enumerate(PLUGINS) if name),
    }
