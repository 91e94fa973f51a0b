# SPDX-License-Identifier: Apache-2.0
"""What `template` accepts in a Corefile."""

import pytest

from plugins.template.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller, set_up


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("template ANY ANY", id="nothing in it"),
        pytest.param("template IN A example.org 192.0.2.0/24 {\n}", id="zones"),
        pytest.param("template IN A {\n match a b\n match c\n}", id="patterns"),
        pytest.param('template IN A {\n answer "{{ parseInt }}"\n}', id="told when it is asked"),
        pytest.param('template IN A {\n answer "{{ .Grup.a }}"\n}', id="a field that is not there"),
        pytest.param("template IN A {\n var a 1\n var b a + 1\n expr b == 2\n}", id="variables"),
        pytest.param("template IN A {\n expr group('a') == group(1)\n}", id="groups"),
        pytest.param('template IN A {\n rcode NXDOMAIN\n ederror 21 "not here"\n}', id="an error"),
        pytest.param("template IN A {\n fallthrough example.org\n}", id="fallthrough"),
    ],
)
def test_a_template_is_set_up(text: str) -> None:
    """One rule each."""
    assert len(set_up(setup, text).rules) == 1


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("template", "Wrong argument count", id="no class"),
        pytest.param("template ANY", "unexpected line ending after 'ANY'", id="no type"),
        pytest.param("template X ANY", "invalid query class X", id="class"),
        pytest.param("template ANY X", "invalid RR class X", id="type"),
        pytest.param("template ANY ANY {\n foo\n}", "unknown property 'foo'", id="property"),
        pytest.param("template ANY ANY {\n match\n}", "after 'match'", id="no pattern"),
        pytest.param("template ANY ANY {\n match (\n}", "error parsing regexp", id="pattern"),
        pytest.param("template ANY ANY {\n answer\n}", "after 'answer'", id="no answer"),
        pytest.param('template ANY ANY {\n answer "{{"\n}', "unclosed action", id="no end"),
        pytest.param('template A A {\n answer "{{ f }}"\n}', "invalid query class A", id="order"),
        pytest.param(
            'template ANY ANY {\n answer "{{ f }}"\n}',
            'Corefile:2 - Error during parsing: plugin/template: function "f" not defined',
            id="function",
        ),
        pytest.param("template ANY ANY {\n rcode\n}", "after 'rcode'", id="no rcode"),
        pytest.param("template ANY ANY {\n rcode FOO\n}", "unknown rcode FOO", id="rcode"),
        pytest.param("template ANY ANY {\n ederror x\n}", "x", id="no error code"),
        pytest.param("template ANY ANY {\n ederror 65536\n}", "out of range: 65536", id="code"),
        pytest.param("template ANY ANY {\n ederror 1 2 3\n}", "after '3'", id="many words"),
        pytest.param("template ANY ANY {\n var a\n}", "after 'a'", id="no value"),
        pytest.param("template ANY ANY {\n var 1a 1\n}", "variable name '1a'", id="digit first"),
        pytest.param("template ANY ANY {\n var group 1\n}", "variable name", id="a function"),
        pytest.param("template ANY ANY {\n var let 1\n}", "variable name", id="a keyword"),
        pytest.param("template ANY ANY {\n var a 1\n var a 2\n}", "variable name", id="twice"),
        pytest.param("template ANY ANY {\n var a b\n var b 1\n}", "unknown name b", id="too early"),
        pytest.param("template ANY ANY {\n expr\n}", "after 'expr'", id="no expression"),
        pytest.param("template ANY ANY {\n var a 1\n expr a + 'x'\n}", "invalid oper", id="kinds"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    """An error names file, line and what is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        setup(controller(text))
    assert says in str(caught.value)
