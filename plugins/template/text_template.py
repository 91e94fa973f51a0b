# SPDX-License-Identifier: Apache-2.0
"""TextTemplate: a template in Go's syntax, parsed at load, written out for each query.

Here are fields, functions, pipelines, parentheses, if with else, comments; there are no variables,
loops or definitions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plugins.template.functions import FUNCTIONS, is_true, shown
from plugins.template.tokens import Token, parts

MAX_DEPTH = 30
MAX_CHARS = 10_000

Data = Mapping[str, Any]
Code = Callable[[Data], Any]

_ABSENT = ("range", "with", "define", "template", "block", "break", "continue")


class TextTemplate:
    """A template; `text` is what it was made of, `is_plain` whether it has no action."""

    def __init__(self, text: str) -> None:
        """Parse. Raises ValueError for what is no template."""
        if len(text) > MAX_CHARS:
            raise ValueError(f"template too long: {len(text)} > {MAX_CHARS} characters")
        self.text = text
        reader = _Reader(list(parts(text)))
        self._code, end = reader.sequence(0)
        if end:
            raise ValueError(f"unexpected {{{{{end}}}}}")
        self.is_plain = reader.is_plain

    def render(self, data: Data) -> str:
        """Return the text for `data`. Raises ValueError where an action fails."""
        try:
            return str(self._code(data))
        except (TypeError, LookupError) as error:
            raise ValueError(f"template: {error}") from None


class _Reader:
    def __init__(self, found: Sequence[str | list[Token]]) -> None:
        self.is_plain = all(isinstance(part, str) for part in found)
        self._parts = found
        self._at = 0

    def sequence(self, depth: int) -> tuple[Code, str]:
        """Return the code up to the end, an `end` or an `else`, and that word."""
        if depth > MAX_DEPTH:
            raise ValueError(f"template nested more than {MAX_DEPTH} deep")
        codes: list[Code] = []
        end = ""
        while self._at < len(self._parts):
            part = self._parts[self._at]
            self._at += 1
            if isinstance(part, str):
                codes.append(_constant(part))
                continue
            word = part[0].text if part and part[0].sort == "word" else ""
            if word in ("end", "else"):
                if word == "end" and len(part) > 1:
                    raise ValueError("unexpected word in end")
                end = word
                break
            if word == "if":
                codes.append(self._condition(part[1:], depth))
            elif word in _ABSENT:
                raise ValueError(f'"{word}" is not supported')
            else:
                codes.append(_pipeline(part))
        return lambda data: "".join(shown(code(data)) for code in codes), end

    def _condition(self, words: list[Token], depth: int) -> Code:
        test = _pipeline(words)
        yes, end = self.sequence(depth + 1)
        no: Code = _constant("")
        if end == "else":
            last = self._parts[self._at - 1]
            if len(last) > 1:
                if not isinstance(last[1], Token) or last[1] != Token("word", "if"):
                    raise ValueError("unexpected word in else")
                no, end = self._condition(list(last[2:]), depth + 1), "end"  # type: ignore[arg-type]  # its tokens
            else:
                no, end = self.sequence(depth + 1)
        if end != "end":
            raise ValueError("unexpected end of template: if without end")
        return lambda data: (yes if is_true(test(data)) else no)(data)


def _constant(value: Any) -> Code:
    return lambda data: value


def _pipeline(words: Sequence[Token]) -> Code:
    """Return the code of commands with `|` between them: each gets the one before as last word."""
    words = list(words)
    code = _commands(words, 0)
    if words:
        raise ValueError(f"unexpected '{words[0].text}' in action")
    return code


def _commands(words: list[Token], depth: int) -> Code:
    """Take commands off the front of `words`, up to a closing parenthesis."""
    if depth > MAX_DEPTH:
        raise ValueError(f"template nested more than {MAX_DEPTH} deep")
    before: Code | None = None
    while True:
        before = _command(words, depth, before)
        if not words or words[0] != Token("sign", "|"):
            return before
        words.pop(0)


def _command(words: list[Token], depth: int, before: Code | None) -> Code:
    if not words or words[0].text in "|)" and words[0].sort == "sign":
        raise ValueError("missing value for command")
    first = words[0]
    function = first.sort == "word" and first.text not in ("true", "false")
    if function and first.text not in FUNCTIONS:
        raise ValueError(f'function "{first.text}" not defined')
    codes: list[Code] = []
    if function:
        words.pop(0)
    while words and not (words[0].sort == "sign" and words[0].text in "|)"):
        codes.append(_operand(words, depth))
    if before is not None:
        codes.append(before)
    if function:
        run = FUNCTIONS[first.text]
        return lambda data: run(*(code(data) for code in codes))
    head, *rest = codes
    if not rest:
        return lambda data: _alone(head(data), first.text)
    return lambda data: _called(head(data), [code(data) for code in rest], first.text)


def _alone(value: Any, text: str) -> Any:
    if callable(value):
        raise ValueError(f"wrong number of args for {text}")
    return value


def _called(value: Any, args: Sequence[Any], text: str) -> Any:
    if not callable(value):
        raise ValueError(f"can't give argument to non-function {text}")
    return value(*args)


def _operand(words: list[Token], depth: int) -> Code:
    token = words.pop(0)
    match token.sort:
        case "string":
            return _constant(token.text)
        case "number":
            return _constant(int(token.text))
        case "field":
            return _field(token.text)
        case "word" if token.text in ("true", "false"):
            return _constant(token.text == "true")
        case "word" if token.text in FUNCTIONS:
            raise ValueError(f"function {token.text} as an argument needs parentheses")
        case "word":
            raise ValueError(f'function "{token.text}" not defined')
    code = _commands(words, depth + 1)  # a parenthesis
    if not words:
        raise ValueError("unclosed left paren")
    words.pop(0)
    return code


def _field(text: str) -> Code:
    path = [name for name in text.split(".") if name]

    def run(data: Data) -> Any:
        value: Any = data
        for name in path:
            if not isinstance(value, Mapping) or name not in value:
                raise ValueError(f"no field or value {text}")
            value = value[name]
        return value

    return run
