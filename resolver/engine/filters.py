# SPDX-License-Identifier: Apache-2.0
"""The filters of a view as data: from expressions to a predicate.

    incidr(client_ip(), '10.0.0.0/8') && type() == 'A'     ->     CLIENT 10/8   TYPE 1   AND

Filters become data if they are made of `incidr`, `==`, `!=`, `in` and literals, on what `type`,
`name`, `proto`, `client_ip` and `server_ip` tell, and of `!`, `&&` and `||`. What they mean is what
`resolver.expressions` says; filters with anything else in them are left to it. Only who has filters
loads this: it brings all of `resolver.expressions`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import dns.exception
import dns.rdatatype

from resolver import names
from resolver.engine.predicate import EVERYBODY, MAX_DEPTH, Condition, Network, Predicate, Word
from resolver.errors import DomainNameError
from resolver.expressions import operators
from resolver.expressions.expression import Expression
from resolver.expressions.scope import Kind
from resolver.expressions.tree import Array, Binary, Call, Literal, Node, Unary, Value, operands

_NOBODY = Condition(Word.FALSE)
_AND, _OR, _NOT = Condition(Word.AND), Condition(Word.OR), Condition(Word.NOT)
_JOINS = {"&&": _AND, "||": _OR}
_ENDS = {"client_ip": Word.CLIENT, "server_ip": Word.LOCAL}
_CONSTANT = {True: Condition(Word.TRUE), False: _NOBODY}


class _OtherError(Exception):
    """A filter that has something else in it."""


def predicate_of(filters: Sequence[Expression]) -> Predicate | None:
    """Return the conditions that hold if all filters do; None: only Python can tell."""
    if not filters:
        return EVERYBODY
    try:
        program = _joined([_filter(expression) for expression in filters], _AND)
    except _OtherError:
        return None
    return tuple(program) if _depth(program) <= MAX_DEPTH else None


def _joined(parts: Sequence[Sequence[Condition]], join: Condition) -> list[Condition]:
    """Return the parts, one or more, each joined to those before it."""
    program = list(parts[0])
    for part in parts[1:]:
        program += [*part, join]
    return program


def _depth(program: Sequence[Condition]) -> int:
    """Return how many values stand on the stack at most."""
    deepest = depth = 0
    for condition in program:
        if condition.word in (Word.AND, Word.OR):
            depth -= 1
        elif condition.word is not Word.NOT:
            depth += 1
        deepest = max(deepest, depth)
    return deepest


def _filter(expression: Expression) -> list[Condition]:
    if expression.kind in (Kind.NUMBER, Kind.STRING, Kind.ARRAY):
        return [_NOBODY]  # what is no boolean does not hold
    return _conditions(expression.tree)


def _conditions(node: Node) -> list[Condition]:
    """Return the conditions of a node whose value is a boolean, for every query."""
    match node:
        case Literal(bool(value)):
            return [_CONSTANT[value]]
        case Unary("!", operand):
            return [*_conditions(operand), _NOT]
        case Binary("&&" | "||"):
            return _joined([_conditions(each) for each in operands(node)], _JOINS[node.operator])
        case Binary("==", left, right):
            return _equal(left, right)
        case Binary("!=", left, right):
            return [*_equal(left, right), _NOT]
        case Binary("in", Literal(value), Array(items)):
            return [_CONSTANT[operators.APPLY["in"](value, _values(items))]]
        case Binary("in", Call(name, ()), Array(items)):
            return _among(name, _values(items))
        case Call("incidr", (Call(name, ()), Literal(str(prefix)))) if name in _ENDS:
            return [Condition(_ENDS[name], (ipaddress.ip_network(prefix, strict=False),))]
    raise _OtherError


def _values(items: Sequence[Node]) -> tuple[Value, ...]:
    found: list[Value] = []
    for item in items:
        if not isinstance(item, Literal):
            raise _OtherError
        found.append(item.value)
    return tuple(found)


def _equal(left: Node, right: Node) -> list[Condition]:
    match left, right:
        case (Call(name, ()), Literal(value)) | (Literal(value), Call(name, ())):
            return _among(name, (value,))
        case Literal(value), Literal(other):
            return [_CONSTANT[operators.APPLY["=="](value, other)]]
    raise _OtherError


def _among(function: str, values: Sequence[Value]) -> list[Condition]:
    """Return the conditions under which what a function tells is one of these values.

    It tells texts, and each thing by one text only: no other text ever equals it.
    """
    texts = [value for value in values if isinstance(value, str)]
    if function in _ENDS:
        networks = tuple(network for text in texts for network in _address(text))
        return [Condition(_ENDS[function], networks) if networks else _NOBODY]
    tell = {"type": _type, "name": _name, "proto": _proto}.get(function)
    if tell is None:
        raise _OtherError
    parts = [part for part in map(tell, texts) if part]
    return _joined(parts, _OR) if parts else [_NOBODY]


def _address(text: str) -> list[Network]:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return []
    return [ipaddress.ip_network(address)] if str(address) == text and "%" not in text else []


def _type(text: str) -> list[Condition]:
    try:
        number = dns.rdatatype.from_text(text)
    except (dns.exception.DNSException, ValueError):
        return []
    is_told = dns.rdatatype.to_text(number) == text
    return [Condition(Word.TYPE, number=int(number))] if is_told else []


def _name(text: str) -> list[Condition]:
    try:
        name = names.from_text(text)
    except DomainNameError:
        return []
    return [Condition(Word.NAME, name=name)] if names.to_text(name) == text else []


def _proto(text: str) -> list[Condition]:
    udp = Condition(Word.UDP)
    return {"udp": [udp], "tcp": [udp, _NOT]}.get(text, [])
