# SPDX-License-Identifier: Apache-2.0
"""README.md of the mini internet tells of each zone that there is."""

import re
from pathlib import Path

import pytest

from tests.internet.catalogue import MISBEHAVIOURS, ZONES

WORDS = set(re.findall(r"[\w.-]*\w", (Path(__file__).parent / "README.md").read_text()))
SCRIPTED_NAMES = {f"{label}.misbehaving.example." for _, label, _ in MISBEHAVIOURS}


@pytest.mark.parametrize(
    "zone", [zone.name for zone in ZONES if zone.name not in SCRIPTED_NAMES | {"."}]
)
def test_the_table_has_each_zone(zone: str) -> None:
    """A zone that nobody is told of tests nothing."""
    assert zone.rstrip(".") in WORDS


@pytest.mark.parametrize("label", [label for _, label, _ in MISBEHAVIOURS])
def test_the_table_has_each_misbehaviour(label: str) -> None:
    """Nor does a misbehaviour."""
    assert label in WORDS
