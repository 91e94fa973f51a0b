# SPDX-License-Identifier: Apache-2.0
"""What filters become as data; that it means the same is shown in tests/native/plan_test.py."""

import ipaddress

import dns.rdatatype
import pytest

from resolver import names
from resolver.engine.filters import predicate_of
from resolver.engine.predicate import EVERYBODY, MAX_DEPTH, Condition, Word
from resolver.expressions.expression import compile_expression

TRUE, FALSE, UDP = Condition(Word.TRUE), Condition(Word.FALSE), Condition(Word.UDP)
AND, OR, NOT = Condition(Word.AND), Condition(Word.OR), Condition(Word.NOT)
A, AAAA = (Condition(Word.TYPE, number=number) for number in (1, 28))


def name(text: str) -> Condition:
    """Return the condition that the QNAME is this."""
    return Condition(Word.NAME, name=names.from_text(text))


def inside(word: Word, *networks: str) -> Condition:
    """Return the condition that an address is in one of these."""
    return Condition(word, tuple(ipaddress.ip_network(text) for text in networks))


def compiled(*filters: str) -> tuple[Condition, ...] | None:
    """Return what filters become."""
    return predicate_of([compile_expression(text) for text in filters])


@pytest.mark.parametrize(
    "filters, want",
    [
        pytest.param([], EVERYBODY, id="none: everybody"),
        pytest.param(["true"], (TRUE,), id="true"),
        pytest.param(["1"], (FALSE,), id="what is no boolean does not hold"),
        pytest.param(["type()"], (FALSE,), id="a text neither"),
        pytest.param(
            ["incidr(client_ip(), '10.1.2.3/8')"],
            (inside(Word.CLIENT, "10.0.0.0/8"),),
            id="host bits do not count",
        ),
        pytest.param(
            ["incidr(server_ip(), '2001:db8::/32')"],
            (inside(Word.LOCAL, "2001:db8::/32"),),
            id="the address that was queried",
        ),
        pytest.param(["type() == 'A'"], (A,), id="equal"),
        pytest.param(["'A' == type()"], (A,), id="either way round"),
        pytest.param(["type() != 'A'"], (A, NOT), id="not equal"),
        pytest.param(["type() == 'TYPE1'"], (FALSE,), id="a type that is told otherwise"),
        pytest.param(["type() == 'a'"], (FALSE,), id="in capitals alone"),
        pytest.param(["type() == nil"], (FALSE,), id="nil is no text"),
        pytest.param(["type() == 'TYPE65280'"], (Condition(Word.TYPE, number=65280),), id="TYPEn"),
        pytest.param(["type() in ['A', 'AAAA', 3]"], (A, AAAA, OR), id="in"),
        pytest.param(["type() not in ['A', 'nothing']"], (A, NOT), id="not in"),
        pytest.param(["type() in []"], (FALSE,), id="in nothing"),
        pytest.param(["name() == 'a.example.'"], (name("a.example"),), id="a name"),
        pytest.param(["name() == '.'"], (name("."),), id="the root"),
        pytest.param(["name() == 'a.example'"], (FALSE,), id="a name without its dot"),
        pytest.param(["name() == 'A.example.'"], (FALSE,), id="a name in capitals"),
        pytest.param(["name() == 'a..b.'"], (FALSE,), id="no name"),
        pytest.param(["proto() == 'udp'"], (UDP,), id="udp"),
        pytest.param(["proto() == 'tcp'"], (UDP, NOT), id="tcp"),
        pytest.param(["proto() == 'quic'"], (FALSE,), id="no proto"),
        pytest.param(["proto() in ['udp', 'tcp']"], (UDP, UDP, NOT, OR), id="both"),
        pytest.param(
            ["client_ip() in ['10.0.0.1', '::1', 'x', 'FE80::1', 'fe80::1%eth0']"],
            (inside(Word.CLIENT, "10.0.0.1/32", "::1/128"),),
            id="addresses as they are told",
        ),
        pytest.param(["client_ip() == '10.0.0.01'"], (FALSE,), id="no address"),
        pytest.param(["'a' in ['b', 'a']"], (TRUE,), id="constants"),
        pytest.param(["'a' == 'b'"], (FALSE,), id="constants that differ"),
        pytest.param(
            ["!(type() == 'A' && proto() == 'udp') or false"],
            (A, UDP, AND, NOT, FALSE, OR),
            id="joined",
        ),
        pytest.param(
            ["type() == 'A'", "proto() == 'udp'", "true"],
            (A, UDP, AND, TRUE, AND),
            id="all filters must hold",
        ),
    ],
)
def test_what_is_data(filters: list[str], want: tuple[Condition, ...]) -> None:
    """Conditions in postfix."""
    assert compiled(*filters) == want


@pytest.mark.parametrize(
    "text",
    [
        "do()",
        "name() matches '^a'",
        "name() startsWith 'a'",
        "type() == name()",
        "type() in ['A', name()]",
        "lower(name()) == 'a.'",
        "incidr(client_ip(), type())",
        "incidr(name(), '10.0.0.0/8')",
        "class() == 'IN'",
        "(type() == 'A') == true",
        "type() == 'A' ? true : false",
        "any(['A'], # == type())",
        "bufsize() > 512",
        "['A'][0] == type()",
    ],
)
def test_what_only_python_can_tell(text: str) -> None:
    """One such filter, wherever it stands, leaves all to Python."""
    assert compiled(text) is None
    assert compiled("true", f"false && ({text})") is None


def test_the_stack_has_an_end() -> None:
    """Long to the left costs nothing; too deep to the right is left to Python."""
    text = "type() == 'A'"
    long = compiled(" || ".join([text] * 500))
    assert long is not None
    assert len(long) == 999
    assert compiled(*[text] * 500) is not None

    def deep(parentheses: int) -> str:
        return (
            f"{text} || {text} && ({text} || {text} && (" * parentheses + text + "))" * parentheses
        )

    assert compiled(deep(MAX_DEPTH // 4 - 1)) is not None
    assert compiled(deep(MAX_DEPTH // 4)) is None


def test_each_type_is_told_by_one_text() -> None:
    """So that a text is one number, or no type's."""
    texts = [dns.rdatatype.to_text(dns.rdatatype.RdataType.make(n)) for n in range(65536)]
    assert len(set(texts)) == len(texts)
    assert all(int(dns.rdatatype.from_text(text)) == n for n, text in enumerate(texts))
