# SPDX-License-Identifier: Apache-2.0
"""Limits follow from what the process may open."""

import pytest

from resolver.limits import Limits


@pytest.mark.parametrize(
    ("descriptors", "connections", "per_client"),
    [
        pytest.param(64, 8, 4, id="hardly any"),
        pytest.param(1024, 128, 16, id="the usual soft limit"),
        pytest.param(1 << 20, 1024, 128, id="plenty"),
    ],
)
def test_connections_follow_descriptors(
    descriptors: int, connections: int, per_client: int
) -> None:
    """64 descriptors must still start; no client takes the whole house."""
    limits = Limits.for_descriptors(descriptors)
    assert (limits.connections, limits.connections_per_client) == (connections, per_client)


def test_changes_have_the_last_word() -> None:
    limits = Limits.for_descriptors(64, connections=3, idle_ms=1)
    assert (limits.connections, limits.idle_ms) == (3, 1)
    assert limits.replace(idle_ms=2).idle_ms == 2
