# SPDX-License-Identifier: Apache-2.0
"""What `view` accepts in a Corefile."""

import pytest

from plugins.view.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("view example {\n expr name() == 'example.org.'\n}", id="a comparison"),
        pytest.param("view example {\n expr incidr(client_ip(), '10.0.0.0/24')\n}", id="a prefix"),
        pytest.param("view a {\n expr do()\n expr type() in ['A', 'AAAA']\n}", id="two filters"),
        pytest.param("view a {\n expr \"name() matches '^a[.]'\"\n}", id="in quotes"),
        pytest.param("view example", id="no filter: everything"),
    ],
)
def test_a_view_is_set_up(text: str) -> None:
    """The block has a name and a filter then."""
    made = controller(text)
    setup(made)
    assert made.block.view in ("example", "a")
    assert made.block.admits is not None


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param(
            "view", "Wrong argument count or unexpected line ending after 'view'", id="bare"
        ),
        pytest.param("view a b", "Wrong argument count", id="two names"),
        pytest.param(
            "view a {\n expr\n}", "unexpected line ending after 'expr'", id="empty filter"
        ),
        pytest.param("view a {\n foo bar\n}", "unknown property 'foo'", id="unknown property"),
        pytest.param(
            "view a {\n}\nview b {\n}", "multiple views defined in server block", id="two views"
        ),
        pytest.param(
            "view a {\n expr invalid expression\n}",
            "Corefile:2 - Error during parsing: plugin/view: unexpected 'expression' at 9",
            id="no expression",
        ),
        pytest.param("view a {\n expr nme() == 'x'\n}", "unknown function nme at 1", id="unknown"),
        pytest.param(
            "view a {\n expr incidr(client_ip(), '10.0.0.0/33')\n}",
            "invalid CIDR address: 10.0.0.0/33",
            id="no prefix",
        ),
        pytest.param("view a {\n expr name() matches '('\n}", "error parsing regexp", id="pattern"),
    ],
)
def test_what_is_refused(text: str, says: str) -> None:
    """An error names file, line and what is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        setup(controller(text))
    assert says in str(caught.value)
