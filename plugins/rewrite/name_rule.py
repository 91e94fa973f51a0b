# SPDX-License-Identifier: Apache-2.0
"""The rule for names: the question's becomes another, and those of the answer what they were."""

from collections.abc import Sequence

from plugins.rewrite.matching import Matcher, Rewriter, matcher, pattern_rewriter, rewriter
from plugins.rewrite.rule import Change, Outcome, invalid
from plugins.rewrite.values import owners, targets
from resolver import names
from resolver.claims import Claim
from resolver.errors import DomainNameError
from resolver.request import Request


class NameRule:
    """`name KIND OLD NEW [answer ...]`.

    reverts: whether names of the response are rewritten back; changes: what else is done to them.
    """

    def __init__(
        self, kind: str, old: str, new: str, reverts: bool, changes: Sequence[Change]
    ) -> None:
        self._matcher: Matcher = matcher(kind, old)
        self._rewrite = rewriter(kind, old, new)
        self._back = rewriter(kind, new, old) if kind in ("prefix", "suffix") else None
        self._reverts = reverts
        self._changes = tuple(changes)

    def apply(self, request: Request) -> Outcome | None:
        """Return the request with the other name, and how responses are put right."""
        before = request.name
        after = self._rewrite(before)
        if after is None:
            return None
        try:
            qname = names.from_text(after)
        except DomainNameError as error:
            raise invalid(after, error) from None
        changes = self._changes
        if self._reverts:
            back = self._back or _exactly(names.to_text(qname), before)
            changes = (*changes, targets(back), owners(back))
        return Outcome(request.replace(qname=qname), changes)

    def claim(self) -> Claim:
        """Claim the names that match, as far as they can be told."""
        return self._matcher.claim()


def _exactly(old: str, new: str) -> Rewriter:
    return lambda name: new if name == old else None


def name_rule(kind: str, old: str, new: str, answers: Sequence[str]) -> NameRule:
    """Return a rule; `answers` are the words behind it: `answer auto`, `answer name RE TO`...

    Raises ValueError for words that are out of place.
    """
    changes: list[Change] = []
    reverts = kind == "exact" and not answers
    words = list(answers)
    if words and words[0] != "answer":
        raise ValueError(f"unexpected word '{words[0]}', expecting 'answer'")
    while words:
        if words[0] == "answer":
            words.pop(0)
        what = words.pop(0) if words else ""
        if what == "auto":
            reverts = True
        elif what in ("name", "value"):
            if len(words) < 2:
                raise ValueError(f"answer {what}: 2 arguments required")
            make = pattern_rewriter(words.pop(0), words.pop(0))
            changes.append(owners(make) if what == "name" else targets(make))
        else:
            raise ValueError(f"invalid answer rule '{what}', expecting auto, name or value")
    return NameRule(kind, old, new, reverts, changes)
