# SPDX-License-Identifier: Apache-2.0
"""Labels of a query."""

import pytest

from resolver.metadata import Labels, is_label, set_label
from resolver.testing import request


@pytest.mark.parametrize(
    "text, valid",
    [
        pytest.param("view/name", True, id="plugin and name"),
        pytest.param("kubernetes/client/namespace", True, id="three words"),
        pytest.param("view", False, id="no slash"),
        pytest.param("/name", False, id="nothing ahead of it"),
        pytest.param("view/", False, id="nothing behind it"),
        pytest.param("view//name", False, id="nothing between"),
        pytest.param("a view/name", False, id="a space"),
    ],
)
def test_the_form_of_a_label(text: str, valid: bool) -> None:
    """The plugin's word, a slash, a name."""
    assert is_label(text) is valid


def test_a_label_that_is_set_late_is_seen_by_all_who_have_the_query() -> None:
    """Whoever stands ahead reads it after the chain has run, though it has another Request."""
    ahead = request("example.org. A", labels=Labels())
    behind = ahead.replace(qtype=28)
    assert set_label(behind, "forward/upstream", lambda: "192.0.2.1")
    assert ahead.labels["forward/upstream"]() == "192.0.2.1"


def test_a_query_whose_labels_are_not_collected_has_none() -> None:
    """Setting one is no mistake, and does nothing."""
    asked = request("example.org. A")
    assert not set_label(asked, "forward/upstream", lambda: "192.0.2.1")
    assert dict(asked.labels) == {}


def test_a_label_without_a_slash_is_a_mistake_of_the_plugin() -> None:
    """It is told at once, whether labels are collected or not."""
    with pytest.raises(ValueError, match="not a label: 'upstream'"):
        set_label(request("example.org. A"), "upstream", str)
