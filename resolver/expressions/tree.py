# SPDX-License-Identifier: Apache-2.0
"""The nodes of a parsed expression; `at` is the place in its text, from 1."""

from __future__ import annotations

from dataclasses import dataclass

Value = bool | int | float | str | tuple["Value", ...] | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string, true, false or nil."""

    value: Value
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """A variable; `#` is the item that a predicate looks at."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments."""

    name: str
    args: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Predicate:
    """`any`, `all`, `none` or `one`: how many items of an array make `body` true."""

    name: str
    items: Node
    body: Node
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`!` (also written `not`) or `-`."""

    operator: str
    operand: Node
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two operands."""

    operator: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class Choice:
    """`test ? yes : no`."""

    test: Node
    yes: Node
    no: Node
    at: int


@dataclass(frozen=True, slots=True)
class Array:
    """`[a, b, c]`."""

    items: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    """`array[index]`."""

    base: Node
    index: Node
    at: int


Node = Literal | Name | Call | Predicate | Unary | Binary | Choice | Array | Index


def operands(node: Binary) -> list[Node]:
    """Return what a chain of one operator joins, such as `a || b || c`, from the left.

    However long it is, nobody has to go down into it.
    """
    found: list[Node] = []
    at: Node = node
    while isinstance(at, Binary) and at.operator == node.operator:
        found.append(at.right)
        at = at.left
    return [at, *reversed(found)]
