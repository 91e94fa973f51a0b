# SPDX-License-Identifier: Apache-2.0
"""Tests of the keys of server blocks."""

import pytest

from resolver import names
from resolver.corefile.keys import keys_of
from resolver.corefile.lexer import Token
from resolver.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param(".", ["dns . 5300"], id="the root"),
        pytest.param("Example.ORG", ["dns example.org. 5300"], id="a zone in any case"),
        pytest.param("example.org:1053", ["dns example.org. 1053"], id="a port"),
        pytest.param(".:0", ["dns . 0"], id="any free port"),
        pytest.param("dns://example.org", ["dns example.org. 5300"], id="a scheme"),
        pytest.param("DNS://.:53", ["dns . 53"], id="a scheme in capitals"),
        pytest.param("10.0.0.0/8", ["dns 10.in-addr.arpa. 5300"], id="a prefix"),
        pytest.param("10.0.0.0/8:53", ["dns 10.in-addr.arpa. 53"], id="a prefix with a port"),
        pytest.param(
            "10.0.0.0/15",
            ["dns 0.10.in-addr.arpa. 5300", "dns 1.10.in-addr.arpa. 5300"],
            id="a prefix inside an octet",
        ),
        pytest.param("2001:db8::/32:53", ["dns 8.b.d.0.1.0.0.2.ip6.arpa. 53"], id="an IPv6 prefix"),
    ],
)
def test_a_key_stands_for(text: str, want: list[str]) -> None:
    """`[SCHEME://]ZONE[:PORT]`; the default port is that of the command line."""
    keys = keys_of(Token("Corefile", 1, text), 5300)
    assert [f"{key.scheme} {names.to_text(key.zone)} {key.port}" for key in keys] == want


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("example.org:", 'expecting data after last colon: "example.org:"', id="colon"),
        pytest.param(":53", "zone is not a valid domain name: ", id="no zone"),
        pytest.param("a..b", "zone is not a valid domain name: a..b", id="an empty label"),
        pytest.param("x" * 64, f"zone is not a valid domain name: {'x' * 64}", id="a long label"),
        pytest.param("x." * 150, "specified zone is too long: 300 > 255", id="a long zone"),
        pytest.param("0::/8", "invalid CIDR 0::/8", id="a prefix from 0"),
        pytest.param("::/8", "invalid CIDR ::/8", id="a prefix from nothing"),
        pytest.param(
            ".:65536", "port 65536 of key '.:65536' is not in 0-65535", id="a port beyond all"
        ),
        pytest.param(
            "tls://.", "this build does not serve tls://, only dns://", id="a scheme for later"
        ),
        pytest.param(
            "ftp://.", "unknown scheme 'ftp://' of a server block's key", id="no such scheme"
        ),
    ],
)
def test_what_is_no_key(text: str, message: str) -> None:
    """The error says where the key stands and what is wrong with it."""
    with pytest.raises(ConfigurationError) as caught:
        keys_of(Token("Corefile", 3, text))
    assert str(caught.value) == f"Corefile:3 - Error during parsing: {message}"
