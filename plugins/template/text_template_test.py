# SPDX-License-Identifier: Apache-2.0
"""Templates in Go's syntax: what they give, and what is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.template.text_template import TextTemplate

DATA = {
    "Name": "a.example.",
    "Match": ("a.example.", "a"),
    "Group": {"b": "0a", "1": "a"},
    "Question": {"Qtype": 1},
    "Meta": lambda label: f"<{label}>",
    "Var": {"x": True},
}


@pytest.mark.parametrize(
    "text, want",
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("{{ .Name }} 60 IN A", "a.example. 60 IN A", id="a field"),
        pytest.param("{{.Group.b}}", "0a", id="a field of a field"),
        pytest.param("{{ index .Match 1 }}{{ index .Group `1` }}", "aa", id="index"),
        pytest.param('{{ index .Group "none" }}.', ".", id="a name that a mapping lacks"),
        pytest.param("{{ parseInt .Group.b 16 8 }}", "10", id="parseInt"),
        pytest.param('{{ .Meta "a/b" }}', "<a/b>", id="a method"),
        pytest.param("{{ .Var.x }} {{ .Question.Qtype }}", "true 1", id="what is no text"),
        pytest.param('{{ "a\\"}}" }}', 'a"}}', id="braces in a string"),
        pytest.param("{{ .Group.b | print `x` }}", "x0a", id="a pipeline"),
        pytest.param("{{ len (print `a` (index .Match 1)) }}", "2", id="parentheses"),
        pytest.param("{{ if eq .Group.b `x` `0a` }}y{{ else }}n{{ end }}", "y", id="if"),
        pytest.param("{{ if not .Var.x }}y{{ else if .Name }}n{{ end }}", "n", id="else if"),
        pytest.param("{{ if false }}y{{ end }}", "", id="if without else"),
        pytest.param("{{ if and .Var.x (lt 1 2) }}{{ or `` `z` }}{{ end }}", "z", id="logic"),
        pytest.param("a {{- `b` -}} c", "abc", id="white space is trimmed"),
        pytest.param("a{{/* no\nword */}}b", "ab", id="a comment"),
        pytest.param("{{ .Match }}", "[a.example. a]", id="a list"),
    ],
)
def test_what_a_template_gives(text: str, want: str) -> None:
    """As Go's text/template has it."""
    assert TextTemplate(text).render(DATA) == want


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("{{", "unclosed action", id="no end"),
        pytest.param("{{ }}", "missing value for command", id="nothing"),
        pytest.param("{{ f }}", 'function "f" not defined', id="function"),
        pytest.param("{{ print f }}", 'function "f" not defined', id="function as argument"),
        pytest.param("{{ print len }}", "needs parentheses", id="function without parentheses"),
        pytest.param("{{ $x }}", "unexpected '\\$' in action", id="a variable"),
        pytest.param("{{ (.Name }}", "unclosed left paren", id="parenthesis"),
        pytest.param("{{ .Name ) }}", "unexpected '\\)'", id="another"),
        pytest.param("{{ .Name | }}", "missing value", id="an empty command"),
        pytest.param("{{ if .Name }}", "if without end", id="if without end"),
        pytest.param("{{ end }}", "unexpected {{end}}", id="end without if"),
        pytest.param("{{ if .Name }}{{ else x }}{{ end }}", "in else", id="else of what"),
        pytest.param("{{ range .Match }}{{ end }}", '"range" is not supported', id="a loop"),
        pytest.param('{{ "\\q" }}', "unknown escape", id="escape"),
        pytest.param("{{ print " + "(" * 40 + "}}", "more than 30 deep", id="too deep"),
        pytest.param("{{ if 1 }}" * 40, "more than 30 deep", id="too many conditions"),
        pytest.param("x" * 10_001, "template too long", id="too long"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    """At load."""
    with pytest.raises(ValueError, match=says):
        TextTemplate(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("{{ .None }}", id="no field"),
        pytest.param("{{ .Name.Of }}", id="a field of a text"),
        pytest.param("{{ .Meta }}", id="a method without argument"),
        pytest.param("{{ .Name `x` }}", id="an argument for a text"),
        pytest.param("{{ parseInt }}", id="no arguments"),
        pytest.param("{{ parseInt `ffff` 16 8 }}", id="over 8 bits"),
        pytest.param("{{ parseInt `-1` 10 8 }}", id="no digits"),
        pytest.param("{{ parseInt `1` 99 8 }}", id="base"),
        pytest.param("{{ index .Match 2 }}", id="out of range"),
        pytest.param("{{ index .Name 1 }}", id="no list"),
        pytest.param("{{ eq 1 `1` }}", id="of other kinds"),
    ],
)
def test_what_fails_for_a_query(text: str) -> None:
    """ValueError, and nothing else."""
    template = TextTemplate(text)
    with pytest.raises(ValueError):
        template.render(DATA)


@given(st.text('{}. |()`"-/*ifendelspr1Name\\', max_size=40))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Nothing but ValueError is raised, whatever stands in a Corefile."""
    with contextlib.suppress(ValueError):
        TextTemplate(text).render(DATA)
