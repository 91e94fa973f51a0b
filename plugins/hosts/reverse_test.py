# SPDX-License-Identifier: Apache-2.0
"""Reverse names and addresses."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.hosts.reverse import address_of, is_reverse, name_of
from resolver import names


@given(st.ip_addresses())
def test_an_address_has_one_name(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """RFC 1035, 3.5, and RFC 3596, 2.5; the standard library says the same."""
    name = names.from_text(address.reverse_pointer)
    assert name_of(address.packed) == name
    assert address_of(name) == address.packed
    assert is_reverse(name)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("example.org.", id="another zone"),
        pytest.param("arpa.", id="above"),
        pytest.param("in-addr.arpa.", id="the zone itself"),
        pytest.param("2.0.192.in-addr.arpa.", id="a prefix"),
        pytest.param("1.1.2.0.192.in-addr.arpa.", id="a label too many"),
        pytest.param("256.2.0.192.in-addr.arpa.", id="no octet"),
        pytest.param("01.2.0.192.in-addr.arpa.", id="a leading zero"),
        pytest.param("x.2.0.192.in-addr.arpa.", id="no number"),
        pytest.param("1.2.0.192.xin-addr.arpa.", id="another zone's name ends alike"),
        pytest.param("8.b.d.0.1.0.0.2.ip6.arpa.", id="an IPv6 prefix"),
        pytest.param("g" + ".0" * 31 + ".ip6.arpa.", id="no nibble"),
        pytest.param("00" + ".0" * 29 + ".00.ip6.arpa.", id="two nibbles in a label"),
    ],
)
def test_other_names_stand_for_no_address(name: str) -> None:
    """Prefixes, other zones, and what nobody writes."""
    assert address_of(names.from_text(name)) is None


@pytest.mark.parametrize(
    "name, want",
    [
        ("in-addr.arpa.", True),
        ("x.2.0.192.in-addr.arpa.", True),
        ("8.b.d.0.ip6.arpa.", True),
        ("home.arpa.", False),
        ("example.org.", False),
    ],
)
def test_what_lies_in_a_reverse_zone(name: str, want: bool) -> None:
    """Whether it stands for an address or not."""
    assert is_reverse(names.from_text(name)) is want
