# SPDX-License-Identifier: Apache-2.0
"""Log lines: formats with placeholders, compiled once, and JSON."""

import json
import re
from collections.abc import Callable

import dns.rdataclass
import dns.rdatatype

from plugins.log.told import Told, duration, rcode_text

COMMON = (
    '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" '
    "{rcode} {>rflags} {rsize} {duration}"
)
COMBINED = COMMON + ' "{>opcode}"'

Formatter = Callable[[Told], str]

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_LABEL = re.compile(r"\{/([^{}]+)\}")


def type_text(told: Told) -> str:
    """Return the QTYPE's name."""
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(told.qtype))


def class_text(told: Told) -> str:
    """Return the QCLASS's name."""
    return dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(told.qclass))


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


_VALUES: dict[str, Formatter] = {
    "{type}": type_text,
    "{name}": lambda told: told.name,
    "{class}": class_text,
    "{proto}": lambda told: told.proto,
    "{remote}": lambda told: _bracketed(told.client[0]),
    "{local}": lambda told: _bracketed(told.local[0]),
    "{port}": lambda told: str(told.client[1]),
    "{size}": lambda told: str(told.size),
    "{rcode}": rcode_text,
    "{rsize}": lambda told: str(told.response_size),
    "{duration}": lambda told: duration(told.duration_ns),
    "{>rflags}": lambda told: ",".join(told.response_flags),
    "{>bufsize}": lambda told: str(told.payload_size),
    "{>do}": lambda told: "true" if told.do else "false",
    "{>id}": lambda told: str(told.id),
    "{>opcode}": lambda _: "0",  # another opcode than QUERY never gets as far as a chain
}


def compile_format(text: str) -> Formatter:
    """Return a function from what is told of a query to its line.

    A value that is not there is `-`; `{/plugin/label}` is a label of the query; other words in
    braces stay as they are.
    """
    expanded = text.replace("{common}", COMMON).replace("{combined}", COMBINED)
    parts: list[Formatter] = []
    at = 0
    for found in _PLACEHOLDER.finditer(expanded):
        parts.append(_literal(expanded[at : found.start()]))
        parts.append(_part(found[0]))
        at = found.end()
    parts.append(_literal(expanded[at:]))
    return lambda told: "".join([part(told) for part in parts])


def needs_labels(text: str) -> bool:
    """Return whether a format has placeholders for labels of the query."""
    return _LABEL.search(text) is not None


def _literal(text: str) -> Formatter:
    return lambda _: text


def _part(word: str) -> Formatter:
    value = _VALUES.get(word)
    if value is not None:
        known = value
        return lambda told: known(told) or "-"
    label = _LABEL.fullmatch(word)
    if label is None:
        return _literal(word)
    name = label[1]
    return lambda told: told.label(name) or "-"


def as_json(told: Told) -> str:
    """Return what is told of a query as one JSON object.

    Numbers are numbers, what is not there is null.
    """
    return json.dumps(
        {
            "client": told.client[0],
            "port": told.client[1],
            "local": told.local[0],
            "id": told.id,
            "type": type_text(told),
            "class": class_text(told),
            "name": told.name,
            "proto": told.proto,
            "size": told.size,
            "do": told.do,
            "bufsize": told.payload_size,
            "rcode": rcode_text(told) if told.is_sent else None,
            "rflags": told.response_flags,
            "rsize": told.response_size,
            "duration_s": told.duration_ns / 1_000_000_000,
            "plugin": told.plugin,
        },
        separators=(",", ":"),
    )
