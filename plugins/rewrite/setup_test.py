# SPDX-License-Identifier: Apache-2.0
"""What `rewrite` accepts in a Corefile."""

import pytest

from plugins.rewrite.setup import setup
from resolver import wire
from resolver.errors import ConfigurationError
from resolver.testing import controller, set_up


@pytest.mark.parametrize(
    "text",
    [
        "rewrite name a.example b.example",
        "rewrite continue name exact a.example b.example",
        "rewrite stop name prefix a b answer auto",
        "rewrite name suffix a.example. b.example answer value (.*) {1} name (.*) {1}",
        "rewrite name substring a b answer name (.*)a(.*) {1}b{2} answer value a b",
        "rewrite name regex (.*)[.]a (.*) answer auto",
        "rewrite stop {\n name regex foo bar\n answer name bar foo\n}",
        "rewrite {\n name suffix foo bar\n answer name bar foo\n value bar foo\n}",
        "rewrite type ANY HINFO",
        "rewrite class CH IN",
        "rewrite ttl a.example 10",
        "rewrite ttl suffix a.example -10",
        "rewrite rcode regex [.]a[.]$ SERVFAIL 3",
        "rewrite cname substring a b",
        "rewrite edns0 local set 0xffee 0xabcd revert",
        "rewrite edns0 local append 10 {test/label}",
        "rewrite edns0 nsid set",
        "rewrite edns0 subnet replace 24 56",
    ],
)
def test_a_rule_is_set_up(text: str) -> None:
    """On one line or in braces."""
    assert len(set_up(setup, text).steps) == 1


def test_a_class_is_let_in() -> None:
    """A block takes queries of a class that it rewrites."""
    made = controller("rewrite class CH IN")
    setup(made)
    assert made.block.qclasses == {wire.IN, wire.CH}


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("rewrite", "no rule type specified", id="nothing"),
        pytest.param("rewrite stop", "no rule type specified", id="no rule"),
        pytest.param("rewrite foo a b", "invalid rule type 'foo'", id="field"),
        pytest.param("rewrite name a", "2 arguments required, not 1", id="no name"),
        pytest.param("rewrite name a b c", "2 arguments required, not 3", id="no kind"),
        pytest.param("rewrite name a..b c", "empty label", id="no name at all"),
        pytest.param("rewrite name suffix ..b c", "empty label", id="no suffix"),
        pytest.param("rewrite name regex ( b", "error parsing regexp", id="pattern"),
        pytest.param("rewrite name regex (a) {2}", "has no group {2}", id="group"),
        pytest.param("rewrite name suffix a b foo", "expecting 'answer'", id="word"),
        pytest.param("rewrite name suffix a b answer", "invalid answer rule ''", id="no answer"),
        pytest.param("rewrite name suffix a b answer ttl a b", "rule 'ttl'", id="answer of what"),
        pytest.param("rewrite name suffix a b answer name a", "2 arguments", id="half an answer"),
        pytest.param("rewrite name regex a b answer name a {1}", "no group {1}", id="its group"),
        pytest.param(
            "rewrite {\n answer name a b\n name a b\n}",
            "Corefile:2 - Error during parsing: plugin/rewrite: "
            "rewrite with braces must begin with a name rule",
            id="order in braces",
        ),
        pytest.param(
            "rewrite {\n name regex a b\n name c\n}", "name: 2 arguments required", id="in braces"
        ),
        pytest.param("rewrite type ANY FOO", "invalid type 'FOO'", id="type"),
        pytest.param("rewrite class IN FOO", "invalid class 'FOO'", id="class"),
        pytest.param("rewrite ttl a b", "invalid TTL 'b'", id="TTL"),
        pytest.param("rewrite ttl a -", "invalid TTL '-'", id="no TTL"),
        pytest.param("rewrite ttl a 2-1", "invalid TTL range '2-1'", id="range"),
        pytest.param("rewrite ttl a 4294967296", "invalid TTL", id="a TTL too long"),
        pytest.param("rewrite rcode a FOO 0", "invalid RCODE 'FOO'", id="RCODE"),
        pytest.param("rewrite rcode a 0", "3 arguments required", id="one RCODE"),
        pytest.param("rewrite cname regex " + "a" * 10_001 + " b", "too long", id="long pattern"),
        pytest.param("rewrite edns0 local", "too few arguments", id="no action"),
        pytest.param("rewrite edns0 foo set", "invalid rule type 'foo'", id="option"),
        pytest.param("rewrite edns0 nsid foo", "invalid action 'foo'", id="action"),
        pytest.param("rewrite edns0 nsid set x", "takes 0 arguments", id="data for NSID"),
        pytest.param("rewrite edns0 local set x y", "invalid number 'x'", id="code"),
        pytest.param("rewrite edns0 local set 65536 y", "out of range", id="a code too high"),
        pytest.param("rewrite edns0 local set 1 0xabc", "invalid hexadecimal data", id="data"),
        pytest.param("rewrite edns0 local set 1 {foo}", "variable name 'foo'", id="variable"),
        pytest.param("rewrite edns0 local unset 1 revert", "takes 1 arguments", id="unset"),
        pytest.param("rewrite edns0 subnet set 33 56", "out of range: '33'", id="bits"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    """An error names file, line and what is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        setup(controller(text))
    assert says in str(caught.value)
