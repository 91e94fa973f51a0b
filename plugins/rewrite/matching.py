# SPDX-License-Identifier: Apache-2.0
"""Which names a rule is for, and what becomes of them: in presentation form, lower-case.

exact       the whole name
prefix      it begins with a text, which is replaced
suffix      it ends in a text (of whole labels or not), which is replaced
substring   it holds a text, which is replaced wherever it stands
regex       RE2; the whole name is replaced, {1} standing for the first group and so on
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from resolver import names
from resolver.claims import Claim
from resolver.patterns import compile_pattern

KINDS = ("exact", "prefix", "suffix", "substring", "regex")

_GROUP = re.compile(r"\{(\d+)\}")

Rewriter = Callable[[str], str | None]
"""Returns what becomes of a name, None if it is not concerned."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Names of one kind."""

    kind: str
    text: str
    matches: Callable[[str], bool]

    def claim(self) -> Claim:
        """Return a claim that holds for each name that matches."""
        if self.kind == "exact":
            return Claim(names=frozenset({names.from_text(self.text)}))
        if _is_zone(self.kind, self.text):
            return Claim(zones=frozenset({names.from_text(self.text[1:])}))
        return Claim()


def matcher(kind: str, text: str) -> Matcher:
    """Return the names that `text` stands for. Raises ValueError or DomainNameError."""
    if kind == "regex":
        pattern = compile_pattern(text)
        return Matcher(kind, text, lambda name: pattern.search(name) is not None)
    text = _normal(kind, text)
    if _is_zone(kind, text):
        names.from_text(text[1:])  # it must be one
    matches: dict[str, Callable[[str], bool]] = {
        "exact": lambda name: name == text,
        "prefix": lambda name: name.startswith(text),
        "suffix": lambda name: name.endswith(text),
        "substring": lambda name: text in name,
    }
    return Matcher(kind, text, matches[kind])


def rewriter(kind: str, old: str, new: str) -> Rewriter:
    """Return what makes `new` of `old` in names. Raises ValueError or DomainNameError."""
    if kind == "regex":
        return pattern_rewriter(old, new)
    concerned = matcher(kind, old)
    old, new = concerned.text, _normal(kind, new)

    def run(name: str) -> str | None:
        if not concerned.matches(name):
            return None
        match kind:
            case "exact":
                return new
            case "prefix":
                return new + name[len(old) :]
            case "suffix":
                return name[: -len(old)] + new
        return name.replace(old, new)

    return run


def pattern_rewriter(text: str, template: str) -> Rewriter:
    """Return what makes names of a template where RE2 `text` matches.

    Raises ValueError if the pattern is none, or has not the groups that the template names.
    """
    pattern = compile_pattern(text)
    most = max((int(n) for n in _GROUP.findall(template)), default=0)
    if most > pattern.groups:
        raise ValueError(f"the rewrite regex '{text}' has no group {{{most}}}")
    template = template if template.endswith(".") else template + "."

    def run(name: str) -> str | None:
        found = pattern.search(name)
        if found is None:
            return None
        return _GROUP.sub(lambda group: found[int(group[1])] or "", template).lower()

    return run


def _is_zone(kind: str, text: str) -> bool:
    """Return whether a text stands for whole labels: for the names below a zone."""
    return kind == "suffix" and text.startswith(".") and len(text) > 1


def _normal(kind: str, text: str) -> str:
    """Return a text in lower case, with the final dot where it ends a name."""
    if not text:
        raise ValueError("empty text in rewrite rule")
    if kind == "exact":
        return names.to_text(names.from_text(text))
    text = text.lower()
    return text + "." if kind == "suffix" and not text.endswith(".") else text
