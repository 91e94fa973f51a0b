# SPDX-License-Identifier: Apache-2.0
"""What stands for an upstream."""

import pytest

from plugins.forward.settings import HostName, Target
from plugins.forward.targets import targets_of
from resolver.request import Endpoint


def plain(host: str, port: int = 53) -> Target:
    """Return an upstream without TLS."""
    return Target(Endpoint(host, port))


def tls(host: str, port: int = 853, server_name: str = "") -> Target:
    """Return an upstream with TLS."""
    return Target(Endpoint(host, port), True, server_name)


@pytest.mark.parametrize(
    "text, want",
    [
        pytest.param("192.0.2.1", plain("192.0.2.1"), id="IPv4"),
        pytest.param("192.0.2.1:5353", plain("192.0.2.1", 5353), id="with a port"),
        pytest.param("2001:db8::1", plain("2001:db8::1"), id="IPv6"),
        pytest.param("[2001:db8::1]:54", plain("2001:db8::1", 54), id="IPv6 with a port"),
        pytest.param("fe80::1%eth0", plain("fe80::1%eth0"), id="with its interface"),
        pytest.param("dns://192.0.2.1", plain("192.0.2.1"), id="dns"),
        pytest.param("tls://192.0.2.1", tls("192.0.2.1"), id="tls"),
        pytest.param("tls://192.0.2.1%a.example", tls("192.0.2.1", 853, "a.example"), id="a name"),
        pytest.param(
            "tls://192.0.2.1%a.example:854", tls("192.0.2.1", 854, "a.example"), id="name and port"
        ),
        pytest.param("tls://2001:db8::1%a.example", tls("2001:db8::1", 853, "a.example"), id="v6"),
        pytest.param(
            "tls://[2001:db8::1%a.example]:854",
            tls("2001:db8::1", 854, "a.example"),
            id="in brackets",
        ),
        pytest.param("dns.example.org", HostName("dns.example.org.", 53), id="a host"),
        pytest.param("dns.example.org:54", HostName("dns.example.org.", 54), id="a host's port"),
        pytest.param(
            "tls://dns.example.org",
            HostName("dns.example.org.", 853, True, "dns.example.org"),
            id="a host with TLS is named by its certificate",
        ),
    ],
)
def test_one_upstream(text: str, want: object) -> None:
    """An address or a host, maybe with a scheme, a port and a name."""
    assert targets_of(text) == [want]


@pytest.mark.parametrize(
    "text", ["", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "a..b", "a:b:c", "[::1", "x\0"]
)
def test_no_upstream(text: str) -> None:
    """The word is told."""
    with pytest.raises(ValueError, match="not an IP address or file"):
        targets_of(text)
