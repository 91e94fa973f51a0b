# SPDX-License-Identifier: Apache-2.0
"""Sets of client addresses."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from plugins.acl.sources import Sources, attached_prefixes

networks = st.lists(
    st.ip_addresses().flatmap(
        lambda ip: st.integers(0, ip.max_prefixlen).map(
            lambda bits: ipaddress.ip_network(f"{ip}/{bits}", strict=False)
        )
    ),
    max_size=8,
)


@given(networks, st.ip_addresses())
def test_membership_is_what_the_networks_say(
    nets: list[ipaddress.IPv4Network | ipaddress.IPv6Network],
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    """Held against the standard library's own test, asked twice because clients are remembered."""
    sources = Sources(nets)
    want = any(ip in net for net in nets)
    assert (str(ip) in sources) is want
    assert (str(ip) in sources) is want


def test_this_machine_is_attached_to_its_loopback() -> None:
    """Wherever it runs."""
    assert "127.0.0.1" in Sources(attached_prefixes())
