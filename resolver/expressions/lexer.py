# SPDX-License-Identifier: Apache-2.0
"""The words of an expression: numbers, strings, names and operators, with their places."""

import enum
import re
from typing import NamedTuple

MAX_EXPRESSION_CHARS = 10_000

WORD_OPERATORS = frozenset(
    ["and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith"]
)
KEYWORDS = WORD_OPERATORS | {"true", "false", "nil", "let", "if", "else"}

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>0[xX][0-9a-fA-F_]+ | [0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<string>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | `[^`]*`)
    | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
    | (?P<operator>\|\| | && | == | != | <= | >= | [-<>!+*/%?:,()\[\]{}\#])
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


class Sort(enum.Enum):
    """What a token is."""

    NUMBER = "number"
    STRING = "string"
    NAME = "name"
    OPERATOR = "operator"
    END = "end"


class Token(NamedTuple):
    """A word: its text (a string's without quotes) and the place where it begins, from 1."""

    sort: Sort
    text: str
    at: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens of an expression, the END behind them; word operators are OPERATOR.

    Raises ValueError for what is no token, or text over 10,000 characters.
    """
    if len(text) > MAX_EXPRESSION_CHARS:
        raise ValueError(f"expression too long: {len(text)} > {MAX_EXPRESSION_CHARS} characters")
    found: list[Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise ValueError(f"unexpected character {text[at]!r} at {at + 1}")
        sort, word = Sort(match.lastgroup), match[match.lastgroup]
        start = match.start(match.lastgroup) + 1
        if sort is Sort.STRING:
            word = _unquoted(word, start)
        elif sort is Sort.NAME and word in WORD_OPERATORS:
            sort = Sort.OPERATOR
        found.append(Token(sort, word, start))
        at = match.end()
    found.append(Token(Sort.END, "", end + 1))
    return found


def _unquoted(word: str, at: int) -> str:
    if word[0] == "`":
        return word[1:-1]

    def plain(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise ValueError(f"unknown escape '{match[0]}' in the string at {at}")
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", plain, word[1:-1], flags=re.DOTALL)
