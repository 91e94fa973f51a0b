# SPDX-License-Identifier: Apache-2.0
"""What `loadbalance` accepts."""

import pytest

from plugins.loadbalance.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import controller, run, set_up


@pytest.mark.parametrize(
    "text, prefer, weighted",
    [
        pytest.param("loadbalance", [], False, id="round_robin by default"),
        pytest.param("loadbalance round_robin", [], False, id="round_robin"),
        pytest.param(
            "loadbalance {\n prefer 10.0.0.0/8 fd00::/8\n prefer 192.0.2.1/32\n}",
            ["10.0.0.0/8", "fd00::/8", "192.0.2.1/32"],
            False,
            id="prefer",
        ),
        pytest.param("loadbalance weighted wf", [], True, id="weighted"),
        pytest.param("loadbalance weighted wf {\n reload 10s\n}", [], True, id="reload"),
    ],
)
def test_accepted(text: str, prefer: list[str], weighted: bool) -> None:
    """The policy is data."""
    policy = set_up(setup, text).policy
    assert [str(net) for net in policy.prefer] == prefer
    assert (policy.weights is not None) is weighted


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("loadbalance fleeb", "unknown policy: fleeb", id="policy"),
        pytest.param("loadbalance round_robin a", "unknown property for round_robin", id="word"),
        pytest.param("loadbalance weighted", "missing weight file argument", id="no file"),
        pytest.param("loadbalance weighted a b", r"unexpected argument\(s\)", id="two files"),
        pytest.param("loadbalance weighted a {\n x\n}", "unknown property 'x'", id="property"),
        pytest.param(
            "loadbalance weighted a {\n prefer ::/0\n}",
            "unknown property 'prefer'",
            id="prefer goes with round_robin",
        ),
        pytest.param(
            "loadbalance {\n reload 5s\n}", "unknown property 'reload'", id="reload: weighted"
        ),
        pytest.param(
            "loadbalance weighted a {\n reload x\n}", "invalid reload duration 'x'", id="duration"
        ),
        pytest.param(
            "loadbalance weighted a {\n reload -5s\n}", "invalid reload duration '-5s'", id="past"
        ),
        pytest.param(
            "loadbalance weighted a {\n reload 5s a\n}", "unexpected argument", id="two durations"
        ),
        pytest.param("loadbalance {\n prefer 10.0.0.0\n}", 'invalid CIDR "10.0.0.0"', id="CIDR"),
    ],
)
def test_refused(text: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)


def test_the_weight_file_is_read_at_the_start() -> None:
    """Not at set-up: a missing one that is never read again stops the start."""
    made = controller("loadbalance weighted /nowhere/wf {\n reload 0s\n}")
    setup(made)
    [start], [stop] = made.block.hooks.startup, made.block.hooks.shutdown
    with pytest.raises(Exception, match="could not open weight file"):
        run(start())
    run(stop())
