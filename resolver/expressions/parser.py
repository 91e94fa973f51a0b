# SPDX-License-Identifier: Apache-2.0
"""Text to tree: a parser by precedence, the one of expr-lang.

?:  <  || or  <  && and  <  == != < > <= >= in matches contains startsWith endsWith
    <  + -  <  ! not  <  * / %  <  - (sign)
"""

from resolver.expressions.lexer import Sort, Token, tokenize
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
)

MAX_DEPTH = 50

PREDICATES = frozenset({"any", "all", "none", "one"})

_SAME = {"or": "||", "and": "&&", "not": "!"}
_COMPARISONS = [
    "==",
    "!=",
    "<",
    ">",
    "<=",
    ">=",
    "in",
    "matches",
    "contains",
    "startsWith",
    "endsWith",
]
_BINARY = {
    "||": 10,
    "&&": 15,
    **dict.fromkeys(_COMPARISONS, 20),
    **dict.fromkeys("+-", 30),
    **dict.fromkeys("*/%", 60),
}
_UNARY = {"!": 50, "-": 90}


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises ValueError if the text is none, or nested more than 50 deep.
    """
    parser = _Parser(tokenize(text))
    node = parser.expression()
    parser.expect("", "end of expression")
    return node


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._predicates = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _is(self, text: str) -> bool:
        sort = Sort.OPERATOR if text else Sort.END
        return self._next.sort is sort and self._next.text == text

    def _takes(self, text: str) -> bool:
        found = self._is(text)
        self._at += found
        return found

    def expect(self, text: str, shown: str = "") -> None:
        """Take the operator `text` (the end, if empty) or raise."""
        if not self._takes(text):
            raise self._unexpected(shown or f"'{text}'")

    def _unexpected(self, wanted: str) -> ValueError:
        token = self._next
        found = "end of expression" if token.sort is Sort.END else f"'{token.text}'"
        return ValueError(f"unexpected {found} at {token.at}, expecting {wanted}")

    def expression(self) -> Node:
        """Return what stands from here: a choice, or what is in one."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError(f"expression nested more than {MAX_DEPTH} deep")
        node = self._binary(0)
        if self._is("?"):
            at = self._take().at
            yes = self.expression()
            self.expect(":")
            node = Choice(node, yes, self.expression(), at)
        self._depth -= 1
        return node

    def _binary(self, least: int) -> Node:
        left = self._operand()
        while self._next.sort is Sort.OPERATOR:
            negated = self._is("not") and self._tokens[self._at + 1].text in _COMPARISONS[6:]
            token = self._tokens[self._at + negated]
            operator = _SAME.get(token.text, token.text)
            precedence = _BINARY.get(operator, -1)
            if token.sort is not Sort.OPERATOR or precedence <= least:
                break
            self._at += 1 + negated
            left = Binary(operator, left, self._binary(precedence), token.at)
            if negated:
                left = Unary("!", left, token.at)
        return left

    def _operand(self) -> Node:
        token = self._next
        operator = _SAME.get(token.text, token.text)
        if token.sort is Sort.OPERATOR and operator in _UNARY:
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise ValueError(f"expression nested more than {MAX_DEPTH} deep")
            self._take()
            node: Node = Unary(operator, self._binary(_UNARY[operator]), token.at)
            self._depth -= 1
            return node
        node = self._primary()
        while self._is("["):
            at = self._take().at
            node = Index(node, self.expression(), at)
            self.expect("]")
        return node

    def _primary(self) -> Node:
        token = self._next
        if token.sort is Sort.NUMBER:
            return Literal(_number(self._take()), token.at)
        if token.sort is Sort.STRING:
            return Literal(self._take().text, token.at)
        if token.sort is Sort.NAME:
            return self._named(self._take())
        if self._takes("("):
            node = self.expression()
            self.expect(")")
            return node
        if self._takes("["):
            return Array(self._list("]"), token.at)
        if self._is("#") and self._predicates:
            return Name("#", self._take().at)
        raise self._unexpected("a value")

    def _named(self, token: Token) -> Node:
        constants = {"true": True, "false": False, "nil": None}
        if token.text in constants:
            return Literal(constants[token.text], token.at)
        if not self._takes("("):
            return Name(token.text, token.at)
        if token.text in PREDICATES:
            items = self.expression()
            self.expect(",")
            braces = self._takes("{")
            self._predicates += 1
            body = self.expression()
            self._predicates -= 1
            if braces:
                self.expect("}")
            self.expect(")")
            return Predicate(token.text, items, body, token.at)
        return Call(token.text, self._list(")"), token.at)

    def _list(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self._takes(end):
            if found:
                self.expect(",")
            found.append(self.expression())
        return tuple(found)


def _number(token: Token) -> int | float:
    text = token.text.replace("_", "")
    if text[:2].lower() == "0x":
        return int(text, 16)
    return int(text) if text.isdigit() else float(text)
