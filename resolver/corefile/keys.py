# SPDX-License-Identifier: Apache-2.0
"""Keys of server blocks: `[SCHEME://]ZONE[:PORT]`, where ZONE is a name or a CIDR prefix."""

import re

from resolver import names
from resolver.block import Key
from resolver.corefile.controller import error_at
from resolver.corefile.lexer import Token
from resolver.corefile.ports import DEFAULT_PORT
from resolver.corefile.zones import SCHEMES, network_of, reverse_zones
from resolver.errors import DomainNameError

SERVED = ("dns",)
MAX_ZONE_LENGTH = 255

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_PORT = re.compile(r"(.*):([0-9]+)", re.DOTALL)


def keys_of(token: Token, default_port: int = DEFAULT_PORT) -> list[Key]:
    """Return what a key stands for; several if it is a CIDR prefix off an octet or nibble boundary.

    default_port: that of a key without one.

    Raises ConfigurationError if it is no key, or its scheme is one that is not served.
    """
    scheme, rest = "dns", token.text
    found = _SCHEME.match(rest)
    if found is not None:
        scheme, rest = found[1].lower(), rest[found.end() :]
        if scheme not in SCHEMES:
            raise error_at(token, f"unknown scheme '{found[1]}://' of a server block's key")
        if scheme not in SERVED:
            served = " ".join(f"{name}://" for name in SERVED)
            raise error_at(token, f"this build does not serve {scheme}://, only {served}")
    if rest.endswith(":"):
        raise error_at(token, f'expecting data after last colon: "{rest}"')
    port = default_port
    with_port = _PORT.fullmatch(rest)
    if with_port is not None:
        rest, number = with_port[1], with_port[2]
        if len(number) > 5 or int(number) > 65535:
            raise error_at(token, f"port {number} of key '{token.text}' is not in 0-65535")
        port = int(number)
    return [Key(scheme, zone, port) for zone in _zones(token, rest)]


def _zones(token: Token, text: str) -> list[bytes]:
    if len(text) > MAX_ZONE_LENGTH:
        raise error_at(token, f"specified zone is too long: {len(text)} > {MAX_ZONE_LENGTH}")
    network = network_of(text)
    if network is not None:
        if text[0] == ":" or (text[0] == "0" and ":" in text):
            raise error_at(token, f"invalid CIDR {text}")
        return reverse_zones(network)
    try:
        return [names.from_text(text)]
    except DomainNameError:
        raise error_at(token, f"zone is not a valid domain name: {text}") from None
