# SPDX-License-Identifier: Apache-2.0
"""Log lines: formats with placeholders, compiled once. JSON is in plugins.log.objects."""

import re
from collections.abc import Callable
from functools import lru_cache

import dns.rcode
import dns.rdataclass
import dns.rdatatype

from plugins.log.told import Told, duration, flag_names
from resolver.engine.lines import Field, Program

COMMON = (
    '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" '
    "{rcode} {>rflags} {rsize} {duration}"
)
COMBINED = COMMON + ' "{>opcode}"'

Formatter = Callable[[Told], str]

_REMEMBERED = 256  # names of numbers: looking them up costs more than all else in a line
_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")
_LABEL = re.compile(r"\{/([^{}]+)\}")


@lru_cache(_REMEMBERED)
def type_name(qtype: int) -> str:
    """Return a type's name."""
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(qtype))


@lru_cache(_REMEMBERED)
def class_name(qclass: int) -> str:
    """Return a class's name."""
    return dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(qclass))


@lru_cache(_REMEMBERED)
def rcode_name(rcode: int) -> str:
    """Return an RCODE's name."""
    return dns.rcode.to_text(dns.rcode.Rcode.make(rcode))


@lru_cache(_REMEMBERED)
def _joined_flags(flags: int) -> str:
    return ",".join(flag_names(flags))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


# What stands for each placeholder: how Python writes it, and the same as data.
_VALUES: dict[str, tuple[Formatter, Field | str]] = {
    "{type}": (lambda told: type_name(told.qtype), Field.TYPE),
    "{name}": (lambda told: told.name, Field.NAME),
    "{class}": (lambda told: class_name(told.qclass), Field.CLASS),
    "{proto}": (lambda told: told.proto, Field.PROTO),
    "{remote}": (lambda told: _bracketed(told.client[0]), Field.REMOTE),
    "{local}": (lambda told: _bracketed(told.local[0]), Field.LOCAL),
    "{port}": (lambda told: str(told.client[1]), Field.PORT),
    "{size}": (lambda told: str(told.size), Field.SIZE),
    "{rcode}": (lambda told: rcode_name(told.rcode) if told.is_sent else "-", Field.RCODE),
    "{rsize}": (lambda told: str(told.response_size), Field.RSIZE),
    "{duration}": (lambda told: duration(told.duration_ns), Field.DURATION),
    "{>rflags}": (lambda told: _joined_flags(told.flags), Field.RFLAGS),
    "{>bufsize}": (lambda told: str(told.payload_size), Field.BUFSIZE),
    "{>do}": (lambda told: "true" if told.do else "false", Field.DO),
    "{>id}": (lambda told: str(told.id), Field.ID),
    "{>opcode}": (lambda _: "0", "0"),  # another opcode than QUERY never gets as far as a chain
}


def compile_format(text: str) -> Formatter:
    """Return a function from what is told of a query to its line.

    A value that is not there is `-`; `{/plugin/label}` is a label of the query; other words in
    braces stay as they are.
    """
    template = ""
    values: list[Formatter] = []
    for word in _words(text):
        value = _value(word)
        if value is None:
            template += word.replace("%", "%%")
        else:
            template += "%s"
            values.append(value)
    return lambda told: template % tuple([value(told) or "-" for value in values])


def compile_program(text: str) -> Program | None:
    """Return the same line as data; None if it has a label, or an octet that no line is to have."""
    program: list[str | Field] = []
    for word in _words(text):
        if _LABEL.fullmatch(word) or not word.isprintable():
            return None
        part = _VALUES[word][1] if word in _VALUES else word
        if isinstance(part, str) and program and isinstance(program[-1], str):
            program[-1] += part
        elif part:
            program.append(part)
    return tuple(program)


def _words(text: str) -> list[str]:
    """Return a format's placeholders, and what stands between them."""
    expanded = text.replace("{common}", COMMON).replace("{combined}", COMBINED)
    return _PLACEHOLDER.split(expanded)


def needs_labels(text: str) -> bool:
    """Return whether a format has placeholders for labels of the query."""
    return _LABEL.search(text) is not None


def _value(word: str) -> Formatter | None:
    """Return what gives the value of a placeholder, None for a word that is none."""
    label = _LABEL.fullmatch(word)
    if label is None:
        return _VALUES[word][0] if word in _VALUES else None
    name = label[1]
    return lambda told: told.label(name)
