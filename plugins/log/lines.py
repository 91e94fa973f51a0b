# SPDX-License-Identifier: Apache-2.0
"""Log lines: formats with placeholders, compiled once, and JSON."""

import json
import re
from collections.abc import Callable

from plugins.log.exchange import Exchange

COMMON = (
    '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" '
    "{rcode} {>rflags} {rsize} {duration}"
)
COMBINED = COMMON + ' "{>opcode}"'

Formatter = Callable[[Exchange], str]

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_LABEL = re.compile(r"\{/([^{}]+)\}")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


_VALUES: dict[str, Formatter] = {
    "{type}": lambda e: e.type_text,
    "{name}": lambda e: e.request.name,
    "{class}": lambda e: e.class_text,
    "{proto}": lambda e: e.request.transport.proto,
    "{remote}": lambda e: _bracketed(e.request.client.host),
    "{local}": lambda e: _bracketed(e.request.local.host),
    "{port}": lambda e: str(e.request.client.port),
    "{size}": lambda e: str(e.request.size),
    "{rcode}": lambda e: e.rcode_text,
    "{rsize}": lambda e: str(e.response_size),
    "{duration}": lambda e: e.duration,
    "{>rflags}": lambda e: ",".join(e.response_flags),
    "{>bufsize}": lambda e: str(e.payload_size),
    "{>do}": lambda e: "true" if e.request.do else "false",
    "{>id}": lambda e: str(e.request.id),
    "{>opcode}": lambda _: "0",  # another opcode than QUERY never gets as far as a chain
}


def compile_format(text: str) -> Formatter:
    """Return a function from an exchange to its line.

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
    return lambda exchange: "".join(part(exchange) for part in parts)


def needs_labels(text: str) -> bool:
    """Return whether a format has placeholders for labels of the query."""
    return _LABEL.search(text) is not None


def _literal(text: str) -> Formatter:
    return lambda _: text


def _part(word: str) -> Formatter:
    value = _VALUES.get(word)
    if value is not None:
        known = value
        return lambda exchange: known(exchange) or "-"
    label = _LABEL.fullmatch(word)
    return _literal(word) if label is None else _label(label[1])


def _label(name: str) -> Formatter:
    def value(exchange: Exchange) -> str:
        found = exchange.request.labels.get(name)
        return (found() if found is not None else "") or "-"

    return value


def as_json(exchange: Exchange) -> str:
    """Return an exchange as one JSON object; numbers are numbers, what is not there is null."""
    request = exchange.request
    sent = exchange.response is not None or exchange.rcode is not None
    return json.dumps(
        {
            "client": request.client.host,
            "port": request.client.port,
            "local": request.local.host,
            "id": request.id,
            "type": exchange.type_text,
            "class": exchange.class_text,
            "name": request.name,
            "proto": request.transport.proto,
            "size": request.size,
            "do": request.do,
            "bufsize": exchange.payload_size,
            "rcode": exchange.rcode_text if sent else None,
            "rflags": exchange.response_flags,
            "rsize": exchange.response_size,
            "duration_s": exchange.duration_ns / 1_000_000_000,
            "plugin": exchange.response.plugin if exchange.response is not None else None,
        },
        separators=(",", ":"),
    )
