# SPDX-License-Identifier: Apache-2.0
"""Trust anchors: the shipped ones, those of a file, and those of a tracked state (RFC 5011)."""

import re
from collections.abc import Iterator
from pathlib import Path

from resolver import names
from resolver.errors import ConfigurationError, DomainNameError, ResolverError
from resolver.recursion.anchor_rdata import rdata_text

MAX_OCTETS = 1 << 20
_TYPES = frozenset({"DS", "DNSKEY"})
_ZONE_KEY = 0x0100  # RFC 4034, 2.1.1
_REVOKE = 0x0080  # RFC 5011, 7
# libunbound's states of RFC 5011, 4.3, of which VALID and MISSING keys are trusted.
_TRUSTED_STATES = {"2", "3"}
_STATE = re.compile(r";;state=(\d)")
_LAST_SUCCESS = re.compile(r"^;;last_success: (\d+)", re.MULTILINE)
_HOLD_DOWN_S = 30 * 86400  # RFC 5011, 2.4.1: a new key is trusted when it was seen so long


def shipped() -> tuple[str, ...]:
    """Return the root's trust anchors that this release ships, as DNSKEY records."""
    path = Path(__file__).parent / "data" / "root.key"
    return parse(path.read_text("ascii"), str(path))


def read(path: Path) -> tuple[str, ...]:
    """Return the DS and DNSKEY records of a user's file, each in one line.

    Raises ConfigurationError, with the line, if it cannot be read, has another record, or none.
    """
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}", str(path)) from error
    if len(octets) > MAX_OCTETS:
        raise ConfigurationError(f"over {MAX_OCTETS} octets", str(path))
    return parse(octets.decode("utf-8", "replace"), str(path))


def parse(text: str, file: str) -> tuple[str, ...]:
    """Return the DS and DNSKEY records of `text`, in zone-file form; see `read`."""
    found: list[str] = []
    for line, words in _entries(text, file):
        try:
            found.append(_record(words, revoked=False))
        except (ResolverError, ValueError) as error:
            raise ConfigurationError(f"no trust anchor: {error}", file, line) from error
    if not found:
        raise ConfigurationError("no trust anchor in it", file)
    return tuple(found)


def parse_state(octets: bytes) -> tuple[str, ...]:
    """Return the keys that libunbound's anchor file trusts, as DNSKEY records of the root.

    Empty if the file is: nothing in it is trusted (all keys revoked, or cut off by a full disk).

    Raises ConfigurationError if it is not such a file.
    """
    trusted: list[str] = []
    for number, line in enumerate(octets.decode("utf-8", "replace").splitlines(), 1):
        state = _STATE.search(line)
        record = line.partition(";")[0].split()
        if not record:
            continue
        try:
            text = _record(record, revoked=True)
        except (ResolverError, ValueError) as error:
            raise ConfigurationError(f"no trust anchor: {error}", line=number) from error
        if not text.startswith(". ") or "DNSKEY" not in text:
            raise ConfigurationError("not a key of the root", line=number)
        if state is None or state[1] in _TRUSTED_STATES:
            trusted.append(text)
    return tuple(trusted)


def with_shipped(octets: bytes, wall_s: float) -> bytes:
    """Return an anchor file's octets, shipped keys that it never heard of added if it is old.

    A machine that was off during a roll-over then starts with the keys of its release. A file that
    saw the root within the last 30 days missed nothing, and is left as it is: what it dropped was
    revoked. So is a key that the file knows, whatever its state.
    """
    text = octets.decode("utf-8", "replace")
    seen = _LAST_SUCCESS.search(text)
    if seen is not None and wall_s - int(seen[1]) < _HOLD_DOWN_S:
        return octets
    lines = [line.partition(";")[0].split() for line in text.splitlines()]
    known = {_public_key(words) for words in lines if "DNSKEY" in words}
    out = octets if octets.endswith(b"\n") else octets + b"\n"
    for record in shipped():
        if _public_key(record.split()) not in known:
            # 1.26 skips a key without its state where other lines have one.
            mark = f";;state=2 [  VALID  ] ;;count=0 ;;lastchange={int(wall_s)} ;;shipped"
            out += f"{record} {mark}\n".encode()
    return out


def _public_key(words: list[str]) -> str:
    """Return the key of a DNSKEY record's words: all behind flags, protocol and algorithm."""
    return "".join(words[words.index("DNSKEY") + 4 :])


def _record(words: list[str], revoked: bool) -> str:
    """Return `OWNER 172800 IN TYPE RDATA` for the words of a record; TTL and class may lack.

    `revoked` says whether a key with the REVOKE bit will do.
    """
    owner = names.to_text(names.from_text(words[0]))
    rest = words[1:]
    while rest and (rest[0].isdigit() or rest[0].upper() == "IN"):
        rest = rest[1:]
    if not rest or rest[0].upper() not in _TYPES:
        kind = rest[0] if rest else "no type"
        raise ResolverError(f"DS or DNSKEY record wanted, found {kind}")
    kind = rest[0].upper()
    rdata = rdata_text(kind, rest[1:])
    if kind == "DNSKEY":
        flags, protocol, _, *key = rdata.split()
        if not int(flags) & _ZONE_KEY or protocol != "3":
            raise ResolverError("not a zone key")
        if not key:
            raise ResolverError("a key without octets")
        if int(flags) & _REVOKE and not revoked:
            raise ResolverError("the key is revoked")
    return f"{owner} 172800 IN {kind} {rdata}"


def _entries(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which a record starts, and its words; parentheses join lines."""
    words: list[str] = []
    start = depth = number = 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition(";")[0].replace("(", " ( ").replace(")", " ) ")
        for word in line.split():
            if word == "(":
                depth += 1
            elif word == ")":
                depth -= 1
            else:
                start = start if words else number
                words.append(word)
        if depth < 0:
            raise ConfigurationError("')' without '('", file, number)
        if words and not depth:
            yield start, words
            words = []
    if depth:
        raise ConfigurationError("'(' without ')'", file, number)


def anchor_owner(value: str) -> bytes | None:
    """Return whose trust anchor the value of a `trust-anchor` option is, or None."""
    try:
        return names.from_text(value.split()[0])
    except (DomainNameError, IndexError):
        return None
