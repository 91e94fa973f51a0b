# SPDX-License-Identifier: Apache-2.0
"""Claims: which questions a plugin may act on.

A question that no plugin claims may be answered without running the chain; every claimed one runs
it from the top. A plugin that says nothing claims everything: slower, never wrong.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from resolver import names

if TYPE_CHECKING:
    from resolver.request import Request, Transport


@runtime_checkable
class Joined(Protocol):
    """A set of names that can hand over all of them at once: it spares time where there are many.

    As octets, one name behind the other in any order; they are read, and kept by nobody.
    """

    def joined(self) -> bytes | bytearray:
        """Return all names."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A condition on questions: all of its fields must hold.

    A field is None (any) or a set; an empty set matches nothing.

    zones: the QNAME is at or below one of these names (lower-case wire form).
    names: the QNAME is one of these. A million of them must be cheap: give a set that is shared
        and never altered, the same object each time; see Joined.
    qtypes, qclasses: the question's numbers.
    edns_options: the query carries an EDNS option with one of these codes.
    transports: the query came over one of these.
    first_labels: the QNAME's leftmost label is one of these (lower-case, without its length).
    """

    zones: Set[bytes] | None = None
    names: Set[bytes] | None = None
    qtypes: Set[int] | None = None
    qclasses: Set[int] | None = None
    edns_options: Set[int] | None = None
    transports: Set[Transport] | None = None
    first_labels: Set[bytes] | None = None

    def matches(self, request: Request) -> bool:
        """Return whether all conditions hold for `request`."""
        if self.qclasses is not None and request.qclass not in self.qclasses:
            return False
        if self.qtypes is not None and request.qtype not in self.qtypes:
            return False
        if self.transports is not None and request.transport not in self.transports:
            return False
        if self.names is not None and request.qname not in self.names:
            return False
        if self.first_labels is not None and next(names.labels(request.qname), b"") not in (
            self.first_labels
        ):
            return False
        if self.edns_options is not None:
            sent = request.edns.options if request.edns is not None else ()
            if not any(code in self.edns_options for code, _ in sent):
                return False
        return self.zones is None or any(s in self.zones for s in names.suffixes(request.qname))


Claims = tuple[Claim, ...]

EVERYTHING: Claims = (Claim(),)
NOTHING: Claims = ()


def is_claimed(claims: Claims, request: Request) -> bool:
    """Return whether any of `claims` matches `request`."""
    return any(claim.matches(request) for claim in claims)
