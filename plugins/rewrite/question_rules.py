# SPDX-License-Identifier: Apache-2.0
"""The rules for the rest of a question: its type and its class."""

import dns.exception
import dns.rdataclass
import dns.rdatatype

from plugins.rewrite.rule import Outcome
from resolver.claims import Claim
from resolver.request import Request


class TypeRule:
    """`type OLD NEW`."""

    def __init__(self, old: str, new: str) -> None:
        """Read the types. Raises ValueError."""
        self._old, self._new = _type(old), _type(new)

    def apply(self, request: Request) -> Outcome | None:
        """Return the request for the other type."""
        return Outcome(request.replace(qtype=self._new)) if request.qtype == self._old else None

    def claim(self) -> Claim:
        """Claim the type."""
        return Claim(qtypes=frozenset({self._old}))


class ClassRule:
    """`class OLD NEW`; `old` is the number of the class that it is for."""

    def __init__(self, old: str, new: str) -> None:
        """Read the classes. Raises ValueError."""
        self.old, self._new = _class(old), _class(new)

    def apply(self, request: Request) -> Outcome | None:
        """Return the request in the other class."""
        return Outcome(request.replace(qclass=self._new)) if request.qclass == self.old else None

    def claim(self) -> Claim:
        """Claim the class."""
        return Claim(qclasses=frozenset({self.old}))


def _type(text: str) -> int:
    try:
        return int(dns.rdatatype.from_text(text))
    except (dns.exception.DNSException, ValueError):
        raise ValueError(f"invalid type '{text}'") from None


def _class(text: str) -> int:
    try:
        return int(dns.rdataclass.from_text(text))
    except (dns.exception.DNSException, ValueError):
        raise ValueError(f"invalid class '{text}'") from None
