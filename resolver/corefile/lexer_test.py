# SPDX-License-Identifier: Apache-2.0
"""Tests of the lexer."""

import pytest

from resolver.corefile.lexer import Token, starts_line, tokenize


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param(" \t\n ", [], id="white space"),
        pytest.param("a b\nc", ["a", "b", "c"], id="white space divides"),
        pytest.param("\ufeffa", ["a"], id="a byte order mark is skipped"),
        pytest.param("a\r\nb\r\n", ["a", "b"], id="carriage returns are ignored"),
        pytest.param('a "b c" d', ["a", "b c", "d"], id="a quote at a token's start"),
        pytest.param('a"b c"', ['a"b', 'c"'], id="no quote inside a token"),
        pytest.param('""', [""], id="an empty quoted token"),
        pytest.param(r'"a\"b"', ['a"b'], id="an escaped quote"),
        pytest.param(r'"\d+\.x"', [r"\d+\.x"], id="other backslashes are kept"),
        pytest.param(r'"a\\" b', [r"a\\", "b"], id="a backslash escaped is no escape"),
        pytest.param(r"a\"b", [r"a\"b"], id="no escape outside quotes"),
        pytest.param('"a\nb" c', ["a\nb", "c"], id="a quote over lines"),
        pytest.param('a "b c', ["a", "b c"], id="an unclosed quote ends with the file"),
        pytest.param('a "', ["a"], id="an unclosed empty quote is nothing"),
        pytest.param("a # b\nc", ["a", "c"], id="a comment"),
        pytest.param("foo#bar baz\nqux", ["foo", "qux"], id="a comment inside a token"),
        pytest.param('"a#b"', ["a#b"], id="no comment inside quotes"),
        pytest.param("a{ }b { }", ["a{", "}b", "{", "}"], id="braces are letters in a word"),
    ],
)
def test_text_becomes_words(text: str, words: list[str]) -> None:
    """The rules of CoreDNS's lexer."""
    assert [token.text for token in tokenize(text, "Corefile")] == words


def test_a_token_knows_its_lines() -> None:
    """Lines count from 1; a quoted token may end on a later one than it starts on."""
    tokens = tokenize('a\n\n"b\nc" d\n"x\\\ny" z', "Corefile")
    assert [(token.line, token.last_line) for token in tokens] == [
        (1, 1),
        (3, 4),
        (4, 4),
        (5, 6),
        (6, 6),
    ]
    assert {token.file for token in tokens} == {"Corefile"}


@pytest.mark.parametrize(
    ("before", "token", "want"),
    [
        pytest.param(Token("f", 1, "a"), Token("f", 1, "b"), False, id="the same line"),
        pytest.param(Token("f", 1, "a"), Token("f", 2, "b"), True, id="the next line"),
        pytest.param(Token("f", 9, "a"), Token("f", 2, "b"), True, id="a snippet from above"),
        pytest.param(Token("f", 1, "a"), Token("g", 1, "b"), True, id="another file"),
        pytest.param(Token("f", 1, "a"), Token("f", 1, "b", 0, 1), True, id="an import between"),
        pytest.param(Token("f", 1, "a", 3), Token("f", 3, "b"), False, id="behind a long quote"),
        pytest.param(Token("f", 1, "a", 3), Token("f", 4, "b"), True, id="below a long quote"),
    ],
)
def test_where_a_line_starts(before: Token, token: Token, want: bool) -> None:
    """A line starts where file, import or line differ from those of the token before."""
    assert starts_line((before, token), 1) is want


def test_the_first_token_starts_a_line() -> None:
    """There is nothing before it."""
    assert starts_line([Token("f", 7, "a")], 0)
