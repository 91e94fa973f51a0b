# SPDX-License-Identifier: Apache-2.0
"""What `log` accepts."""

import pytest

from plugins.log.setup import setup
from resolver import names
from resolver.classify import Class
from resolver.errors import ConfigurationError
from resolver.testing import set_up


@pytest.mark.parametrize(
    "text, rules",
    [
        pytest.param("log", [(".", None)], id="everything"),
        pytest.param("log example.org", [("example.org.", None)], id="a name"),
        pytest.param("log {common}", None, id="one word is a name, never a format"),
        pytest.param(
            "log a.org b.org {combined}", [("a.org.", None), ("b.org.", None)], id="names, format"
        ),
        pytest.param(
            "log {\n class denial error\n}", [(".", {Class.DENIAL, Class.ERROR})], id="classes"
        ),
        pytest.param("log {\n class denial\n class all\n}", [(".", None)], id="all of them"),
        pytest.param("log {\n format json\n}", [(".", None)], id="JSON"),
    ],
)
def test_accepted(text: str, rules: list[tuple[str, set[Class] | None]] | None) -> None:
    """Each name is a rule of its own."""
    got = [(names.to_text(r.zone), r.classes) for r in set_up(setup, text).rules]
    assert got == (rules if rules is not None else [(r"{common}.", None)])


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("log {\n class\n}", "Wrong argument count", id="no class"),
        pytest.param("log {\n class some\n}", "invalid Class: some", id="unknown class"),
        pytest.param("log {\n format xml\n}", "unknown format 'xml'", id="unknown format"),
        pytest.param("log {\n unknown\n}", "unknown property 'unknown'", id="property"),
        pytest.param("log a..b", "empty label", id="no name"),
    ],
)
def test_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
