# SPDX-License-Identifier: Apache-2.0
"""Expression: an expression that was checked at load, to be evaluated for each query.

No text of a Corefile is ever given to Python to run: a tree of our own becomes closures of our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from resolver.expressions.compiler import Code, Compiler
from resolver.expressions.functions import FUNCTIONS
from resolver.expressions.parser import parse
from resolver.expressions.scope import EvaluationError, Function, Kind, Scope
from resolver.expressions.tree import Node, Value


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression: its text, the kind of its value, the functions that it calls, its tree."""

    text: str
    kind: Kind
    calls: frozenset[str]
    tree: Node
    code: Code

    def evaluate(self, scope: Scope) -> Value:
        """Return the value. Raises EvaluationError if there is none for this query."""
        try:
            value: Value = self.code(scope)
        except (ValueError, ArithmeticError) as error:
            raise EvaluationError(f"expression '{self.text}': {error}") from None
        return value

    def holds(self, scope: Scope) -> bool:
        """Return whether the value is true; what is no boolean, or has no value, is not."""
        try:
            return self.evaluate(scope) is True
        except EvaluationError:
            return False


def compile_expression(
    text: str,
    variables: Mapping[str, Kind] | None = None,
    functions: Mapping[str, Function] = FUNCTIONS,
) -> Expression:
    """Return the expression that `text` is; `variables` are the names that it may use.

    Raises ValueError if it does not parse, names what is unknown, or mixes kinds of values.
    """
    compiler = Compiler(variables or {}, functions)
    tree = parse(text)
    try:
        made = compiler.compile(tree)
    except RecursionError:
        raise ValueError("expression nested too deep") from None
    return Expression(text, made.kind, frozenset(compiler.calls), tree, made.code)
