# SPDX-License-Identifier: Apache-2.0
"""The weight file's format, its errors, and its reload."""

import ipaddress
import logging
from pathlib import Path

import pytest

from plugins.loadbalance.loadbalance import Policy
from plugins.loadbalance.rules import Weights
from plugins.loadbalance.weights import WeightFile, WeightFileError, parse
from resolver import names
from resolver.testing import FixedClock, run


def shown(weights: Weights) -> dict[str, dict[str, int]]:
    """Return weights as a person writes them."""
    return {
        names.to_text(owner): {str(ipaddress.ip_address(a)): w for a, w in table.items()}
        for owner, table in weights.items()
    }


def test_names_each_with_addresses_and_weights() -> None:
    """Comments and blank lines are passed over; a name may stand without addresses."""
    text = """
        # two names
        w1.example.org
        192.0.2.1   10
        2001:db8::1 255

        W2.example.org.
    """
    assert shown(parse(text, "w")) == {
        "w1.example.org.": {"192.0.2.1": 10, "2001:db8::1": 255},
        "w2.example.org.": {},
    }


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param(
            "w1\n192.0.2.1",
            'wrong domain name:"192.0.2.1" in weight file w. (Maybe a missing weight value?)',
            id="an address alone",
        ),
        pytest.param("w1\n192.0.2.300 1", 'wrong IP address:"192.0.2.300"', id="no address"),
        pytest.param("w1\n192.0.2.1 0", 'wrong weight value:"0"', id="weight 0"),
        pytest.param("w1\n192.0.2.1 256", 'wrong weight value:"256"', id="weight 256"),
        pytest.param("w1\n192.0.2.1 many", 'wrong weight value:"many"', id="no number"),
        pytest.param("192.0.2.1 1", "missing domain name in weight file w", id="no name"),
        pytest.param("w1\n192.0.2.1 1 2", "could not parse weight line:", id="three words"),
    ],
)
def test_faulty_files(text: str, says: str) -> None:
    """In CoreDNS's words."""
    with pytest.raises(WeightFileError) as caught:
        parse(text, "w")
    assert str(caught.value).startswith(says)


def test_a_changed_file_is_read_again_and_a_faulty_one_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Every `reload`; the old weights stay when the new ones are faulty."""
    caplog.set_level(logging.INFO)
    path, clock, policy = tmp_path / "w", FixedClock(), Policy(weights={})
    path.write_text("a\n192.0.2.1 2\n")
    file = WeightFile(path, 30_000, policy, clock)
    run(file.start())
    assert policy.weights is not None and shown(policy.weights) == {"a.": {"192.0.2.1": 2}}
    path.write_text("a\n192.0.2.1 0\n")
    clock.advance(30_000)
    assert shown(policy.weights) == {"a.": {"192.0.2.1": 2}}
    assert "old weights stay" in caplog.messages[-1]
    path.write_text("a\n192.0.2.1 9\n")
    clock.advance(30_000)
    assert shown(policy.weights) == {"a.": {"192.0.2.1": 9}}
    run(file.stop())
    path.write_text("a\n192.0.2.1 1\n")
    clock.advance(90_000)
    assert shown(policy.weights) == {"a.": {"192.0.2.1": 9}}


@pytest.mark.parametrize("reload_ms, starts", [(1000, True), (0, False)], ids=["30s", "0s"])
def test_a_missing_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, reload_ms: int, starts: bool
) -> None:
    """A warning while it may still come; an error if nobody looks again."""
    path, clock, policy = tmp_path / "w", FixedClock(), Policy(weights={})
    file = WeightFile(path, reload_ms, policy, clock)
    if not starts:
        with pytest.raises(WeightFileError, match="could not open weight file"):
            run(file.start())
        return
    run(file.start())
    assert "will retry" in caplog.messages[0]
    path.write_text("a\n192.0.2.1 9\n")
    clock.advance(reload_ms)
    assert policy.weights is not None and shown(policy.weights) == {"a.": {"192.0.2.1": 9}}
