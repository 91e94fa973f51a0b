# SPDX-License-Identifier: Apache-2.0
"""Upstreams that are this very server block: asking them would go round in circles.

The usual case is `forward . /etc/resolv.conf` on a machine whose resolv.conf names this server.
Another server block of the same process is no circle: it has listeners of its own.
"""

import ipaddress

import ifaddr

from plugins.forward.settings import Target
from resolver.block import Block


def is_ourselves(target: Target, block: Block, local: frozenset[str]) -> bool:
    """Return whether a block listens where an upstream is; `local` are the machine's addresses."""
    scheme = "tls" if target.is_tls else "dns"
    ports = {key.port for key in block.keys if key.scheme == scheme}
    if target.to.port not in ports:
        return False
    address = target.to.ip
    if block.listen and "" not in block.listen:
        heard = {ipaddress.ip_address(host.partition("%")[0]) for host in block.listen}
        if address in heard:
            return True
        if not any(host.is_unspecified for host in heard):
            return False
    return address.is_loopback or address.is_unspecified or str(address) in local


def local_addresses() -> frozenset[str]:
    """Return the addresses of all interfaces of this machine."""
    return frozenset(
        str(ip.ip) if ip.is_IPv4 else str(ip.ip[0])
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    )
