# SPDX-License-Identifier: Apache-2.0
"""Reading of hosts files (hosts(5)): lines with an address and its names, `#` before a comment.

What cannot be read is told with its line and left out; the rest of the line, and of the file, is
kept.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable

from plugins.hosts.host_table import HostTable
from resolver import names
from resolver.errors import DomainNameError

Complain = Callable[[int, str], None]
"""Told of what is left out: the line, counted from 1, and what is wrong with it."""

# What nearly all names are: read without looking at each octet in Python.
_PLAIN = re.compile(rb"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_PLAIN_OCTETS = 253
_LENGTHS = [bytes([length]) for length in range(64)]


def read_lines(
    lines: Iterable[bytes],
    table: HostTable,
    is_wanted: Callable[[bytes], bool] | None,
    complain: Complain,
) -> None:
    """Add all names that `is_wanted` (None: all) to a table, with their addresses."""
    last_word, address = b"", None
    for number, line in enumerate(lines, 1):
        words = line.partition(b"#")[0].split()
        if not words:
            continue
        if words[0] != last_word:
            last_word = words[0]
            address = address_of_word(last_word)
        if address is None:
            complain(number, f"not an address: '{_shown(words[0])}'")
            continue
        if len(words) == 1:
            complain(number, f"no name for address '{_shown(words[0])}'")
        for word in words[1:]:
            try:
                name = name_of_word(word)
            except DomainNameError as error:
                complain(number, str(error))
                continue
            if is_wanted is not None and not is_wanted(name):
                continue
            if not table.add(name, address):
                complain(number, f"more than 255 addresses for name '{_shown(word)}'")


def address_of_word(word: bytes) -> bytes | None:
    """Return an address as 4 or 16 octets, without the scope of an IPv6 one; None if it is none."""
    text = word.partition(b"%")[0]
    try:
        if b":" in text:
            return socket.inet_pton(socket.AF_INET6, text.decode("ascii"))
        return socket.inet_pton(socket.AF_INET, word.decode("ascii"))
    except (OSError, ValueError):
        return None


def name_of_word(word: bytes) -> bytes:
    """Return a name in lower-case wire form; it is fully qualified, with or without final dot.

    Raises DomainNameError if it is none.
    """
    word = word.lower()
    if _PLAIN.fullmatch(word) is not None and len(word) <= _PLAIN_OCTETS:
        labels = word.split(b".")
        if not labels[-1]:
            labels.pop()
        return b"".join([_LENGTHS[len(label)] + label for label in labels]) + b"\x00"
    name = names.from_text(word.decode("utf-8", "backslashreplace"))
    if name == names.ROOT:
        raise DomainNameError("not a host's name: '.'")
    return name


def _shown(word: bytes) -> str:
    return word[:80].decode("utf-8", "backslashreplace")
