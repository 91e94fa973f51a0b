# SPDX-License-Identifier: Apache-2.0
"""Reading of zone files (RFC 1035, 5): text to records, each with where it stands.

dnspython reads the lines. `$INCLUDE` is done here, so that a file is found beside the one that
names it, and inclusions end; so is `$ORIGIN`, whose name may be relative (not in dnspython 2.6).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.tokenizer
import dns.transaction
import dns.zonefile

from resolver import wire
from resolver.errors import ConfigurationError
from resolver.wire import Record

MAX_DEPTH = 8  # files that include files
SHOWN = 40  # letters of a word in an error

_INCLUDE = re.compile(r'\$INCLUDE[ \t]+"?([^\s";]+)"?(?:[ \t]+([^\s;]+))?[ \t]*(?:;.*)?', re.I)
_ORIGIN = re.compile(r"\$ORIGIN[ \t]+([^\s;]+)[ \t]*(?:;.*)?", re.I)


class Signature(NamedTuple):
    """What tells a file from what it was before."""

    mtime_ns: int
    size: int
    inode: int


class Found(NamedTuple):
    """A record of a zone file, and where it stands (`FILE:LINE`); its owner's case is kept."""

    record: Record
    where: str


class ZoneText(NamedTuple):
    """The records of a file, and the files that were read for them."""

    records: list[Found]
    files: dict[Path, Signature]


def signature_of(path: Path) -> Signature:
    """Return a file's signature as it is now. Raises OSError."""
    status = path.stat()
    return Signature(status.st_mtime_ns, status.st_size, status.st_ino)


def read_zone_file(path: Path, origin: bytes) -> ZoneText:
    """Return the records of a zone file; relative names are below `origin`.

    Raises OSError if it cannot be read, ConfigurationError whose text begins with `FILE:LINE: ` for
    what is no record.
    """
    text = ZoneText([], {})
    _Files(text, dns.name.from_wire(origin, 0)[0]).read(path, 1)
    return text


class _Files:
    """A file and what it includes. The state of reading (origin, last owner, TTL) goes with it."""

    def __init__(self, text: ZoneText, origin: dns.name.Name) -> None:
        self._text = text
        records = cast(dns.transaction.Transaction, _Records(self._add))
        empty = dns.tokenizer.Tokenizer("")
        self._reader = dns.zonefile.Reader(empty, dns.rdataclass.IN, records)
        self._reader.current_origin = self._reader.last_name = origin

    def read(self, path: Path, depth: int) -> None:
        self._text.files[path] = signature_of(path)
        lines = path.read_text("utf-8", "surrogateescape").splitlines(keepends=True)
        first = 0
        for number, line in enumerate(map(str.rstrip, lines)):
            include, origin = _INCLUDE.fullmatch(line), _ORIGIN.fullmatch(line)
            if include is None and origin is None:
                continue
            self._read_lines(path, lines[first:number], first + 1)
            first = number + 1
            if include is not None:
                self._include(path, first, include, depth)
            elif origin is not None:
                self._reader.current_origin = self._name(path, first, origin[1])
        self._read_lines(path, lines[first:], first + 1)

    def _read_lines(self, path: Path, lines: list[str], first: int) -> None:
        tokens = _Tokenizer("".join(lines), path, first)
        self._reader.tok = tokens
        try:
            self._reader.read()
        except dns.exception.DNSException as error:
            shown = str(error)
            if not isinstance(error, dns.exception.SyntaxError):
                shown = f"{path}:{tokens.last_line}: {shown}"
            if tokens.last_word not in shown:
                shown += f" (at '{tokens.last_word}')"
            raise ConfigurationError(shown, str(path), tokens.last_line) from error

    def _include(self, path: Path, line: int, include: re.Match[str], depth: int) -> None:
        if depth >= MAX_DEPTH:
            shown = f"{path}:{line}: more than 8 files in one another"
            raise ConfigurationError(shown, str(path), line)
        reader = self._reader
        before = reader.current_origin, reader.last_name
        if include[2]:
            reader.current_origin = self._name(path, line, include[2])
        try:
            self.read(path.parent / include[1], depth + 1)
        except OSError as error:
            shown = f"{path}:{line}: {include[1]}: {error.strerror}"
            raise ConfigurationError(shown, str(path), line) from error
        reader.current_origin, reader.last_name = before  # RFC 1035, 5.1

    def _name(self, path: Path, line: int, text: str) -> dns.name.Name:
        try:
            return dns.name.from_text(text, self._reader.current_origin)
        except dns.exception.DNSException as error:
            raise ConfigurationError(f"{path}:{line}: {text}: {error}", str(path), line) from error

    def _add(self, owner: dns.name.Name, ttl_s: int, rdata: dns.rdata.Rdata) -> None:
        file, line = self._reader.tok.where()
        octets = rdata.to_wire()
        assert octets is not None
        record = Record(
            wire.ANSWER, owner.to_wire() or b"", int(rdata.rdtype), wire.IN, ttl_s, octets
        )
        self._text.records.append(Found(record, f"{file}:{line}"))


class _Tokenizer(dns.tokenizer.Tokenizer):
    """A tokenizer that says where its last word stood, not where the line behind it begins.

    `last_word` is cut short if it is long.
    """

    def __init__(self, text: str, path: Path, first: int) -> None:
        super().__init__(text, str(path))
        self.line_number = self.last_line = first
        self.last_word = ""

    def get(self, *args: bool, **options: bool) -> dns.tokenizer.Token:
        token = super().get(*args, **options)
        if not token.is_eol_or_eof():
            is_last_word = self.ungotten_char == "\n"  # which is counted already
            self.last_line = self.line_number - is_last_word
            self.last_word = token.value[:SHOWN] if token.is_identifier() else self.last_word
        return token

    def where(self) -> tuple[str, int]:
        return str(self.filename), self.last_line


class _Records:
    """What dnspython's reader wants of a transaction: it takes records of any owner."""

    def __init__(self, add: Callable[[dns.name.Name, int, dns.rdata.Rdata], None]) -> None:
        self.manager = self
        self.add = add

    def origin_information(self) -> tuple[dns.name.Name, bool, dns.name.Name]:
        return dns.name.root, False, dns.name.root

    def check_put_rdataset(self, check: Any) -> None:
        """Checks are made when the zone is put together."""

    def _set_origin(self, origin: dns.name.Name) -> None:
        """An `$ORIGIN` does not change the zone."""
