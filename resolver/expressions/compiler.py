# SPDX-License-Identifier: Apache-2.0
"""Tree to closures: each node is checked once, at load, and becomes a function of a Scope."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from resolver.expressions import operators
from resolver.expressions.scope import EvaluationError, Function, Kind, Scope, kind_of
from resolver.expressions.tree import (
    Array,
    Binary,
    Call,
    Choice,
    Index,
    Literal,
    Name,
    Node,
    Predicate,
    Unary,
    Value,
    operands,
)
from resolver.patterns import compile_pattern

Code = Callable[[Scope], Any]

_COUNTS: dict[str, Callable[[int, int], bool]] = {
    "any": lambda true, all_: true > 0,
    "all": lambda true, all_: true == all_,
    "none": lambda true, all_: true == 0,
    "one": lambda true, all_: true == 1,
}


class Made(NamedTuple):
    """What became of a node: the kind of its value, and the function that gives it."""

    kind: Kind
    code: Code


class Compiler:
    """Compiles one tree. `calls` are the names of the functions in it."""

    def __init__(self, variables: Mapping[str, Kind], functions: Mapping[str, Function]) -> None:
        self.calls: set[str] = set()
        self._variables = variables
        self._functions = functions

    def compile(self, node: Node) -> Made:
        """Return what a node becomes. Raises ValueError for what is unknown or does not fit."""
        match node:
            case Literal(value):
                return Made(kind_of(value), lambda scope: value)
            case Name():
                return self._name(node)
            case Call():
                return self._call(node)
            case Predicate():
                return self._predicate(node)
            case Unary():
                return self._unary(node)
            case Binary("||" | "&&"):
                return self._logic(node)
            case Binary():
                return self._binary(node)
            case Choice():
                return self._choice(node)
            case Array(items):
                codes = [self.compile(item).code for item in items]
                return Made(Kind.ARRAY, lambda scope: tuple(code(scope) for code in codes))
            case Index():
                return self._index(node)

    def _checked(self, node: Node, kind: Kind, what: str) -> Code:
        """Return the code of a node whose value must be of a kind."""
        made = self.compile(node)
        if made.kind not in (kind, Kind.ANY):
            raise ValueError(f"{what} takes a {kind.value}, not a {made.kind.value} at {node.at}")
        if made.kind is kind:
            return made.code
        return _guarded(made.code, kind, what)

    def _name(self, node: Name) -> Made:
        text = node.text
        if text == "#":
            return Made(Kind.ANY, lambda scope: scope.items[-1])
        if text not in self._variables:
            raise ValueError(f"unknown name {text} at {node.at}")
        return Made(self._variables[text], lambda scope: scope.variables[text])

    def _call(self, node: Call) -> Made:
        function = self._functions.get(node.name)
        if function is None:
            raise ValueError(f"unknown function {node.name} at {node.at}")
        if len(node.args) != len(function.parameters):
            wanted = len(function.parameters)
            raise ValueError(
                f"{node.name} takes {wanted} arguments, not {len(node.args)} at {node.at}"
            )
        self.calls.add(node.name)
        function.check([a.value if isinstance(a, Literal) else None for a in node.args])
        codes = [
            self.compile(arg).code if kind is Kind.ANY else self._checked(arg, kind, node.name)
            for arg, kind in zip(node.args, function.parameters, strict=True)
        ]
        run = function.run
        return Made(function.result, lambda scope: run(scope, [code(scope) for code in codes]))

    def _predicate(self, node: Predicate) -> Made:
        items = self._checked(node.items, Kind.ARRAY, node.name)
        body = self._checked(node.body, Kind.BOOL, node.name)
        decide = _COUNTS[node.name]

        def run(scope: Scope) -> bool:
            values = items(scope)
            true = 0
            for value in values:
                scope.items.append(value)
                try:
                    true += body(scope)
                finally:
                    scope.items.pop()
            return decide(true, len(values))

        return Made(Kind.BOOL, run)

    def _unary(self, node: Unary) -> Made:
        if node.operator == "!":
            code = self._checked(node.operand, Kind.BOOL, "!")
            return Made(Kind.BOOL, lambda scope: not code(scope))
        number = self._checked(node.operand, Kind.NUMBER, "-")
        return Made(Kind.NUMBER, lambda scope: -number(scope))

    def _logic(self, node: Binary) -> Made:
        name = node.operator
        codes = [self._checked(operand, Kind.BOOL, name) for operand in operands(node)]
        if name == "||":
            return Made(Kind.BOOL, lambda scope: any(code(scope) for code in codes))
        return Made(Kind.BOOL, lambda scope: all(code(scope) for code in codes))

    def _binary(self, node: Binary) -> Made:
        left, right, name = self.compile(node.left), self.compile(node.right), node.operator
        kind = operators.result_kind(name, left.kind, right.kind)
        if kind is None:
            raise ValueError(
                f"invalid operation {name} between a {left.kind.value}"
                f" and a {right.kind.value} at {node.at}"
            )
        one, other, apply = left.code, right.code, operators.APPLY[name]
        if name == "matches" and isinstance(node.right, Literal):
            pattern = compile_pattern(str(node.right.value))
            text = self._checked(node.left, Kind.STRING, name)
            return Made(kind, lambda scope: pattern.search(text(scope)) is not None)
        if Kind.ANY not in (left.kind, right.kind) or name in ("==", "!="):
            return Made(kind, lambda scope: apply(one(scope), other(scope)))

        def run(scope: Scope) -> Value:
            a, b = one(scope), other(scope)
            if operators.result_kind(name, kind_of(a), kind_of(b)) is None or (
                name != "in" and None in (a, b)
            ):
                raise EvaluationError(f"invalid operation {name}")
            result: Value = apply(a, b)
            return result

        return Made(kind, run)

    def _choice(self, node: Choice) -> Made:
        test = self._checked(node.test, Kind.BOOL, "?:")
        yes, no = self.compile(node.yes), self.compile(node.no)
        kind = yes.kind if yes.kind is no.kind else Kind.ANY
        return Made(kind, lambda scope: (yes if test(scope) else no).code(scope))

    def _index(self, node: Index) -> Made:
        base = self._checked(node.base, Kind.ARRAY, "[]")
        index = self._checked(node.index, Kind.NUMBER, "[]")

        def run(scope: Scope) -> Value:
            items, at = base(scope), index(scope)
            if not isinstance(at, int) or not -len(items) <= at < len(items):
                raise EvaluationError(f"index out of range: {at}")
            item: Value = items[at]
            return item

        return Made(Kind.ANY, run)


def _guarded(code: Code, kind: Kind, what: str) -> Code:
    def run(scope: Scope) -> Value:
        value: Value = code(scope)
        if kind_of(value) is not kind:
            raise EvaluationError(f"{what} takes a {kind.value}")
        return value

    return run
