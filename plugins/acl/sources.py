# SPDX-License-Identifier: Apache-2.0
"""Sources: sets of client addresses, and the one that a resolver serves by default."""

import functools
import ipaddress
from collections.abc import Iterable

import ifaddr

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

REMEMBERED_CLIENTS = 4096

# RFC 1122 3.2.1.3, RFC 1918, RFC 3927, RFC 6598; RFC 4291 2.5.3 and 2.5.6, RFC 4193
LOCAL_PREFIXES = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fe80::/10",
        "fc00::/7",
    )
)


class Sources:
    """The addresses in any of `networks`. One look-up a prefix length; clients are remembered."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self.networks = tuple(dict.fromkeys(networks))
        self._tables: dict[tuple[int, int], set[int]] = {}
        for network in self.networks:
            bits = network.max_prefixlen - network.prefixlen
            table = self._tables.setdefault((network.version, bits), set())
            table.add(int(network.network_address) >> bits)
        self._remembered = functools.lru_cache(REMEMBERED_CLIENTS)(self._has)

    def __contains__(self, host: str) -> bool:
        """Return whether an address, IPv4 or IPv6 with or without scope, is one of them."""
        return self._remembered(host)

    def _has(self, host: str) -> bool:
        address = ipaddress.ip_address(host.partition("%")[0])
        number, version = int(address), address.version
        return any(
            of == version and number >> bits in table for (of, bits), table in self._tables.items()
        )


def attached_prefixes() -> list[Network]:
    """Return the prefixes of this machine's interfaces, as the system has them now."""
    found: list[Network] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            host = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            address = host.partition("%")[0]
            found.append(ipaddress.ip_network(f"{address}/{ip.network_prefix}", strict=False))
    return found
