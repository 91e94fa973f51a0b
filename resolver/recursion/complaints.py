# SPDX-License-Identifier: Apache-2.0
"""What libunbound says about a configuration, told in lines of the Corefile.

It complains in two ways: about syntax with a line of the text, and when it sets itself up with the
value that it did not like, followed by lines of what failed because of it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from resolver.recursion import options
from resolver.recursion.configuration import Complaint, Rendered
from resolver.recursion.settings import Where

_SYNTAX = re.compile(r"/proc/self/fd/\d+:(\d+): error: (.*)")
_LOG = re.compile(r"(?:\[\d+\] \S+\[\S+\] )?(fatal error|error|warning|notice|info|debug): (.*)")
# Says nothing that the lines before it did not.
_SUMMARY = re.compile(r"read /proc/self/fd/\d+ failed: |.*Could not open /proc/self/fd/")
_UNKNOWN = re.compile(r"unknown keyword '(.*)'")


class Outcome(NamedTuple):
    """What became of a text in the child; see `prove.try_text`."""

    exit: int
    status: int | None
    messages: str
    stderr: str

    @property
    def is_good(self) -> bool:
        """Whether libunbound took the text and set itself up with it."""
        return self.exit == 0 and self.status == 0


def explain(rendered: Rendered, outcome: Outcome) -> list[Complaint]:
    """Return one complaint a line that is wrong; at least one unless the text is good."""
    if outcome.is_good:
        return []
    lines = [line for line in _lines(outcome) if not _SUMMARY.match(line)]
    found: dict[Where, str] = {}
    for line in lines:
        if syntax := _SYNTAX.match(line):
            found.setdefault(rendered.line(int(syntax[1])), _with_hint(syntax[2]))
    errors = [text for level, text in _logged(lines) if level.endswith("error")]
    for text in errors:
        where = _blame(rendered, text)
        if where is not None:
            found.setdefault(where, text)
    if not found:
        found[rendered.where] = errors[0] if errors else _bare(outcome, lines)
    return [Complaint(where, f"libunbound: {text}") for where, text in found.items()]


def _lines(outcome: Outcome) -> list[str]:
    return [*outcome.stderr.splitlines(), *outcome.messages.splitlines()]


def _logged(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if (found := _LOG.match(line)) and not _SUMMARY.match(line):
            yield found[1], found[2]


def _with_hint(text: str) -> str:
    unknown = _UNKNOWN.match(text)
    return text + options.suggestion(unknown[1]) if unknown else text


def _blame(rendered: Rendered, text: str) -> Where | None:
    """Return the user's line whose value a message repeats, the longest one, or None."""
    best: tuple[int, Where] | None = None
    for line, where in rendered.user_lines():
        for value in re.findall(r"[\"'](.*?)[\"']", line):
            shown = value.removesuffix(".") or value
            if len(shown) > 2 and shown in text and (best is None or len(shown) > best[0]):
                best = len(shown), where
    return best[1] if best else None


def _bare(outcome: Outcome, lines: list[str]) -> str:
    if outcome.exit < 0:
        return f"it was ended by signal {-outcome.exit}"
    if outcome.status is None:
        return f"it ended the process with {outcome.exit}" + (f": {lines[-1]}" if lines else "")
    return lines[-1] if lines else f"it refused the configuration with {outcome.status}"
