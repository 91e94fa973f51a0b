# SPDX-License-Identifier: Apache-2.0
"""Tests of the digest: which changes of a Corefile count."""

from pathlib import Path

import pytest

from resolver.corefile.digest import digest_of

TEXT = ". {\n    errors\n    cache 30 {\n        prefetch 1\n    }\n}\n"


def complaint(name: str) -> str | None:
    return None if name != "unknown" else "Unknown directive 'unknown'"


def digest(text: str, file: str = "Corefile") -> str:
    return digest_of(text, file, complaint, {"TTL": "30"})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT, id="the same"),
        pytest.param("# all of it\n\n" + TEXT, id="a comment and a blank line"),
        pytest.param(TEXT.replace("    ", "\t").replace("\n", "\r\n"), id="indentation"),
        pytest.param(TEXT.replace("errors", '"errors"'), id="quotes"),
        pytest.param(TEXT.replace("30", "{$TTL}"), id="a variable of this value"),
        pytest.param("(s) {\n errors\n}\n" + TEXT.replace("errors", "import s"), id="a snippet"),
    ],
)
def test_what_does_not_count(text: str) -> None:
    """How it is written."""
    assert digest(text) == digest(TEXT)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT.replace("30", "31"), id="an argument"),
        pytest.param(TEXT.replace(". {", "example.org {"), id="a key"),
        pytest.param(TEXT.replace("    errors\n", ""), id="a directive less"),
        pytest.param(TEXT.replace("prefetch 1", "prefetch\n1"), id="a word on a line of its own"),
        pytest.param(TEXT + "example.org {\n}\n", id="a block more"),
        pytest.param(TEXT + "(s) {\n}\n}", id="an error"),
        pytest.param(TEXT.replace("errors", "unknown"), id="an unknown directive"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_counts(text: str) -> None:
    """What it says."""
    assert digest(text) != digest(TEXT)


def test_what_is_imported_counts(tmp_path: Path) -> None:
    """Its words, and whether it can be read at all."""
    text, file = ". {\n import more\n}\n", str(tmp_path / "Corefile")
    missing = digest(text, file)
    (tmp_path / "more").write_text("errors\n")
    first = digest(text, file)
    (tmp_path / "more").write_text("errors\nlog\n")
    assert len({missing, first, digest(text, file)}) == 3


def test_behind_an_error_each_change_counts() -> None:
    """The parser may not have come that far: what was mended there is tried again."""
    broken = ". {\n errors\n}\n}\n"
    assert digest(broken + "a {\n log\n}\n") != digest(broken + "a {\n errors\n}\n")


def test_it_is_sha_512() -> None:
    """In hexadecimal digits."""
    assert len(bytes.fromhex(digest(TEXT))) == 64
