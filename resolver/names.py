# SPDX-License-Identifier: Apache-2.0
"""Domain names as the core holds them: lower-case uncompressed wire form, `bytes`.

Two names are equal if their octets are (RFC 4343: case is folded once, on the way in); a name is
at or below a zone if it ends in the zone's octets at a label's start. dnspython's `dns.name.Name`
is left to set-up and to plugins that ask for `message()`.
"""

from collections.abc import Iterable, Iterator

from resolver.errors import DomainNameError

ROOT = b"\x00"
MAX_NAME_OCTETS = 255  # RFC 1035, 2.3.4
MAX_LABEL_OCTETS = 63

# Lower-cases the ASCII letters of a name in one go: length octets are <= 63, below every letter.
_LOWER = bytes(range(65)) + bytes(range(97, 123)) + bytes(range(91, 256))
_PLAIN_OCTETS = (
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_*+/=!#$%&'<>?[]^`{|}~:,"
)
_PLAIN = frozenset(_PLAIN_OCTETS)


def lower(name: bytes) -> bytes:
    """Return `name` (uncompressed wire form) with ASCII letters in lower case (RFC 4343)."""
    return name.translate(_LOWER)


def from_text(text: str) -> bytes:
    r"""Return the lower-case wire form of a name in presentation form, taken as fully qualified.

    Escapes `\.` and `\DDD` are understood (RFC 1035, 5.1). Text beyond ASCII is refused.

    Raises DomainNameError if a label is empty or over 63 octets, or the name over 255.
    """
    return lower(from_text_as_is(text))


def from_text_as_is(text: str) -> bytes:
    """Return the wire form of a name in presentation form, its case kept; see `from_text`."""
    if text in (".", ""):
        if text == "":
            raise DomainNameError("empty name")
        return ROOT
    labels: list[bytes] = []
    label = bytearray()
    i, end = 0, len(text)
    ended_in_dot = False
    while i < end:
        char = text[i]
        ended_in_dot = False
        if char == "\\":
            octet, i = _escape(text, i + 1)
            label.append(octet)
            continue
        i += 1
        if char == ".":
            labels.append(bytes(label))
            label.clear()
            ended_in_dot = True
            continue
        if not 0x20 < ord(char) < 0x7F:
            raise DomainNameError(f"not an ASCII domain name: {text!r}")
        label.append(ord(char))
    if not ended_in_dot:
        labels.append(bytes(label))
    return from_labels(labels, text)


def _escape(text: str, i: int) -> tuple[int, int]:
    """Return the octet that the escape at `i` (behind its backslash) stands for, and its end."""
    digits = text[i : i + 3]
    if len(digits) == 3 and digits.isascii() and digits.isdigit():
        if int(digits) > 255:
            raise DomainNameError(f"bad escape in name: {text!r}")
        return int(digits), i + 3
    if i >= len(text) or not text[i].isascii() or text[i].isdigit():
        raise DomainNameError(f"bad escape in name: {text!r}")
    return ord(text[i]), i + 1


def from_labels(labels: Iterable[bytes], shown: object = None) -> bytes:
    """Return the wire form made of `labels` (without the root's); their case is kept.

    Raises DomainNameError if a label is empty or over 63 octets, or the name over 255; the text of
    the error shows `shown`.
    """
    wire = bytearray()
    for label in labels:
        if not label:
            raise DomainNameError(f"empty label in name: {shown!r}")
        if len(label) > MAX_LABEL_OCTETS:
            raise DomainNameError(f"label over 63 octets in name: {shown!r}")
        wire.append(len(label))
        wire += label
    wire.append(0)
    if len(wire) > MAX_NAME_OCTETS:
        raise DomainNameError(f"name over 255 octets: {shown!r}")
    return bytes(wire)


def to_text(name: bytes) -> str:
    r"""Return the presentation form of a wire-form name, with its final dot.

    Octets that are not plain are escaped as `\DDD`, dots, quotes and backslashes as `\.` and so on.
    """
    parts: list[bytes] = []
    at = 0
    while size := name[at]:
        parts.append(name[at + 1 : at + 1 + size])
        at += 1 + size
    if not b"".join(parts).translate(None, _PLAIN_OCTETS):  # as nearly all are
        return b".".join(parts).decode("ascii") + "."
    return "".join(f"{''.join(map(_shown, label))}." for label in parts)


def _shown(octet: int) -> str:
    if octet in _PLAIN:
        return chr(octet)
    if octet in b'."\\();@':
        return "\\" + chr(octet)
    return f"\\{octet:03d}"


def is_well_formed(name: bytes) -> bool:
    """Return whether octets are one name in wire form, and nothing else."""
    at = 0
    while at < len(name) and 0 < name[at] <= MAX_LABEL_OCTETS:
        at += 1 + name[at]
    return at == len(name) - 1 and name[at] == 0 and len(name) <= MAX_NAME_OCTETS


def labels(name: bytes) -> Iterator[bytes]:
    """Yield the labels of a wire-form name from the left, the root's left out."""
    at = 0
    while name[at]:
        yield name[at + 1 : at + 1 + name[at]]
        at += 1 + name[at]


def count_labels(name: bytes) -> int:
    """Return the number of labels, the root's not counted: 0 for the root."""
    count = at = 0
    while name[at]:
        at += 1 + name[at]
        count += 1
    return count


def suffixes(name: bytes) -> Iterator[bytes]:
    """Yield `name`, then each name above it, the root last."""
    at = 0
    while name[at]:
        yield name[at:]
        at += 1 + name[at]
    yield ROOT


def parent(name: bytes) -> bytes:
    """Return the name one label up; the root's parent is the root."""
    return name[1 + name[0] :] if name[0] else ROOT


def last_labels(name: bytes, count: int) -> bytes:
    """Return the suffix of `name` that has its last `count` labels (all of it if it has fewer)."""
    kept = list(suffixes(name))
    return kept[max(0, len(kept) - 1 - count)]


def is_below(name: bytes, zone: bytes) -> bool:
    """Return whether lower-case `name` is at or below lower-case `zone` (RFC 9499: a subdomain)."""
    if zone == ROOT:
        return True
    if not name.endswith(zone):
        return False
    at = 0
    end = len(name) - len(zone)
    while at < end:
        at += 1 + name[at]
    return at == end


def longest_match(name: bytes, zones: Iterable[bytes]) -> bytes | None:
    """Return the longest of `zones` that `name` is at or below, or None.

    Give a set (or dict) when there are many: then it costs one look-up a label.
    """
    if isinstance(zones, (set, frozenset, dict)) and len(zones) > 1:
        return next((suffix for suffix in suffixes(name) if suffix in zones), None)
    best: bytes | None = None
    for zone in zones:
        if (best is None or len(zone) > len(best)) and is_below(name, zone):
            best = zone
    return best
