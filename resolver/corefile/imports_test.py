# SPDX-License-Identifier: Apache-2.0
"""Tests of `import`: files, patterns, and what cannot be put in."""

from pathlib import Path

import pytest

from resolver.corefile import imports
from resolver.corefile.parser import Parsed, parse


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files to import."""
    (tmp_path / "one.conf").write_text("log one\n")
    (tmp_path / "two.conf").write_text("log two\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "outer.conf").write_text("import inner.conf\n")
    (tmp_path / "sub" / "inner.conf").write_text("log inner\n")
    (tmp_path / "circle.conf").write_text("import circle.conf\n")
    (tmp_path / "empty.conf").write_text("")
    (tmp_path / "latin.conf").write_bytes(b"log\n\xe4\n")
    (tmp_path / "blocks.conf").write_text("b {\n log b\n}\n")
    return tmp_path


def read(folder: Path, text: str) -> Parsed:
    return parse(text, str(folder / "Corefile"), lambda name: None, {})


def words(parsed: Parsed) -> list[str]:
    assert parsed.errors == []
    return [
        token.text
        for block in parsed.blocks
        for tokens in block.directives.values()
        for token in tokens
        if token.text != "log"
    ]


@pytest.mark.parametrize(
    ("pattern", "want"),
    [
        pytest.param("one.conf", ["one"], id="a file"),
        pytest.param("./sub/../one.conf", ["one"], id="a path"),
        pytest.param("o*.conf", ["one"], id="a pattern"),
        pytest.param("?wo.conf", ["two"], id="a pattern of one letter"),
        pytest.param("sub/outer.conf", ["inner"], id="relative to the importing file"),
        pytest.param("empty.conf", [], id="an empty file"),
    ],
)
def test_files_are_put_in(folder: Path, pattern: str, want: list[str]) -> None:
    """A relative path starts at the folder of the file that imports."""
    assert words(read(folder, f". {{\n import {pattern}\n}}")) == want


def test_an_absolute_path_is_taken_as_it_is(folder: Path) -> None:
    """Wherever the importing file lies."""
    assert words(read(folder / "sub", f". {{\n import {folder}/one.conf\n}}")) == ["one"]


def test_files_of_a_pattern_come_in_order(folder: Path) -> None:
    """By name, so that a configuration is the same everywhere."""
    (folder / "latin.conf").unlink()
    (folder / "circle.conf").unlink()
    (folder / "blocks.conf").unlink()
    assert words(read(folder, ". {\n import *.conf\n}")) == ["one", "two"]


def test_a_file_may_hold_whole_blocks(folder: Path) -> None:
    """An import stands between blocks too."""
    parsed = read(folder, "import blocks.conf\n. {\n log root\n}\nimport blocks.conf\n")
    assert words(parsed) == ["b", "root", "b"]


def test_a_pattern_without_files_is_a_warning(folder: Path) -> None:
    """The files may come later."""
    parsed = read(folder, ". {\n import none/*.conf\n}")
    assert words(parsed) == []
    assert parsed.warnings == ["No files matching import glob pattern: none/*.conf"]


@pytest.mark.parametrize(
    ("pattern", "want"),
    [
        pytest.param("nothing.conf", "File to import not found: nothing.conf", id="missing"),
        pytest.param("sub", "Could not import {}/sub: is a directory", id="a folder"),
        pytest.param(
            "*/*.conf",
            "Glob pattern may only contain one wildcard (*), but has others: {}/*/*.conf",
            id="two wildcards",
        ),
        pytest.param(
            "[ab].conf",
            "Glob pattern may only contain one wildcard (*), but has others: {}/[ab].conf",
            id="a range",
        ),
        pytest.param(
            "latin.conf",
            "Could not read tokens while importing {}/latin.conf: line 2 is not UTF-8",
            id="another encoding",
        ),
    ],
)
def test_what_cannot_be_imported(folder: Path, pattern: str, want: str) -> None:
    """The error stands at the import."""
    errors = read(folder, f". {{\n import {pattern}\n}}").errors
    where = f"{folder}/Corefile:2 - Error during parsing: "
    assert [str(error) for error in errors] == [where + want.format(folder)]


def test_an_error_in_a_file_names_that_file(folder: Path) -> None:
    """With its own lines."""
    (folder / "one.conf").write_text("\nlog }\n")
    (error,) = read(folder, ". {\n import one.conf\n}").errors
    assert str(error).startswith(f"{folder}/one.conf:2 - Error during parsing: Unexpected '}}'")


def test_files_in_a_circle_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of files has its bound."""
    monkeypatch.setattr(imports, "MAX_FILES", 50)
    (error,) = read(folder, ". {\n import circle.conf\n}").errors
    assert "maximum file import depth (50) exceeded" in str(error)


def test_words_have_their_bound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So has their number."""
    monkeypatch.setattr(imports, "MAX_TOKENS", 3)
    (error,) = read(folder, ". {\n import one.conf\n import two.conf\n}").errors
    assert "imports make more than 3 words" in str(error)


def test_a_file_has_its_bound(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device without end is no Corefile."""
    monkeypatch.setattr(imports, "MAX_OCTETS", 1 << 20)
    (error,) = read(folder, ". {\n import /dev/zero\n}").errors
    assert "Could not read tokens while importing /dev/zero: larger than 1 MiB" in str(error)
