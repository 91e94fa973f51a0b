# SPDX-License-Identifier: Apache-2.0
"""Words of `bind` to addresses: an IP address stands for itself, an interface for all it has."""

import ipaddress
from collections.abc import Iterable, Mapping

import ifaddr


class Interfaces:
    """The addresses of this machine's interfaces, by name.

    Link-local IPv6 addresses carry their interface as a scope (RFC 4007, 11).
    """

    def __init__(self, addresses: Mapping[str, tuple[str, ...]]) -> None:
        self._addresses = addresses

    @classmethod
    def of_this_machine(cls) -> "Interfaces":
        """Return what the system says now."""
        found: dict[str, list[str]] = {}
        for adapter in ifaddr.get_adapters():
            for ip in adapter.ips:
                host = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
                found.setdefault(adapter.name, []).append(_scoped(host, adapter.name))
        return cls({name: tuple(hosts) for name, hosts in found.items()})

    def expand(self, words: Iterable[str]) -> list[str]:
        """Return the addresses that words stand for, each once, in their order.

        Raises ValueError if a word is neither an IP address nor an interface.
        """
        found: dict[str, None] = {}
        for word in words:
            for host in self._addresses.get(word, ()) or (_address(word),):
                found[host] = None
        return list(found)


def _scoped(host: str, interface: str) -> str:
    address = ipaddress.ip_address(host.partition("%")[0])
    link_local = address.version == 6 and address.is_link_local
    return f"{address}%{interface}" if link_local else str(address)


def _address(word: str) -> str:
    host, percent, scope = word.partition("%")
    try:
        return f"{ipaddress.ip_address(host)}{percent}{scope}"
    except ValueError:
        raise ValueError(f'not a valid IP address or interface name: "{word}"') from None
