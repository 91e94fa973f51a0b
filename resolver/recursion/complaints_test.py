# SPDX-License-Identifier: Apache-2.0
"""libunbound's words, told in lines of the Corefile."""

import pytest

from resolver.recursion.complaints import Outcome, explain
from resolver.recursion.configuration import Rendered
from resolver.recursion.settings import Where

TEXT = """server:
    verbosity: "0"
    nosuch: "1"
    private-address: "foo.bar"
    private-address: "foo"
    local-zone: "a.org." "static"
"""
ORIGIN = (None, None, *(Where("Corefile", line) for line in (12, 13, 14, 15)))
RENDERED = Rendered(TEXT.encode(), ORIGIN, Where("Corefile", 10), (), (), (), {})
LOG = "[1700000000] libunbound[1:0]"


def outcome(
    messages: str = "", stderr: str = "", exit: int = 0, status: int | None = -7
) -> Outcome:
    return Outcome(exit, status, messages, stderr)


@pytest.mark.parametrize(
    ("result", "want"),
    [
        pytest.param(outcome(status=0), [], id="good"),
        pytest.param(
            outcome("syntax error", "/proc/self/fd/7:3: error: expected yes or no.\n"),
            ["12: expected yes or no."],
            id="syntax",
        ),
        pytest.param(
            outcome(
                "syntax error",
                "/proc/self/fd/7:3: error: unknown keyword 'harden-glu'\n"
                "/proc/self/fd/7:3: error: stray ':'\n"
                "/proc/self/fd/7:4: error: number expected\n"
                "read /proc/self/fd/7 failed: 3 errors in configuration file\n",
            ),
            [
                "12: unknown keyword 'harden-glu'; the nearest known option is 'harden-glue'",
                "13: number expected",
            ],
            id="the first of each line, with the nearest name",
        ),
        pytest.param(
            outcome("syntax error", "/proc/self/fd/7:2: error: x"), ["10: x"], id="a line of ours"
        ),
        pytest.param(
            outcome(
                f"{LOG} error: cannot parse private-address: foo\n"
                f"{LOG} error: module init for module iterator failed\ninitialization failure"
            ),
            ["14: cannot parse private-address: foo"],
            id="a value that libunbound did not like",
        ),
        pytest.param(
            outcome(f"{LOG} error: cannot parse private-address: foo.bar"),
            ["13: cannot parse private-address: foo.bar"],
            id="the longest value",
        ),
        pytest.param(
            outcome(f"{LOG} error: no memory\n{LOG} error: module init failed"),
            ["10: no memory"],
            id="nobody's value: the first, and the directive",
        ),
        pytest.param(
            outcome(
                f"{LOG} error: Could not open /proc/self/fd/9: No such file or directory\n"
                "syntax error",
                "/proc/self/fd/9:3: error: x",
            ),
            ["12: x"],
            id="1.26 says that it could not open what it has read",
        ),
        pytest.param(
            outcome("", f"{LOG} fatal error: out of it", exit=1, status=None),
            ["10: out of it"],
            id="it ended the process and said why",
        ),
        pytest.param(
            outcome("", "", exit=1, status=None),
            ["10: it ended the process with 1"],
            id="it ended the process",
        ),
        pytest.param(
            outcome("", "", exit=-11, status=None),
            ["10: it was ended by signal 11"],
            id="it crashed",
        ),
        pytest.param(outcome("some reason"), ["10: some reason"], id="an error's text"),
        pytest.param(outcome(), ["10: it refused the configuration with -7"], id="it said nothing"),
    ],
)
def test_explain(result: Outcome, want: list[str]) -> None:
    """A text that is not good has at least one complaint, one a line, with its line."""
    head = "Corefile:{} - Error during parsing: plugin/unbound: libunbound: {}"
    lines = (entry.split(": ", 1) for entry in want)
    assert [str(c) for c in explain(RENDERED, result)] == [head.format(*line) for line in lines]


def test_warnings_are_no_complaints() -> None:
    """What libunbound only warns of is left to its log."""
    assert explain(RENDERED, outcome(f"{LOG} warning: duplicate local-zone a.org.", status=0)) == []
