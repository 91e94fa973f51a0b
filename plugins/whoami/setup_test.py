# SPDX-License-Identifier: Apache-2.0
"""What `whoami` accepts."""

import pytest

from plugins.whoami.setup import setup
from plugins.whoami.whoami import Whoami
from resolver.errors import ConfigurationError
from resolver.testing import set_up


def test_the_word_is_all() -> None:
    """`whoami` has neither arguments nor properties."""
    assert isinstance(set_up(setup, "whoami"), Whoami)


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("whoami example.org", "Wrong argument count", id="an argument"),
        pytest.param("whoami {\n ttl 5\n}", "unknown property 'ttl'", id="a property"),
    ],
)
def test_everything_else_is_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
