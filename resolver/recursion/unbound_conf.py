# SPDX-License-Identifier: Apache-2.0
"""The text of an unbound.conf as statements, after the rules of unbound's own lexer.

A `config FILE` is read here once, its includes with it, and passed on statement by statement. So
libunbound sees the octets that were proven and no file that may have changed since; each line of
ours has one line of the user's to blame; and what must not reach libunbound can be kept out.
"""

import re
from collections.abc import Iterator
from glob import glob
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from resolver.errors import ConfigurationError
from resolver.recursion.option_names import CLAUSES
from resolver.recursion.options import ARGUMENTS, FILES
from resolver.recursion.settings import Where

MAX_DEPTH = 16
MAX_OCTETS = 8 << 20  # all files of one directive together

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+|\#[^\r\n]*)"
    r'|"(?P<double>(?:[^"\r\n\\]|\\.)*)"'
    r"|'(?P<single>(?:[^'\r\n\\]|\\.)*)'"
    r"|(?P<word>(?:[^'\"\r\n \t\\]|\\.)+)"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Statement(NamedTuple):
    """A keyword with its values; `clause` counts the clauses of the file, `section` names it.

    A value is kept with the quotes that it needs. A clause's own line has `values` empty.
    """

    keyword: str
    values: tuple[str, ...]
    section: str
    clause: int
    where: Where

    @property
    def text(self) -> str:
        """The first value without its quotes."""
        return self.values[0][1:-1] if self.values else ""


class Token(NamedTuple):
    """A word of the file; `quoted` is the word as it may be written again."""

    text: str
    quoted: str
    bare: bool
    line: int


def read(file: Path, asked: Where, clauses: int = 0) -> tuple[list[Statement], list[Path]]:
    """Return the statements of a file and of all that it includes, and the files that were read.

    `asked` is where the file is named, `clauses` how many came before. A relative include starts at
    `directory`, as in unbound, or at the folder of the process.

    Raises ConfigurationError, with the line in the file.
    """
    reader = _Reader(clauses)
    reader.include(file, asked, ())
    return [reader.settled(statement) for statement in reader.statements], reader.files


class _Reader:
    """Where the reading of one `config FILE` stands: includes run on in the clause around them."""

    def __init__(self, clauses: int) -> None:
        self.statements: list[Statement] = []
        self.files: list[Path] = []
        self.section = ""
        self.clause = clauses
        self.folder = Path.cwd()
        self.octets = 0

    def include(self, file: Path, asked: Where, above: tuple[Path, ...]) -> None:
        if file in above:
            raise _error(f"include of itself: {file}", asked)
        if len(above) >= MAX_DEPTH:
            raise _error(f"includes deeper than {MAX_DEPTH}", asked)
        try:
            octets = file.read_bytes()
        except OSError as error:
            raise _error(f"cannot read {file}: {error.strerror}", asked) from error
        self.octets += len(octets)
        if self.octets > MAX_OCTETS:
            raise _error(f"over {MAX_OCTETS} octets with {file}", asked)
        self.files.append(file)
        tokens = _tokens(octets.decode("utf-8", "surrogateescape"), str(file))
        for token in tokens:
            self._statement(token, tokens, file, above)

    def settled(self, statement: Statement) -> Statement:
        """Return a statement with its file's path absolute, and note the file as read.

        libunbound opens files after all is read, so `directory` counts wherever it stands.
        """
        if statement.keyword not in FILES or not statement.text:
            return statement
        path = self.folder / statement.text
        self.files += map(Path, glob(str(path)))  # noqa: PTH207 - the pattern is absolute
        quote = statement.values[0][0]
        return statement._replace(values=(f"{quote}{path}{quote}",))

    def _statement(
        self, token: Token, tokens: Iterator[Token], file: Path, above: tuple[Path, ...]
    ) -> None:
        where = Where(str(file), token.line)
        # The lexer needs no space behind the colon: `server:verbosity:1` is three words.
        keyword, colon, rest = token.text.partition(":")
        if not token.bare or not colon:
            raise _error(f"unknown keyword '{token.text}'", where)
        follow = _joined(rest, token.line, tokens)
        if keyword in ("include", "include-toplevel"):
            name = self._value(keyword, follow, where).text
            self._include(name, keyword, where, (*above, file))
        elif keyword in CLAUSES:
            self.section, self.clause = keyword, self.clause + 1
            if rest:
                first = next(follow)
                self._statement(first, follow, file, above)
        elif not self.section:
            raise _error(f"'{keyword}' stands in no clause such as server:", where)
        else:
            count = ARGUMENTS.get(keyword, 1)
            values = [self._value(keyword, follow, where) for _ in range(count)]
            if keyword == "directory":
                self.folder = self.folder / values[0].text
            quoted = tuple(value.quoted for value in values)
            statement = Statement(keyword, quoted, self.section, self.clause, where)
            self.statements.append(statement)

    def _value(self, keyword: str, follow: Iterator[Token], where: Where) -> Token:
        token = next(follow, None)
        if token is None:
            raise _error(f"no value for '{keyword}'", where)
        return token

    def _include(self, name: str, keyword: str, where: Where, above: tuple[Path, ...]) -> None:
        top = keyword == "include-toplevel"
        if top:
            self.section = ""
        pattern = str(self.folder / name)
        found = [pattern]
        if any(char in name for char in "*?["):
            found = sorted(glob(pattern))  # noqa: PTH207 - the pattern is absolute
        for path in found:
            self.include(Path(path), where, above)
        if top:
            self.section = ""


def _joined(rest: str, line: int, tokens: Iterator[Token]) -> Iterator[Token]:
    """Return what stands right behind a colon, then the tokens that follow.

    A generator's `yield from` would end `tokens` together with itself; a chain leaves it alone.
    """
    return chain([Token(rest, f'"{rest}"', True, line)] if rest else [], tokens)


def _tokens(text: str, file: str) -> Iterator[Token]:
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            what = "quote without its end" if text[at] in "\"'" else f"stray {text[at]!r}"
            raise _error(what, Where(file, line))
        at = found.end()
        kind = found.lastgroup
        if kind != "space":
            value = found[kind or ""]
            control = _CONTROL.search(value)
            if control:
                raise _error(f"control character {control[0]!r}", Where(file, line))
            quote = "'" if kind == "single" else '"'
            yield Token(value, f"{quote}{value}{quote}", kind == "word", line)
        line += found[0].count("\n")


def _error(text: str, where: Where) -> ConfigurationError:
    return ConfigurationError(text, where.file, where.line)
