# SPDX-License-Identifier: Apache-2.0
"""Tests of what setup functions are written in."""

from pathlib import Path

import pytest

from resolver import names
from resolver.block import Hook
from resolver.corefile.controller import Controller, Directive
from resolver.corefile.lexer import Token
from resolver.errors import ConfigurationError
from resolver.request import Endpoint
from resolver.testing import controller


def shown(directive: Directive) -> str:
    """Return a directive as `NAME ARGS { PROPERTY ARGS; ... }`."""
    words = " ".join((directive.name, *directive.args))
    if not directive.has_braces:
        return words
    inner = "; ".join(" ".join((prop.name, *prop.args)) for prop in directive.properties)
    return f"{words} {{ {inner} }}"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("x", ["x"], id="a word"),
        pytest.param("x a b", ["x a b"], id="arguments"),
        pytest.param('x "a b"\nx "c\nd" e', ["x a b", "x c\nd e"], id="quoted arguments"),
        pytest.param("x {\n}", ["x {  }"], id="empty braces are not none"),
        pytest.param("x a {\n b c\n d\n}", ["x a { b c; d }"], id="properties"),
        pytest.param("x a\nx b {\n c\n}\nx d", ["x a", "x b { c }", "x d"], id="several lines"),
    ],
)
def test_lines_of_a_directive(text: str, want: list[str]) -> None:
    """One for each time it stands in the block."""
    assert [shown(directive) for directive in controller(text).directives()] == want


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("x {\n a", "Corefile:2 - Error during parsing: Unexpected EOF", id="open"),
        pytest.param(
            "x {\n a }",
            "Corefile:2 - Error during parsing: Unexpected token '}', expecting a line of its own",
            id="a brace on a property's line",
        ),
    ],
)
def test_braces_that_do_not_belong(text: str, message: str) -> None:
    """A setup function need not look for them."""
    with pytest.raises(ConfigurationError) as caught:
        controller(text).directives()
    assert str(caught.value) == message


def test_lines_of_a_snippet_are_lines() -> None:
    """Though an import gave two of them the same number."""
    tokens = [
        Token("f", 9, "x"),
        Token("f", 9, "{"),
        Token("f", 1, "a", 0, 1),
        Token("f", 1, "b", 0, 1),
        Token("f", 1, "a", 0, 2),
        Token("f", 1, "c", 0, 2),
        Token("f", 11, "}"),
    ]
    given = controller("x")
    made = Controller("x", tokens, given.block, given.services)
    assert [shown(directive) for directive in made.directives()] == ["x { a b; a c }"]


def test_a_directive_that_stands_twice() -> None:
    """Some may not; the error names the second line."""
    with pytest.raises(ConfigurationError) as caught:
        controller("x\nx").once()
    assert str(caught.value) == (
        "Corefile:2 - Error during parsing: plugin/x:"
        " this plugin can only be used once per Server Block"
    )


def test_values_of_a_line() -> None:
    """Numbers, durations, addresses, zones."""
    line = controller("x 5s").once()
    assert line.duration_ms() == 5000
    assert line.whole_number("7") == 7
    assert line.address("192.0.2.1", 853) == Endpoint("192.0.2.1", 853)
    assert line.zones(["A.org", "10.0.0.0/8", "a.org"]) == (
        names.from_text("a.org"),
        names.from_text("10.in-addr.arpa"),
    )
    assert line.where == "Corefile:1"


@pytest.mark.parametrize(
    ("text", "read", "message"),
    [
        ("x", "only_arg", "Wrong argument count or unexpected line ending after 'x'"),
        ("x a b", "only_arg", "Wrong argument count or unexpected line ending after 'b'"),
        ("x a", "no_args", "Wrong argument count or unexpected line ending after 'a'"),
        ("x 5", "duration_ms", 'time: missing unit in duration "5"'),
        ("x y", "whole_number", 'strconv.Atoi: parsing "y": invalid syntax'),
    ],
)
def test_values_that_make_no_sense(text: str, read: str, message: str) -> None:
    """The error names file, line and plugin."""
    line = controller(text).once()
    with pytest.raises(ConfigurationError) as caught:
        getattr(line, read)()
    assert str(caught.value) == f"Corefile:1 - Error during parsing: plugin/x: {message}"


def test_an_unknown_property() -> None:
    """Is named, with its own line."""
    (prop,) = controller("x {\n\n y\n}").once().properties
    assert (
        str(prop.unknown()) == "Corefile:3 - Error during parsing: plugin/x: unknown property 'y'"
    )


def test_zones_come_from_the_block_if_none_are_given() -> None:
    """`cache` without zones is for all of the block's."""
    given = controller("x", zones=("a.org", "b.org"))
    line = given.once()
    assert given.origins(line, []) == given.zones == (b"\x01a\x03org\x00", b"\x01b\x03org\x00")
    assert given.origins(line, ["c."]) == (b"\x01c\x00",)
    assert given.zones_label() == "a.org.,b.org."


def test_paths_start_at_the_root() -> None:
    """Unless they are absolute, or there is no root."""
    given = controller("x")
    assert given.path("a/b") == Path("a/b")
    given.block.root = "/srv"
    assert given.path("a/b") == Path("/srv/a/b")
    assert given.path("/etc/b") == Path("/etc/b")


def test_what_blocks_share_is_made_once() -> None:
    """When it is first asked for."""
    given = controller("x")
    made = given.shared("thing", object)
    assert given.shared("thing", object) is made


def test_a_directive_is_required_once() -> None:
    """Not if it is there."""
    given = controller("x", with_directives="acl")
    for _ in range(2):
        given.require("acl")
        given.require("cache")
    assert given.block.implied == ["cache"]


def test_the_listener_has_a_name() -> None:
    """As metrics write it."""
    given = controller("x")
    assert given.server_name() == "dns://:53"
    given.block.listen = ("127.0.0.1",)
    assert given.server_name() == "dns://127.0.0.1:53"
    given.block.listen = ("::1",)
    assert given.server_name() == "dns://[::1]:53"


@pytest.mark.parametrize("stage", ["prove", "startup", "started", "lameduck", "shutdown"])
def test_hooks_are_kept_in_their_order(stage: str) -> None:
    """Each stage by itself."""

    async def one() -> None: ...

    async def two() -> None: ...

    given = controller("x")
    add = getattr(given, f"on_{stage}")
    add(one)
    add(two)
    kept: list[Hook] = getattr(given.block.hooks, stage)
    assert kept == [one, two]
