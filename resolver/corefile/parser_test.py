# SPDX-License-Identifier: Apache-2.0
"""Tests of the parser: the grammar of a Corefile, and what its errors say."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.corefile.parser import Parsed, parse

KNOWN = {"errors", "cache", "log", "whoami"}


def complaint(name: str) -> str | None:
    return None if name in KNOWN else f"Unknown directive '{name}'"


def read(text: str, file: str = "Corefile") -> Parsed:
    return parse(text, file, complaint, {"ZONE": "example.org", "NAME": "errors", "S": "snip"})


def shown(parsed: Parsed) -> list[str]:
    """Return blocks as text: `KEYS: DIRECTIVE TOKENS; ...`."""
    assert parsed.errors == []
    return [
        f"{' '.join(key.text for key in block.keys)}: "
        + "; ".join(" ".join(token.text for token in t) for t in block.directives.values())
        for block in parsed.blocks
    ]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("", [], id="an empty file"),
        pytest.param("# nothing", [], id="a comment"),
        pytest.param(". {\n errors\n}", [".: errors"], id="a block"),
        pytest.param(". {\n}", [".: "], id="an empty block"),
        pytest.param(".", [".: "], id="a key alone"),
        pytest.param(".\nerrors\ncache 30\n", [".: errors; cache 30"], id="no braces"),
        pytest.param(".\n{\n errors\n}", [".: errors"], id="the block's brace on the next line"),
        pytest.param("a b {\n}", ["a b: "], id="two keys"),
        pytest.param("a, b,\nc {\n}", ["a b c: "], id="a comma continues on the next line"),
        pytest.param("a , b {\n}", ["a b: "], id="a comma between spaces"),
        pytest.param("a {\n}\nb {\n log\n}", ["a: ", "b: log"], id="two blocks"),
        pytest.param("{$ZONE} {\n {$NAME}\n}", ["example.org: errors"], id="variables"),
        pytest.param(
            ". {\n cache 30 {\n  success 1\n }\n}", [".: cache 30 { success 1 }"], id="properties"
        ),
        pytest.param(
            ". {\n log a\n errors\n log b\n}", [".: log a log b; errors"], id="a directive twice"
        ),
        pytest.param(
            "(s) {\n errors\n log\n}\n. {\n import s\n cache\n}",
            [".: errors; log; cache"],
            id="a snippet",
        ),
        pytest.param(
            "(s) {\n success 1\n}\n. {\n cache {\n  import s\n  denial 2\n }\n}",
            [".: cache { success 1 denial 2 }"],
            id="a snippet of properties",
        ),
        pytest.param(
            "(a) {\n errors\n}\n(b) {\n import a\n log\n}\n. {\n import b\n}",
            [".: errors; log"],
            id="a snippet in a snippet",
        ),
        pytest.param("(a) {\n}\n. {\n import a\n log\n}", [".: log"], id="an empty snippet"),
        pytest.param(
            "(snip) {\n log\n}\n. {\n import {$S}\n}", [".: log"], id="a snippet by a variable"
        ),
        pytest.param(
            ". {\n log import x\n}", [".: log import x"], id="import is a word inside a line"
        ),
    ],
)
def test_the_grammar(text: str, want: list[str]) -> None:
    """What a Corefile may look like."""
    assert shown(read(text)) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param(
            "{\n}", "1 - Syntax error: Unexpected token '{', expecting 'a zone'", id="key"
        ),
        pytest.param(
            "a, {\n}",
            "1 - Error during parsing: Expected another address but had '{'"
            " - check for extra comma",
            id="a comma too many",
        ),
        pytest.param("a,", "1 - Error during parsing: Unexpected EOF", id="a comma at the end"),
        pytest.param(
            ". {\n log\n", "2 - Syntax error: Unexpected token '', expecting '}'", id="not closed"
        ),
        pytest.param(
            ". {\n cache {\n success 1\n",
            "3 - Error during parsing: Unexpected EOF",
            id="properties not closed",
        ),
        pytest.param(
            ". {\n log }\n",
            "2 - Error during parsing: Unexpected '}' because no matching opening brace",
            id="a brace on the directive's line",
        ),
        pytest.param(
            ".\nlog\n}\n",
            "3 - Error during parsing: Unexpected '}' because no matching opening brace",
            id="a brace without a first one",
        ),
        pytest.param(
            ". {\n}\n}\n",
            "3 - Error during parsing: Unexpected '}' because no matching opening brace",
            id="a brace between blocks",
        ),
        pytest.param(
            ". {\n log\n {\n }\n}",
            "3 - Syntax error: Unexpected token '{', expecting 'a directive'",
            id="a directive's brace on the next line",
        ),
        pytest.param(
            "a, .{\n log\n}\n",
            "1 - Error during parsing: a space is missing before the brace of '.{'",
            id="no space behind a key",
        ),
        pytest.param(
            ". {\n cache{\n  success 1\n }\n}\n",
            "2 - Error during parsing: a space is missing before the brace of 'cache{'",
            id="no space behind a directive",
        ),
        pytest.param(
            ". {\n nolog\n}", "2 - Error during parsing: Unknown directive 'nolog'", id="unknown"
        ),
        pytest.param("(s)\n", "1 - Syntax error: Unexpected token '', expecting '{'", id="snippet"),
        pytest.param(
            "(s) {\n log\n",
            "2 - Syntax error: Unexpected token '', expecting '}'",
            id="open snippet",
        ),
        pytest.param(
            "(s) {\n}\n(s) {\n}",
            "3 - Error during parsing: redeclaration of previously declared snippet s",
            id="a snippet twice",
        ),
        pytest.param(
            "(s) {\n import s\n}\n. {\n import s\n}",
            "2 - Error during parsing: maximum snippet import depth (10000) exceeded",
            id="a snippet of itself",
        ),
        pytest.param(
            "(a) {\n import b\n}\n(b) {\n import a\n}\n. {\n import a\n}",
            "5 - Error during parsing: maximum snippet import depth (10000) exceeded",
            id="snippets in a circle",
        ),
        pytest.param(
            ". {\n import\n}",
            "2 - Error during parsing: Wrong argument count"
            " or unexpected line ending after 'import'",
            id="import of nothing",
        ),
        pytest.param(
            ". {\n import {$NOT_SET}\n}",
            "2 - Error during parsing: Import requires a non-empty filepath",
            id="import of an unset variable",
        ),
        pytest.param(
            ". {\n import a b\n}",
            "2 - Error during parsing: Import takes only one argument (glob pattern or file)",
            id="import of two",
        ),
        pytest.param(
            ". {\n import s\n}\n(s) {\n}",
            "2 - Error during parsing: File to import not found: s",
            id="a snippet before it is declared",
        ),
    ],
)
def test_the_errors(text: str, want: str, tmp_path: Path) -> None:
    """An error names file and line."""
    file = str(tmp_path / "Corefile")
    assert [str(error) for error in read(text, file).errors] == [f"{file}:{want}"]


def test_errors_are_collected() -> None:
    """What does not hide the rest is told together, and the rest is read."""
    parsed = read(". {\n foo\n bar {\n  x\n }\n log\n}\nb {\n baz\n import not-there\n}\n")
    assert [error.line for error in parsed.errors] == [2, 3, 9, 10]
    assert [list(block.directives) for block in parsed.blocks] == [["log"], []]


def test_expansion_has_its_bound() -> None:
    """Snippets that double twenty-five times do not eat the machine."""
    snippets = ["(s0) {\n log a b c d e f g h\n}"]
    snippets += [f"(s{i + 1}) {{\n import s{i}\n import s{i}\n}}" for i in range(25)]
    parsed = read("\n".join(snippets) + "\n. {\n import s25\n}\n")
    (error,) = parsed.errors
    assert str(error).endswith("maximum snippet import depth (10000) exceeded")


WORDS = st.sampled_from(
    ["{", "}", "\n", " ", ",", ".", "a", "(s)", "s", "import ", "errors", "log", '"', "#", "{$A}"]
)


@given(st.one_of(st.text(), st.lists(WORDS).map("".join)))
def test_whatever_is_read_ends_in_blocks_or_errors(text: str) -> None:
    """No text is beyond the parser."""
    parsed = read(text)
    assert all(block.keys for block in parsed.blocks)
    assert all(str(error).startswith("Corefile:") for error in parsed.errors)
