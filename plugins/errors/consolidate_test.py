# SPDX-License-Identifier: Apache-2.0
"""Counting by pattern."""

import logging

import pytest
import re2

from plugins.errors.consolidate import Pattern
from resolver.testing import FixedClock


def test_a_period_starts_with_its_first_error(caplog: pytest.LogCaptureFixture) -> None:
    """Two bursts are two periods, and quiet time tells nothing."""
    clock = FixedClock()
    pattern = Pattern(
        re2.compile("x"), 1000, "1s", logging.ERROR, False, clock, logging.getLogger("t")
    )
    assert pattern.takes("a x b") and not pattern.takes("y")
    clock.advance(700)
    pattern.count("first")
    clock.advance(999)
    pattern.count("second")
    assert caplog.messages == []
    clock.advance(1)
    clock.advance(5000)
    assert caplog.messages == ["2 errors like 'x' occurred in last 1s"]
    pattern.count("third")
    clock.advance(1000)
    assert caplog.messages[1:] == ["1 errors like 'x' occurred in last 1s"]
