# SPDX-License-Identifier: Apache-2.0
"""What expressions are accepted, and what they give."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver.expressions.expression import compile_expression
from resolver.expressions.scope import EvaluationError, Kind, Scope
from resolver.expressions.tree import Value
from resolver.request import Edns, Transport
from resolver.testing import request

VARIABLES: dict[str, Kind] = {"n": Kind.NUMBER, "s": Kind.STRING, "x": Kind.ANY}


def scope() -> Scope:
    asked = request(
        "www.example.org. AAAA",
        do=True,
        edns=Edns(1400),
        labels={"test/who": lambda: "me"},
        client="192.0.2.9",
    )
    return Scope(asked, {"n": 7, "s": "text", "x": "any"})


@pytest.mark.parametrize(
    "text, want",
    [
        pytest.param("type()", "AAAA", id="type"),
        pytest.param("name()", "www.example.org.", id="name"),
        pytest.param("class()", "IN", id="class"),
        pytest.param("proto()", "udp", id="proto"),
        pytest.param("client_ip() + ':' + port()", "192.0.2.9:40212", id="client"),
        pytest.param("server_ip() + ':' + server_port()", "127.0.0.1:53", id="server"),
        pytest.param("size() == 44", True, id="size"),
        pytest.param("id()", 0x1234, id="id"),
        pytest.param("opcode()", 0, id="opcode"),
        pytest.param("do()", True, id="do"),
        pytest.param("bufsize()", 1400, id="bufsize"),
        pytest.param("incidr(client_ip(), '192.0.2.0/24')", True, id="in a prefix"),
        pytest.param("incidr(client_ip(), '2001:db8::/32')", False, id="of another family"),
        pytest.param("metadata('test/who')", "me", id="metadata"),
        pytest.param("metadata('test/none')", "", id="no metadata"),
        pytest.param("1 + 2 * 3 - 4 / 2", 5.0, id="precedence"),
        pytest.param("(1 + 2) * -3", -9, id="parentheses and sign"),
        pytest.param("-7 % 3", -1, id="remainder towards zero"),
        pytest.param("0x10 + 1_000", 1016, id="notations"),
        pytest.param("'a' + \"b\" + `c`", "abc", id="strings"),
        pytest.param(r"'it\'s\\'", "it's\\", id="escapes"),
        pytest.param("n > 6 and not (s == 'x') or false", True, id="word operators"),
        pytest.param("n > 6 && !(s == 'x') || false", True, id="their signs"),
        pytest.param("!do() == false", True, id="not binds tighter than =="),
        pytest.param("type() in ['A', 'AAAA']", True, id="in"),
        pytest.param("type() not in ['A', 'AAAA']", False, id="not in"),
        pytest.param("1 in [true]", False, id="true is not 1"),
        pytest.param("name() matches '^w+[.]'", True, id="matches"),
        pytest.param("name() not matches s", True, id="a pattern told late"),
        pytest.param("name() contains 'example'", True, id="contains"),
        pytest.param("name() startsWith 'www.'", True, id="startsWith"),
        pytest.param("name() endsWith '.org'", False, id="endsWith"),
        pytest.param("do() ? 'yes' : 1", "yes", id="choice"),
        pytest.param("false ? 1 : true ? 2 : 3", 2, id="a choice in a choice"),
        pytest.param("any([1, 2, 3], {# > 2})", True, id="any"),
        pytest.param("all([1, 2, 3], # > 2)", False, id="all, no braces"),
        pytest.param("none(split(name(), '.'), # == 'com')", True, id="none"),
        pytest.param("one([[1], [2, 3]], any(#, # == 3))", True, id="one in another"),
        pytest.param("split(name(), '.')[1]", "example", id="index"),
        pytest.param("len(upper(trim(' a '))) + len([1])", 2, id="lengths"),
        pytest.param("int('7') + int(1.5)", 8, id="numbers of others"),
        pytest.param("string(7) + string(true)", "7true", id="strings of others"),
        pytest.param("'b' > 'a'", True, id="order of strings"),
        pytest.param("x == 1", False, id="told late: other kinds are not equal"),
        pytest.param("x + 'b'", "anyb", id="told late"),
        pytest.param("nil == nil", True, id="nil"),
    ],
)
def test_what_an_expression_gives(text: str, want: Value) -> None:
    """The language of expr-lang, as far as it is here."""
    given_value = compile_expression(text, VARIABLES).evaluate(scope())
    assert (type(given_value), given_value) == (type(want), want)


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("", "unexpected end of expression at 1, expecting a value", id="empty"),
        pytest.param("1 +", "unexpected end of expression at 4", id="no operand"),
        pytest.param("invalid expression", "unexpected 'expression' at 9", id="two words"),
        pytest.param("(1", r"expecting '\)'", id="no end"),
        pytest.param("1 ~ 2", "unexpected character '~' at 3", id="no operator"),
        pytest.param("'a", "unexpected character", id="no end of string"),
        pytest.param(r"'\q'", "unknown escape", id="escape"),
        pytest.param("y == 1", "unknown name y at 1", id="name"),
        pytest.param("f(1)", "unknown function f at 1", id="function"),
        pytest.param("name('x')", "name takes 0 arguments, not 1", id="arguments"),
        pytest.param("n + 'x'", "invalid operation [+] between a number and a string", id="kinds"),
        pytest.param("name() == 1", "invalid operation ==", id="never equal"),
        pytest.param("1 in 'x'", "invalid operation in", id="no array"),
        pytest.param("1 && true", "&& takes a bool, not a number", id="no boolean"),
        pytest.param("-s", "- takes a number, not a string", id="no number"),
        pytest.param("incidr(1, '::/0')", "incidr takes a string", id="kind of argument"),
        pytest.param("incidr('::', '::/x')", "invalid CIDR address: ::/x", id="prefix"),
        pytest.param("name() matches '('", "error parsing regexp", id="pattern"),
        pytest.param("# == 1", "unexpected '#'", id="an item of nothing"),
        pytest.param("(" * 60 + "1" + ")" * 60, "more than 50 deep", id="too deep"),
        pytest.param("-" * 60 + "1", "more than 50 deep", id="too many signs"),
        pytest.param("1" + "+1" * 4000, "nested too deep", id="too many sums"),
        pytest.param("1" * 10_001, "expression too long", id="too long"),
        pytest.param("__import__('os')", "unknown function __import__", id="nothing of Python"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    """At load, with the place."""
    with pytest.raises(ValueError, match=says):
        compile_expression(text, VARIABLES)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1 / 0 == 1", id="division by zero"),
        pytest.param("1.5 % 2 == 1", id="remainder of a fraction"),
        pytest.param("int(s) == 1", id="no number"),
        pytest.param("[1][1] == 1", id="out of range"),
        pytest.param("incidr(s, '::/0')", id="no address"),
        pytest.param("incidr(client_ip(), s)", id="no prefix"),
        pytest.param("x + 1 == 1", id="kinds told late"),
        pytest.param("nil < 1", id="nil"),
        pytest.param("!x", id="no boolean"),
        pytest.param("name() matches (s + '(')", id="no pattern"),
        pytest.param("len(1) == 1", id="no length"),
    ],
)
def test_what_has_no_value_does_not_hold(text: str) -> None:
    """An error is told to who evaluates, and false to who asks whether it holds."""
    expression = compile_expression(text, VARIABLES)
    with pytest.raises(EvaluationError):
        expression.evaluate(scope())
    assert not expression.holds(scope())


@pytest.mark.parametrize("operator, holds", [("||", True), ("&&", False)])
def test_a_chain_may_be_long(operator: str, holds: bool) -> None:
    """As long as an expression may be: its operands are looked at one by one."""
    text = operator.join(["do()"] * 1500 + ["!do()"])
    assert compile_expression(text).holds(scope()) is holds


def test_over_tcp_size_is_no_limit() -> None:
    """`bufsize` is 65,535 there, and 512 for a datagram without EDNS."""
    bufsize = compile_expression("bufsize()")
    assert bufsize.evaluate(Scope(request("a. A", transport=Transport.DO53_TCP))) == 65535
    assert bufsize.evaluate(Scope(request("a. A"))) == 512


@given(st.text("01ab'\"`()[]{}#?:,.<>=!&|+-*/% \\notin", max_size=40))
def test_any_text_is_compiled_or_refused(text: str) -> None:
    """Nothing else is raised, whatever stands in a Corefile."""
    with contextlib.suppress(ValueError):
        compile_expression(text, VARIABLES).holds(scope())
