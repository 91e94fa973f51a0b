# SPDX-License-Identifier: Apache-2.0
"""Tests of zones as a Corefile writes them."""

import pytest

from resolver import names
from resolver.corefile.zones import network_of, zones_of
from resolver.errors import DomainNameError


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param("example.org", ["example.org."], id="a name"),
        pytest.param("EXAMPLE.org.", ["example.org."], id="case is folded"),
        pytest.param(".", ["."], id="the root"),
        pytest.param("dns://example.org:53", ["example.org."], id="scheme and port are left out"),
        pytest.param("10.0.0.0/8", ["10.in-addr.arpa."], id="an octet boundary"),
        pytest.param("10.1.2.3/8", ["10.in-addr.arpa."], id="host bits are ignored"),
        pytest.param("10.0.0.0/8:53", ["10.in-addr.arpa."], id="a prefix with a port"),
        pytest.param(
            "10.0.0.0/15", ["0.10.in-addr.arpa.", "1.10.in-addr.arpa."], id="inside an octet"
        ),
        pytest.param("0.0.0.0/0", ["in-addr.arpa."], id="all of IPv4"),
        pytest.param("192.0.2.1/32", ["1.2.0.192.in-addr.arpa."], id="an address"),
        pytest.param("2001:db8::/32", ["8.b.d.0.1.0.0.2.ip6.arpa."], id="a nibble boundary"),
        pytest.param(
            "2001:db8::/31",
            ["8.b.d.0.1.0.0.2.ip6.arpa.", "9.b.d.0.1.0.0.2.ip6.arpa."],
            id="inside a nibble",
        ),
        pytest.param("a/b.example.org", ["a/b.example.org."], id="a slash in a name"),
    ],
)
def test_a_word_stands_for_zones(text: str, want: list[str]) -> None:
    """A prefix is the reverse zones that cover it exactly (RFC 1035, 3.5; RFC 3596, 2.5)."""
    assert [names.to_text(zone) for zone in zones_of(text)] == want


def test_a_prefix_inside_an_octet_is_many_zones() -> None:
    """A /25 is 128 zones of one address each."""
    zones = [names.to_text(zone) for zone in zones_of("192.168.1.0/25")]
    assert len(zones) == 128
    assert zones[0] == "0.1.168.192.in-addr.arpa."
    assert zones[-1] == "127.1.168.192.in-addr.arpa."


@pytest.mark.parametrize("text", ["a..b", "", "ä.org", "x" * 64])
def test_what_is_no_zone(text: str) -> None:
    """Neither a name nor a prefix."""
    with pytest.raises(DomainNameError):
        zones_of(text)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.0", "x/8", "10.0.0.0/8:x", "2001:db8::"])
def test_what_is_no_prefix(text: str) -> None:
    """Address, slash and number of bits make a prefix."""
    assert network_of(text) is None
