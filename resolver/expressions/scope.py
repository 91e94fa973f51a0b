# SPDX-License-Identifier: Apache-2.0
"""What an expression may name: kinds of values, functions, and what one evaluation looks at."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from resolver.errors import ResolverError
from resolver.expressions.tree import Value
from resolver.request import Request


class Kind(enum.Enum):
    """What a value is, as far as it is known at load; ANY is told while it is evaluated."""

    BOOL = "bool"
    NUMBER = "number"
    STRING = "string"
    ARRAY = "array"
    ANY = "any"


class EvaluationError(ResolverError):
    """An expression that has no value for this query."""


@dataclass(slots=True)
class Scope:
    """What one evaluation looks at.

    variables: values by name. groups: of a regular expression, by name and by number as text.
    items: those that the predicates around look at, the innermost last.
    """

    request: Request
    variables: Mapping[str, Value] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    items: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Function:
    """A function: kinds of its parameters and result, and what it does.

    `run` may raise EvaluationError or ValueError. `check` is given the arguments that are literals
    (None for others) at load, and raises ValueError.
    """

    parameters: tuple[Kind, ...]
    result: Kind
    run: Callable[[Scope, Sequence[Value]], Value]
    check: Callable[[Sequence[Value]], object] = lambda literals: None


def kind_of(value: Value) -> Kind:
    """Return the kind of a value; nil is ANY."""
    match value:
        case bool():
            return Kind.BOOL
        case int() | float():
            return Kind.NUMBER
        case str():
            return Kind.STRING
        case tuple():
            return Kind.ARRAY
    return Kind.ANY
