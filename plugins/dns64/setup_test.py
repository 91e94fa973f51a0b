# SPDX-License-Identifier: Apache-2.0
"""What `dns64` accepts."""

import pytest

from plugins.dns64.setup import setup
from resolver.errors import ConfigurationError
from resolver.testing import set_up


@pytest.mark.parametrize(
    "text, prefix, translate_all, allow_ipv4",
    [
        pytest.param("dns64", "64:ff9b::/96", False, False, id="alone"),
        pytest.param("dns64 64:1337::/96", "64:1337::/96", False, False, id="a prefix"),
        pytest.param(
            "dns64 {\n prefix 2001:db8::/32\n translate_all\n allow_ipv4\n}",
            "2001:db8::/32",
            True,
            True,
            id="properties",
        ),
    ],
)
def test_accepted(text: str, prefix: str, translate_all: bool, allow_ipv4: bool) -> None:
    """The policy is data."""
    policy = set_up(setup, text).policy
    assert (str(policy.prefix), policy.translate_all, policy.allow_ipv4) == (
        prefix,
        translate_all,
        allow_ipv4,
    )


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param("dns64 foobar", "invalid CIDR address: foobar", id="no prefix"),
        pytest.param("dns64 64:ff9b::", "it must be an IPv6 prefix", id="an address"),
        pytest.param("dns64 {\n prefix 8.8.8.8/24\n}", "it must be an IPv6 prefix", id="IPv4"),
        pytest.param("dns64 {\n prefix 64:ff9b::/52\n}", "invalid prefix length 52", id="/52"),
        pytest.param("dns64 {\n prefix 64:ff9b::/104\n}", "invalid prefix length 104", id="/104"),
        pytest.param("dns64 64:ff9b::/96 x", "Wrong argument count", id="two words"),
        pytest.param("dns64 {\n translate_all x\n}", "Wrong argument count", id="argument"),
        pytest.param("dns64 {\n foobar\n}", "unknown property 'foobar'", id="property"),
        pytest.param("dns64\ndns64", "can only be used once per Server Block", id="twice"),
    ],
)
def test_refused(text: str, says: str) -> None:
    """With the line's place."""
    with pytest.raises(ConfigurationError, match=says):
        set_up(setup, text)
