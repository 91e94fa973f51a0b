# SPDX-License-Identifier: Apache-2.0
"""What a rule is: a question becomes another, and what is to be done to the response is noted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from plugins.rewrite.matching import Rewriter
from resolver.claims import Claim
from resolver.errors import DomainNameError, ResolverError
from resolver.request import Request
from resolver.wire import Record


@dataclass(slots=True)
class Draft:
    """A response while it is being altered."""

    rcode: int
    records: list[Record]
    options: list[tuple[int, bytes]]


Change = Callable[[Draft], None]
"""Alters a draft. Raises DomainNameError for a name that cannot be."""


class Outcome(NamedTuple):
    """What a rule made of a request.

    changes: for the response. alias: what becomes of CNAME targets in it, which are asked for anew.
    may_answer: whether an RCODE that nobody wrote is to be written, to be altered.
    """

    request: Request
    changes: tuple[Change, ...] = ()
    alias: Rewriter | None = None
    may_answer: bool = False


class Rule(Protocol):
    """One `rewrite` of a Corefile."""

    def apply(self, request: Request) -> Outcome | None:
        """Return what becomes of a request, None if the rule is not for it.

        Raises ResolverError if it becomes something impossible.
        """

    def claim(self) -> Claim:
        """Return a claim that holds for whatever the rule is for."""


def invalid(name: str, error: DomainNameError) -> ResolverError:
    """Return the error of a name that cannot be."""
    return ResolverError(f"plugin/rewrite: invalid name after rewrite: {name}: {error}")
