# SPDX-License-Identifier: Apache-2.0
"""What `import` puts in: snippets, files, and files by a pattern. Expansion has its bounds."""

import glob
import itertools
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path

from resolver.corefile.controller import error_at
from resolver.corefile.environment import expand
from resolver.corefile.lexer import Token, tokenize
from resolver.errors import ConfigurationError, reason

MAX_SNIPPETS = 10_000
MAX_FILES = 100_000
MAX_TOKENS = 2_000_000
MAX_OCTETS = 64 << 20


class ExpansionError(ConfigurationError):
    """An expansion reached its bound: there is no sense in reading on."""


class Imports:
    """The snippets of one Corefile, and how much has been put in so far.

    warnings: what is odd, but no error, is added there.
    """

    def __init__(self, environment: Mapping[str, str], warnings: list[str]) -> None:
        self._environment = environment
        self._warnings = warnings
        self._snippets: dict[str, list[Token]] = {}
        self._splices = itertools.count(1)
        self._snippet_count = self._file_count = self._token_count = 0

    def define(self, name: Token, tokens: list[Token]) -> None:
        """Keep the tokens of the snippet whose key, with its parentheses, is `name`.

        Raises ConfigurationError if there is one of that name.
        """
        word = name.text[1:-1]
        if word in self._snippets:
            raise error_at(name, f"redeclaration of previously declared snippet {word}")
        self._snippets[word] = tokens

    def resolve(self, word: Token, args: Sequence[Token]) -> list[Token]:
        """Return the tokens that stand for the line `import ARG`; `word` is its first token.

        Raises ConfigurationError if it cannot be followed, ExpansionError at a bound.
        """
        if not args:
            text = f"Wrong argument count or unexpected line ending after '{word.text}'"
            raise error_at(word, text)
        try:
            pattern = expand(args[0].text, self._environment)
        except ValueError as error:
            raise error_at(word, str(error)) from None
        if not pattern:
            raise error_at(word, "Import requires a non-empty filepath")
        if len(args) > 1:
            raise error_at(word, "Import takes only one argument (glob pattern or file)")
        if pattern in self._snippets:
            self._snippet_count += 1
            if self._snippet_count > MAX_SNIPPETS:
                raise _bound(word, f"maximum snippet import depth ({MAX_SNIPPETS}) exceeded")
            tokens = self._snippets[pattern]
        else:
            self._file_count += 1
            if self._file_count > MAX_FILES:
                raise _bound(word, f"maximum file import depth ({MAX_FILES}) exceeded")
            paths = _matching(word, pattern)
            if not paths:
                self._warnings.append(f"No files matching import glob pattern: {pattern}")
            tokens = [token for path in paths for token in tokenize(_read(word, path), str(path))]
        self._token_count += len(tokens)
        if self._token_count > MAX_TOKENS:
            raise _bound(word, f"imports make more than {MAX_TOKENS} words")
        splice = next(self._splices)
        return [token._replace(splice=splice) for token in tokens]


def _matching(word: Token, pattern: str) -> list[Path]:
    """Return the files that `pattern` names; a relative one starts at the importing file."""
    folder = Path(word.file).resolve().parent
    full = os.path.normpath(folder / pattern)
    if full.count("*") > 1 or full.count("?") > 1 or ("[" in full and "]" in full):
        text = f"Glob pattern may only contain one wildcard (*), but has others: {full}"
        raise error_at(word, text)
    if Path(full).exists():
        return [Path(full)]
    found = sorted(glob.glob(full, include_hidden=True))  # noqa: PTH207 -- pathlib takes no absolute pattern
    if not found and not any(char in full for char in "*?[]"):
        raise error_at(word, f"File to import not found: {pattern}")
    return [Path(name) for name in found]


def _read(word: Token, path: Path) -> str:
    try:
        return read_text(path)
    except OSError as error:
        raise error_at(word, f"Could not import {path}: {reason(error)}") from None
    except ValueError as error:
        text = f"Could not read tokens while importing {path}: {error}"
        raise error_at(word, text) from None


def read_text(path: Path) -> str:
    """Return the text of a Corefile.

    Raises OSError if it cannot be read, ValueError if it is not UTF-8 or beyond all measure.
    """
    with path.open("rb") as file:
        if stat.S_ISDIR(os.fstat(file.fileno()).st_mode):
            raise IsADirectoryError(21, "is a directory")
        octets = file.read(MAX_OCTETS + 1)
    return decode(octets)


def decode(octets: bytes) -> str:
    """Return the text that a Corefile's octets are. Raises ValueError if they are none."""
    if len(octets) > MAX_OCTETS:
        raise ValueError(f"larger than {MAX_OCTETS >> 20} MiB")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line} is not UTF-8") from None


def _bound(word: Token, text: str) -> ExpansionError:
    error = error_at(word, text)
    return ExpansionError(str(error), error.file, error.line)
