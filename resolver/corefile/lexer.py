# SPDX-License-Identifier: Apache-2.0
"""Corefile text to tokens, after the rules of CoreDNS's lexer.

Tokens are divided by white space. A quotation mark at a token's start quotes it, over line ends
too; in quotes only a backslash before the mark is an escape. `#` starts a comment wherever it
stands unquoted. Braces mean something only as tokens of their own; that is the parser's business.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Token(NamedTuple):
    """A word of a Corefile, the file it stands in, and the line (from 1) on which it starts.

    `splice` tells apart what each `import` put in, 0 for what was there: two lines of a snippet may
    come to stand next to each other with the same number.
    """

    file: str
    line: int
    text: str
    end_line: int = 0
    splice: int = 0

    @property
    def last_line(self) -> int:
        """The line on which it ends: another than `line` if it was quoted over line ends."""
        return self.end_line or self.line


def tokenize(text: str, file: str) -> list[Token]:
    """Return the tokens of a Corefile's text; `file` is what errors call it."""
    tokens: list[Token] = []
    word: list[str] = []
    line = start = 1
    quoted = comment = False
    text = text.removeprefix("\ufeff").replace("\r", "")
    i, end = 0, len(text)
    while i < end:
        char = text[i]
        i += 1
        if quoted:
            if char == "\\" and i < end:
                word.append('"' if text[i] == '"' else char + text[i])
                line += text[i] == "\n"
                i += 1
            elif char == '"':
                tokens.append(Token(file, start, "".join(word), line))
                word, quoted = [], False
            else:
                word.append(char)
                line += char == "\n"
        elif char.isspace():
            if word:
                tokens.append(Token(file, start, "".join(word), line))
                word = []
            if char == "\n":
                line += 1
                comment = False
        elif comment:
            continue
        elif char == "#":
            comment = True
        elif not word and char == '"':
            quoted, start = True, line
        else:
            if not word:
                start = line
            word.append(char)
    if word:
        tokens.append(Token(file, start, "".join(word), line))
    return tokens


def starts_line(tokens: Sequence[Token], index: int) -> bool:
    """Return whether `tokens[index]` stands on another line than the token before it."""
    if index == 0:
        return True
    before, token = tokens[index - 1], tokens[index]
    return (
        before.file != token.file or before.splice != token.splice or before.last_line != token.line
    )
