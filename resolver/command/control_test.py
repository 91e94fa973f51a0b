# SPDX-License-Identifier: Apache-2.0
"""The words of `rootward control`, and how answers look."""

from pathlib import Path
from typing import Any

import pytest

from resolver.command.control import lines_of, request_of
from resolver.command.options import Fatal


@pytest.mark.parametrize(
    ("words", "want"),
    [
        ("flush a.example", {"command": "flush", "name": "a.example", "zone": False}),
        ("flush -zone example", {"command": "flush", "name": "example", "zone": True}),
        ("flush --zone .", {"command": "flush", "name": ".", "zone": True}),
        ("dump /tmp/kept", {"command": "dump", "file": "/tmp/kept"}),
        ("load kept", {"command": "load", "file": str(Path.cwd() / "kept")}),
        ("stats", {"command": "stats"}),
        ("flights", {"command": "flights"}),
        ("log-level debug", {"command": "log-level", "level": "debug"}),
    ],
)
def test_words(words: str, want: dict[str, Any]) -> None:
    """What is sent for them."""
    assert request_of(words.split()) == want


@pytest.mark.parametrize(
    "words",
    [
        "",
        "dump",
        "load -f",
        "dump a b",
        "flush",
        "flush -zone",
        "flush -all",
        "flush a b",
        "stats x",
        "log-level",
    ],
)
def test_words_that_make_no_sense(words: str) -> None:
    """The usage."""
    with pytest.raises(Fatal, match="^usage: rootward "):
        request_of(words.split())


def test_a_word_that_is_no_command() -> None:
    """Is named, ahead of the usage."""
    with pytest.raises(Fatal, match="^rootward control: no command 'stop'\nusage: rootward "):
        request_of(["stop", "now"])


@pytest.mark.parametrize(
    ("words", "told", "want"),
    [
        pytest.param(
            "flush a",
            {"removed": 2, "recursion": True},
            ["removed 2 entries, and all that libunbound had cached"],
            id="flush",
        ),
        pytest.param(
            "flush a", {"removed": 1, "recursion": False}, ["removed 1 entry"], id="no recursion"
        ),
        pytest.param(
            "stats",
            {"stats": {"version": "1.2", "uptime_s": 61}},
            ["version   1.2", "uptime_s  61"],
            id="stats",
        ),
        pytest.param("dump /tmp/kept", {"entries": 7}, ["wrote 7 entries to /tmp/kept"], id="dump"),
        pytest.param(
            "load /tmp/kept",
            {"kept": 7, "ended": 0, "foreign": 0, "refused": 0},
            ["kept 7 entries"],
            id="load",
        ),
        pytest.param(
            "load /tmp/kept",
            {"kept": 0, "ended": 1, "foreign": 2, "refused": 3},
            [
                "kept 0 entries; 1 were past their time; 2 are of another configuration; "
                "3 were there already, or have no place"
            ],
            id="load in vain",
        ),
        pytest.param(
            "log-level debug",
            {"before": "info"},
            ["log level is debug, was info"],
            id="a log level",
        ),
        pytest.param(
            "flights",
            {"flights": [], "in_all": 0},
            ["NAME  TYPE  SECONDS  WAITING  STATE"],
            id="no flights",
        ),
        pytest.param(
            "flights",
            {
                "flights": [
                    {"name": "a.", "type": "A", "age_ms": 120, "waiting": 1, "asked": True},
                    {"name": "b.", "type": "AAAA", "age_ms": 12345, "waiting": 9, "asked": False},
                ],
                "in_all": 5,
            },
            [
                "NAME  TYPE  SECONDS  WAITING  STATE",
                "a.    A     0.1      1        asked",
                "b.    AAAA  12.3     9        queued",
                "and 3 more",
            ],
            id="flights",
        ),
    ],
)
def test_answers(words: str, told: dict[str, Any], want: list[str]) -> None:
    """Tables whose columns stand below each other."""
    assert lines_of(request_of(words.split()), told) == want
