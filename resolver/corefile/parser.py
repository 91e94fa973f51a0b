# SPDX-License-Identifier: Apache-2.0
"""Corefile text to server blocks: keys, and the tokens of each directive.

    KEY [KEY...] {          a comma behind a key lets the next stand on the next line
        DIRECTIVE ARG... {      the brace on the directive's line
            PROPERTY ARG...
        }
    }
    (NAME) { ... }          a snippet, put in by `import NAME`

A file with a single block may leave out that block's braces. Errors that do not hide what
follows (an unknown directive, a file that is not there) are collected; the first one of structure
ends the reading.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from resolver.corefile.controller import error_at
from resolver.corefile.environment import expand
from resolver.corefile.imports import ExpansionError, Imports
from resolver.corefile.lexer import Token, starts_line, tokenize
from resolver.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """A server block as it is written.

    directives: the tokens of each, several lines of one concatenated.
    """

    keys: tuple[Token, ...]
    directives: dict[str, list[Token]]


@dataclass(slots=True)
class Parsed:
    """The server blocks of a Corefile, what is wrong with it, and what is odd."""

    blocks: list[ParsedBlock] = field(default_factory=list)
    errors: list[ConfigurationError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def parse(
    text: str,
    file: str,
    complaint: Callable[[str], str | None],
    environment: Mapping[str, str],
) -> Parsed:
    """Return the server blocks that a Corefile's text holds.

    file: what errors call it; a relative import starts at its folder. complaint: what is wrong with
    a directive of this name, None for nothing.
    """
    return _Parser(tokenize(text, file), complaint, environment).parse_all()


class _Parser:
    """`_rest` is what is still to be read: an import puts its tokens at the front."""

    def __init__(
        self,
        tokens: list[Token],
        complaint: Callable[[str], str | None],
        environment: Mapping[str, str],
    ) -> None:
        self._rest = deque(tokens)
        self._last: Token | None = None
        self._complaint = complaint
        self._environment = environment
        self._parsed = Parsed()
        self._imports = Imports(environment, self._parsed.warnings)

    def parse_all(self) -> Parsed:
        try:
            while self._rest:
                self._block()
        except ConfigurationError as error:
            self._parsed.errors.append(error)
        return self._parsed

    def _block(self) -> None:
        keys = self._keys()
        if len(keys) == 1 and keys[0].text.startswith("(") and keys[0].text.endswith(")"):
            self._snippet(keys[0])
        elif keys:
            self._parsed.blocks.append(ParsedBlock(tuple(keys), self._directives()))
        elif self._rest:
            self._unexpected("a zone")

    def _keys(self) -> list[Token]:
        keys: list[Token] = []
        more = False
        while self._rest:
            if self._is_import():
                self._import()
                continue
            token = self._expanded(self._rest[0])
            if token.text == "{":
                if more:
                    text = f"Expected another address but had '{token.text}'"
                    raise error_at(token, f"{text} - check for extra comma")
                break
            if self._starts_line() and keys and not more:
                break
            if token.text == "}":
                self._stray_brace(token)
            _check_space(token)
            self._next()
            more = token.text.endswith(",")
            text = token.text.removesuffix(",")
            if text:
                keys.append(token._replace(text=text))
        if more:
            self._end_of_file()
        return keys

    def _snippet(self, name: Token) -> None:
        if not self._rest or self._rest[0].text != "{":
            self._unexpected("{")
        self._next()
        tokens: list[Token] = []
        depth = 1
        while depth:
            token = self._next("}")
            depth += (token.text == "{") - (token.text == "}")
            tokens.append(token)
        del tokens[-1]
        try:
            self._imports.define(name, tokens)
        except ConfigurationError as error:
            self._parsed.errors.append(error)

    def _directives(self) -> dict[str, list[Token]]:
        found: dict[str, list[Token]] = {}
        has_brace = bool(self._rest) and self._rest[0].text == "{"
        if has_brace:
            self._next()
        while True:
            if not self._rest and not has_brace:
                return found
            if self._rest and self._is_import(anywhere=True):
                self._import()
                continue
            token = self._expanded(self._next("}"))
            if token.text == "}" and has_brace:
                return found
            if token.text == "}":
                self._stray_brace(token)
            if token.text == "{":
                raise _syntax_error(token, token.text, "a directive")
            _check_space(token)
            tokens = self._directive(token)
            complaint = self._complaint(token.text)
            if complaint is None:
                found.setdefault(token.text, []).extend(tokens)
            else:
                self._parsed.errors.append(error_at(token, complaint))

    def _directive(self, first: Token) -> list[Token]:
        """Return the tokens of a directive's line and of what its braces hold."""
        tokens = [first]
        depth = 0
        while self._rest:
            token = self._rest[0]
            starts = self._starts_line()
            if depth == 0 and starts:
                break
            if self._is_import():
                self._import()
                continue
            if token.text == "}" and depth == 0:
                self._stray_brace(token)
            depth += (token.text == "{") - (token.text == "}")
            tokens.append(self._expanded(self._next()))
        if depth:
            self._end_of_file()
        return tokens

    def _is_import(self, anywhere: bool = False) -> bool:
        return self._rest[0].text == "import" and (anywhere or self._starts_line())

    def _import(self) -> None:
        """Put what an import stands for at the front of what is to be read."""
        word = self._next()
        args: list[Token] = []
        while self._rest and not self._starts_line():
            args.append(self._next())
        try:
            self._rest.extendleft(reversed(self._imports.resolve(word, args)))
        except ExpansionError:
            raise
        except ConfigurationError as error:
            self._parsed.errors.append(error)

    def _starts_line(self) -> bool:
        return self._last is None or starts_line((self._last, self._rest[0]), 1)

    def _next(self, expected: str = "") -> Token:
        if not self._rest:
            self._unexpected(expected)
        self._last = self._rest.popleft()
        return self._last

    def _expanded(self, token: Token) -> Token:
        if "{" not in token.text:
            return token
        try:
            return token._replace(text=expand(token.text, self._environment))
        except ValueError as error:
            raise error_at(token, str(error)) from None

    def _unexpected(self, expected: str) -> NoReturn:
        """Raise the error of another token, or the file's end, where `expected` is due."""
        token = self._rest[0] if self._rest else self._last
        assert token is not None, "an empty file has no structure to miss"
        raise _syntax_error(token, token.text if self._rest else "", expected)

    def _end_of_file(self) -> NoReturn:
        assert self._last is not None, "an empty file is not ended too early"
        raise error_at(self._last, "Unexpected EOF")

    @staticmethod
    def _stray_brace(token: Token) -> NoReturn:
        raise error_at(token, "Unexpected '}' because no matching opening brace")


def _check_space(token: Token) -> None:
    """Raise the error of a key or a directive that a brace is part of: what it holds follows."""
    if token.text.endswith("{"):
        raise error_at(token, f"a space is missing before the brace of '{token.text}'")


def _syntax_error(token: Token, text: str, expected: str) -> ConfigurationError:
    shown = f"Syntax error: Unexpected token '{text}', expecting '{expected}'"
    return ConfigurationError(f"{token.file}:{token.line} - {shown}", token.file, token.line)
