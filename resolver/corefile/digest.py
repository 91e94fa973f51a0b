# SPDX-License-Identifier: Apache-2.0
"""The digest of a Corefile: equal as long as nothing of what it says has changed.

It is taken of the server blocks as they are parsed, so what is imported counts, and comments, blank
lines and indentation do not.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from resolver.corefile.lexer import Token, starts_line
from resolver.corefile.parser import ParsedBlock, parse


def digest_of(
    text: str,
    file: str,
    complaint: Callable[[str], str | None],
    environment: Mapping[str, str],
) -> str:
    """Return the SHA-512, in hexadecimal digits, of what a Corefile says; see `parser.parse`.

    What is wrong with it counts too: where a file that it imports was missing and is there now, it
    says something else.
    """
    parsed = parse(text, file, complaint, environment)
    digest = hashlib.sha512()
    for block in parsed.blocks:
        for words in _words(block):
            _add(digest.update, words)
    _add(digest.update, [str(error) for error in parsed.errors])
    if parsed.errors:  # what stands behind the first one may not have been read
        _add(digest.update, [text])
    return digest.hexdigest()


def _words(block: ParsedBlock) -> Iterator[list[str]]:
    yield ["block", *(key.text for key in block.keys)]
    for tokens in block.directives.values():
        yield ["directive", *_lines(tokens)]


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the words, each behind a sign of whether a line starts with it."""
    for at, token in enumerate(tokens):
        yield ("\n" if starts_line(tokens, at) else " ") + token.text


def _add(update: Callable[[bytes], None], words: Iterable[str]) -> None:
    """Hash words so that no two lists of words give the same octets."""
    for word in words:
        octets = word.encode()
        update(len(octets).to_bytes(4, "big") + octets)
    update(b"\xff\xff\xff\xff")
