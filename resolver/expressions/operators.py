# SPDX-License-Identifier: Apache-2.0
"""The operators between two values: which kinds they take, and what they give."""

import operator
from collections.abc import Callable
from typing import Any

from resolver.expressions.scope import Kind, kind_of
from resolver.patterns import compile_pattern

BOOL, NUMBER, STRING, ARRAY, ANY = Kind.BOOL, Kind.NUMBER, Kind.STRING, Kind.ARRAY, Kind.ANY

# Operator: the kinds of its operands and its result; the first line that fits counts.
SIGNATURES: dict[str, tuple[tuple[Kind, Kind, Kind], ...]] = {
    "||": ((BOOL, BOOL, BOOL),),
    "&&": ((BOOL, BOOL, BOOL),),
    "==": ((ANY, ANY, BOOL),),
    "!=": ((ANY, ANY, BOOL),),
    **dict.fromkeys(("<", ">", "<=", ">="), ((NUMBER, NUMBER, BOOL), (STRING, STRING, BOOL))),
    "+": ((NUMBER, NUMBER, NUMBER), (STRING, STRING, STRING)),
    **dict.fromkeys("-*/%", ((NUMBER, NUMBER, NUMBER),)),
    "in": ((ANY, ARRAY, BOOL),),
    **dict.fromkeys(("matches", "contains", "startsWith", "endsWith"), ((STRING, STRING, BOOL),)),
}


def result_kind(name: str, left: Kind, right: Kind) -> Kind | None:
    """Return what an operator gives for operands of these kinds; None if it does not take them."""
    if name in ("==", "!="):
        return BOOL if left is right or ANY in (left, right) else None
    fitting = [
        result
        for wants_left, wants_right, result in SIGNATURES[name]
        if (left in (wants_left, ANY) or wants_left is ANY)
        and (right in (wants_right, ANY) or wants_right is ANY)
    ]
    if not fitting:
        return None
    return fitting[0] if len(set(fitting)) == 1 else ANY


def _same(left: Any, right: Any) -> bool:
    """Return whether values are equal; true is not 1."""
    return kind_of(left) is kind_of(right) and bool(left == right)


def _remainder(left: Any, right: Any) -> Any:
    """Return what is left of a division towards zero, as Go has it."""
    if not isinstance(left, int) or not isinstance(right, int):
        raise ValueError("% takes whole numbers")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


APPLY: dict[str, Callable[[Any, Any], Any]] = {
    "==": _same,
    "!=": lambda left, right: not _same(left, right),
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": _remainder,
    "in": lambda item, items: any(_same(item, other) for other in items),
    "matches": lambda text, pattern: compile_pattern(pattern).search(text) is not None,
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
}
