# SPDX-License-Identifier: Apache-2.0
"""Rule: one `template` of a Corefile: which questions it is for, and what it makes of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.rdataclass
import dns.rdatatype

from plugins.template.text_template import TextTemplate
from resolver import names, wire
from resolver.claims import Claim
from resolver.errors import Ede
from resolver.expressions.expression import Expression
from resolver.expressions.functions import FUNCTIONS
from resolver.expressions.scope import EvaluationError, Function, Kind, Scope
from resolver.expressions.tree import Value
from resolver.request import Request

ANY_CLASS = 255

SECTIONS = {"answer": wire.ANSWER, "authority": wire.AUTHORITY, "additional": wire.ADDITIONAL}


class Miss(enum.Enum):
    """What becomes of a question that a rule does not match: look further, or fail."""

    FURTHER = "further"
    FAIL = "fail"


@dataclass(slots=True)
class Rule:
    """One `template`. Zones in lower-case wire form; patterns are RE2, one has to match.

    variables: expressions by name, in their order. conditions: all must be true. records: the
    templates of each section in the order of a message.
    """

    qclass: int
    qtype: int
    zones: frozenset[bytes]
    patterns: list[Any] = field(default_factory=list)
    variables: dict[str, Expression] = field(default_factory=dict)
    conditions: list[Expression] = field(default_factory=list)
    records: dict[str, list[TextTemplate]] = field(
        default_factory=lambda: {s: [] for s in SECTIONS}
    )
    rcode: int = 0
    ede: tuple[Ede, ...] = ()
    fallthrough: tuple[bytes, ...] = ()

    def match(self, request: Request) -> Mapping[str, Any] | Miss:
        """Return the data for the templates, or what to do without a match.

        Raises EvaluationError if a variable has no value.
        """
        zone = names.longest_match(request.qname, self.zones)
        if (
            zone is None
            or ANY_CLASS not in (self.qclass, request.qclass)
            and self.qclass != request.qclass
            or wire.ANY not in (self.qtype, request.qtype)
            and self.qtype != request.qtype
        ):
            return Miss.FURTHER
        name = request.name
        for pattern in self.patterns:
            found = pattern.search(name)
            if found is not None:
                groups = {str(n): text or "" for n, text in enumerate((found[0], *found.groups()))}
                groups |= {key: text or "" for key, text in found.groupdict().items()}
                matched = tuple(text or "" for text in (found[0], *found.groups()))
                break
        else:
            if self.patterns:
                return self._missed(request)
            groups, matched = {"0": name}, (name,)
        variables: dict[str, Value] = {}
        scope = Scope(request, variables, groups)
        for key, expression in self.variables.items():
            variables[key] = expression.evaluate(scope)
        if not all(condition.holds(scope) for condition in self.conditions):
            return self._missed(request)
        return data_of(request, zone, matched, groups, variables)

    def _missed(self, request: Request) -> Miss:
        falls = names.longest_match(request.qname, self.fallthrough) is not None
        return Miss.FURTHER if falls else Miss.FAIL

    def claim(self) -> Claim:
        """Return which questions it may act on."""
        return Claim(
            zones=self.zones,
            qtypes=None if self.qtype == wire.ANY else frozenset({self.qtype, wire.ANY}),
            qclasses=None if self.qclass == ANY_CLASS else frozenset({self.qclass, ANY_CLASS}),
        )


def data_of(
    request: Request,
    zone: bytes,
    matched: tuple[str, ...],
    groups: Mapping[str, str],
    variables: Mapping[str, Value],
) -> Mapping[str, Any]:
    """Return what a template may name; see the manual."""

    def meta(label: str) -> str:
        tell = request.labels.get(label)
        return tell() if tell is not None else ""

    question = {"Name": request.name, "Qtype": request.qtype, "Qclass": request.qclass}
    return {
        "Zone": names.to_text(zone),
        "Name": request.name,
        "Class": dns.rdataclass.to_text(dns.rdataclass.RdataClass.make(request.qclass)),
        "Type": dns.rdatatype.to_text(dns.rdatatype.RdataType.make(request.qtype)),
        "Match": matched,
        "Group": groups,
        "Message": {
            "Id": request.id,
            "Opcode": request.wire[2] >> 3 & 15,
            "RecursionDesired": request.rd,
            "CheckingDisabled": request.cd,
            "AuthenticatedData": request.ad,
            "Question": (question,),
        },
        "Question": question,
        "Remote": str(request.client.ip),
        "Meta": meta,
        "Var": variables,
    }


def _group(scope: Scope, args: Any) -> str:
    key = args[0]
    if isinstance(key, bool) or not isinstance(key, (int, str)) or str(key) not in scope.groups:
        raise EvaluationError(f"no group {key}")
    return scope.groups[str(key)]


EXPRESSION_FUNCTIONS: Mapping[str, Function] = {
    **FUNCTIONS,
    "group": Function((Kind.ANY,), Kind.STRING, _group),
}
