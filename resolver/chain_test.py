# SPDX-License-Identifier: Apache-2.0
"""Tests of linking."""

import pytest

from resolver.chain import link
from resolver.errors import ConfigurationError
from resolver.plugin import Plugin
from resolver.testing import NextHandler


def test_each_handler_calls_the_one_behind_it() -> None:
    """The last one calls nobody."""
    first, second, last = Plugin(), Plugin(), NextHandler()
    link([first, second, last])
    assert first.next_handler is second
    assert second.next_handler is last


def test_a_handler_that_calls_nobody_stands_last() -> None:
    """Else what is behind it would never be asked."""
    with pytest.raises(ConfigurationError, match="plugin/next: a handler needs `next_handler`"):
        link([NextHandler(), Plugin()])
