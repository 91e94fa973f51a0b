# SPDX-License-Identifier: Apache-2.0
"""Which time-outs there are."""

import pytest

from plugins.cancel.cancel import patience_ms
from resolver.errors import ConfigurationError
from resolver.testing import controller


@pytest.mark.parametrize(
    "text, patience",
    [
        pytest.param("cancel", 5001, id="default"),
        pytest.param("cancel 2s", 2000, id="seconds"),
        pytest.param("cancel 1.5s", 1500, id="a fraction"),
        pytest.param("cancel 1ms", 1, id="the shortest"),
    ],
)
def test_a_duration(text: str, patience: int) -> None:
    """As Go writes it."""
    assert patience_ms(controller(text).once()) == patience


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("cancel 5", 'invalid duration: "5"', id="no unit"),
        pytest.param("cancel soon", 'invalid duration: "soon"', id="a word"),
        pytest.param("cancel -1s", 'invalid negative duration: "-1s"', id="negative"),
        pytest.param("cancel 0s", 'invalid negative duration: "0s"', id="none"),
        pytest.param("cancel 1s 2s", "Wrong argument count", id="two"),
    ],
)
def test_no_duration(text: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError, match=f"Corefile:1 .* plugin/cancel: {says}"):
        patience_ms(controller(text).once())
