# SPDX-License-Identifier: Apache-2.0
"""The metrics and labels that a PromQL expression names. Just enough of the language for that.

sum by (le, zone) (rate(coredns_x_bucket{instance=~"$instance"}[$__rate_interval])) > 1
    ^labels: Selector(coredns_x_bucket, {instance}), and {le, zone} for what stands below
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<range>\[[^\]]*\])
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<word>[a-zA-Z_:][a-zA-Z0-9_:]*)
      | (?P<sign>=~|!~|!=|==|>=|<=|[-+*/%^<>=(){},@])
    )""",
    re.X,
)
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
OPERATORS = {"and", "or", "unless", "bool", "offset"}
FUNCTIONS = {
    *("sum", "min", "max", "avg", "count", "topk", "bottomk", "quantile"),
    *("rate", "irate", "increase", "histogram_quantile", "clamp_min", "time", "absent"),
    "label_values",  # of Grafana's variables
}


class PromqlError(ValueError):
    """Text that is no PromQL, as far as it is known here."""


class Named(NamedTuple):
    """What an expression names.

    selectors: each metric with the labels in its braces. grouped: the labels of `by` and the like.
    """

    selectors: list[tuple[str, frozenset[str]]]
    grouped: frozenset[str]


def named(expression: str) -> Named:
    """Return the metrics and labels of an expression. Raises PromqlError."""
    tokens = [*_tokens(expression), ("end", "")]
    selectors: list[tuple[str, frozenset[str]]] = []
    grouped: set[str] = set()
    depth = at = 0
    while tokens[at][0] != "end":
        kind, text = tokens[at]
        follows = tokens[at + 1][1]
        at += 1
        depth += {"(": 1, ")": -1}.get(text, 0) if kind == "sign" else 0
        if depth < 0 or (kind == "sign" and text in "{}"):
            raise PromqlError(f"{text} out of place: {expression}")
        if kind != "word" or text in OPERATORS:
            continue
        if text in GROUPING:
            labels, at = _list(tokens, at)
            grouped |= labels
        elif follows == "(" or text in FUNCTIONS:
            if text not in FUNCTIONS:
                raise PromqlError(f"unknown function {text}")
        else:
            labels, at = _matchers(tokens, at) if follows == "{" else (frozenset(), at)
            selectors.append((text, labels))
    if depth:
        raise PromqlError(f"( without end: {expression}")
    return Named(selectors, frozenset(grouped))


def _tokens(expression: str) -> Iterator[tuple[str, str]]:
    at = 0
    while expression[at:].strip():
        found = _TOKEN.match(expression, at)
        if found is None or found.lastgroup is None:
            raise PromqlError(f"cannot be read: {expression[at:]}")
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def _list(tokens: list[tuple[str, str]], at: int) -> tuple[frozenset[str], int]:
    """Return the words of `(a, b)`, and where it ends."""
    return _between(tokens, at, "(", ")", 2)


def _matchers(tokens: list[tuple[str, str]], at: int) -> tuple[frozenset[str], int]:
    """Return the labels of `{a="b", c=~"d"}`, and where it ends."""
    return _between(tokens, at, "{", "}", 4)


def _between(
    tokens: list[tuple[str, str]], at: int, opening: str, closing: str, step: int
) -> tuple[frozenset[str], int]:
    words: set[str] = set()
    if tokens[at][1] != opening:
        raise PromqlError(f"{opening} expected, not {tokens[at][1]}")
    at += 1
    while tokens[at][1] != closing:
        item = tokens[at : at + step]
        kinds = [kind for kind, _ in item]
        if kinds[:1] != ["word"] or (step == 4 and kinds[1:3] != ["sign", "string"]):
            raise PromqlError(f"cannot be read: {' '.join(text for _, text in item)}")
        words.add(item[0][1])
        at += step - 1
        if tokens[at][1] == ",":
            at += 1
        elif tokens[at][1] != closing:
            raise PromqlError(f"{closing} expected, not {tokens[at][1]}")
    return frozenset(words), at + 1
