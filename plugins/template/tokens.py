# SPDX-License-Identifier: Apache-2.0
"""The parts of a template's text: what stands as it is, and actions between double braces."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_ACTION = re.compile(
    r"\{\{(-(?=\s))?(/\*.*?\*/|(?:\"(?:[^\"\\]|\\.)*\"|`[^`]*`|.)*?)((?<=\s)-)?\}\}", re.S
)
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\\n]|\\.)*" | `[^`]*`)
    | (?P<number>-?[0-9]+)
    | (?P<field>\.[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*|\.)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>[|()])
    )""",
    re.X,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}


class Token(NamedTuple):
    """A word of an action: its sort (string, number, field, word, sign) and its text."""

    sort: str
    text: str


def parts(text: str) -> Iterator[str | list[Token]]:
    """Yield the text between actions, and for each action its tokens; comments are left out.

    `{{- ` and ` -}}` take the white space beside them away. Raises ValueError if an action has no
    end, or a word in it is none.
    """
    at, trims = 0, False
    for found in _ACTION.finditer(text):
        before = text[at : found.start()]
        before = before.lstrip() if trims else before
        yield _plain(before.rstrip() if found[1] else before)
        if not found[2].startswith("/*"):
            yield list(_tokens(found[2]))
        at, trims = found.end(), bool(found[3])
    yield _plain(text[at:].lstrip() if trims else text[at:])


def _plain(text: str) -> str:
    if "{{" in text:
        raise ValueError("unclosed action")
    return text


def _tokens(action: str) -> Iterator[Token]:
    at, end = 0, len(action.rstrip())
    while at < end:
        found = _TOKEN.match(action, at)
        if found is None or found.lastgroup is None:
            raise ValueError(f"unexpected '{action[at:].strip()[:1]}' in action")
        word = found[found.lastgroup]
        if found.lastgroup == "string":
            word = word[1:-1] if word[0] == "`" else _unquoted(word)
        yield Token(found.lastgroup, word)
        at = found.end()


def _unquoted(word: str) -> str:
    def plain(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise ValueError(f"unknown escape '{found[0]}'")
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.)", plain, word[1:-1])
