# SPDX-License-Identifier: Apache-2.0
"""Words to addresses."""

import pytest

from plugins.bind.bind import Interfaces

HOUSE = Interfaces({"eth0": ("192.0.2.1", "2001:db8::1", "fe80::1%eth0"), "wlan0": ("192.0.2.2",)})


@pytest.mark.parametrize(
    "words, hosts",
    [
        pytest.param(["eth0"], ["192.0.2.1", "2001:db8::1", "fe80::1%eth0"], id="an interface"),
        pytest.param(["wlan0", "192.0.2.2"], ["192.0.2.2"], id="an address that it has"),
        pytest.param(["2001:DB8:0::9"], ["2001:db8::9"], id="an address in another spelling"),
    ],
)
def test_expand(words: list[str], hosts: list[str]) -> None:
    """Each address once, in the order of the words."""
    assert HOUSE.expand(words) == hosts


def test_a_word_that_is_neither() -> None:
    """An interface that is not there is an error, so that nobody listens on nothing."""
    with pytest.raises(ValueError, match='not a valid IP address or interface name: "eth9"'):
        HOUSE.expand(["eth9"])


def test_this_machine_has_a_loopback_interface() -> None:
    """Whatever it is called, 127.0.0.1 expands to itself."""
    assert Interfaces.of_this_machine().expand(["127.0.0.1"]) == ["127.0.0.1"]
