# SPDX-License-Identifier: Apache-2.0
"""Zones as a Corefile writes them: names, or CIDR prefixes that stand for reverse zones."""

import ipaddress

from resolver import names

SCHEMES = ("dns", "tls", "quic", "grpc", "https", "https3")


def zones_of(text: str) -> list[bytes]:
    """Return the zones that a word stands for; several for a CIDR off an octet or nibble boundary.

    A scheme before it and a port behind it are left out (`dns://example.org:53`).

    Raises DomainNameError if it is neither a name nor a prefix.
    """
    scheme, mark, rest = text.partition("://")
    if mark and scheme in SCHEMES:
        text = rest
    if "/" in text or text.count(":") > 1:
        network = network_of(text)
        if network is not None:
            return reverse_zones(network)
    host, colon, port = text.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        text = host
    return [names.from_text(text)]


def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return the prefix that `text` is (ADDRESS/BITS, maybe with :PORT), None if it is none."""
    if "/" not in text:
        return None
    head, _, tail = text.rpartition("/")
    bits, colon, port = tail.partition(":")
    if colon and not (port.isascii() and port.isdigit()):
        return None
    try:
        return ipaddress.ip_network(f"{head}/{bits}", strict=False)
    except ValueError:
        return None


def reverse_zones(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> list[bytes]:
    """Return the reverse zones that cover a prefix exactly (RFC 1035, 3.5; RFC 3596, 2.5).

    A prefix that ends inside an octet (IPv4) or nibble (IPv6) becomes the zones of the next one.
    """
    step = 8 if network.version == 4 else 4
    bits = -(-network.prefixlen // step) * step
    return [_reverse(part, bits // step) for part in network.subnets(new_prefix=bits)]


def _reverse(network: ipaddress.IPv4Network | ipaddress.IPv6Network, count: int) -> bytes:
    if network.version == 4:
        units, suffix = str(network.network_address).split("."), "in-addr.arpa."
    else:
        units, suffix = list(f"{int(network.network_address):032x}"), "ip6.arpa."
    return names.from_text(".".join([*reversed(units[:count]), suffix]))
