# SPDX-License-Identifier: Apache-2.0
"""The rules that leave the question alone: TTLs, RCODEs and alias targets of responses."""

import dns.rcode

from plugins.rewrite.matching import Matcher, Rewriter
from plugins.rewrite.rule import Draft, Outcome
from resolver.claims import Claim
from resolver.request import Request

MAX_TTL_S = 0x7FFFFFFF  # RFC 2181, 8


class TtlRule:
    """`ttl [KIND] NAME TTL`: TTLs are brought between two bounds."""

    def __init__(self, concerned: Matcher, text: str) -> None:
        """Read the bounds: `N`, `MIN-MAX`, `MIN-` or `-MAX` seconds. Raises ValueError."""
        self._matcher = concerned
        low, dash, high = text.partition("-")
        if not low and not high:
            raise ValueError(f"invalid TTL '{text}'")
        self._least = _ttl(low) if low else 0
        self._most = (_ttl(high) if high else MAX_TTL_S) if dash else self._least
        if self._least > self._most:
            raise ValueError(f"invalid TTL range '{text}'")

    def apply(self, request: Request) -> Outcome | None:
        """Return the request as it is, with the change of TTLs."""
        return Outcome(request, (self._change,)) if self._matcher.matches(request.name) else None

    def claim(self) -> Claim:
        """Claim the names that match."""
        return self._matcher.claim()

    def _change(self, draft: Draft) -> None:
        draft.records = [
            record._replace(ttl=min(max(record.ttl, self._least), self._most))
            for record in draft.records
        ]


class RcodeRule:
    """`rcode [KIND] NAME OLD NEW`."""

    def __init__(self, concerned: Matcher, old: str, new: str) -> None:
        """Read the RCODEs, by name or number. Raises ValueError."""
        self._matcher = concerned
        self._old, self._new = _rcode(old), _rcode(new)

    def apply(self, request: Request) -> Outcome | None:
        """Return the request as it is, with the change of the RCODE."""
        if not self._matcher.matches(request.name):
            return None
        return Outcome(request, (self._change,), may_answer=True)

    def claim(self) -> Claim:
        """Claim the names that match."""
        return self._matcher.claim()

    def _change(self, draft: Draft) -> None:
        if draft.rcode == self._old:
            draft.rcode = self._new


class CnameRule:
    """`cname KIND OLD NEW`: targets of CNAME records in answers; any question may meet one."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter

    def apply(self, request: Request) -> Outcome | None:
        """Return the request as it is; what targets become is seen in the response."""
        return Outcome(request, alias=self._rewriter)

    def claim(self) -> Claim:
        """Claim everything."""
        return Claim()


def _ttl(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:20]) > MAX_TTL_S:
        raise ValueError(f"invalid TTL '{text}'")
    return int(text)


def _rcode(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text[:20]) < 4096:
        return int(text)
    known = dns.rcode.Rcode.__members__.get(text.upper())
    if known is None:
        raise ValueError(f"invalid RCODE '{text}'")
    return int(known)
