# SPDX-License-Identifier: Apache-2.0
"""The TO words of a `forward` line: addresses, names of hosts, files in resolv.conf's form.

192.0.2.1  192.0.2.1:5353  [2001:db8::1]:53  dns://192.0.2.1  fe80::1%eth0
tls://192.0.2.1%dns.example.org:853  tls://[2001:db8::1%dns.example.org]:853
dns.example.org  /etc/resolv.conf
"""

import ipaddress
from pathlib import Path

from plugins.forward.settings import HostName, Target
from resolver import names
from resolver.corefile import values
from resolver.errors import DomainNameError
from resolver.request import Endpoint

_PORTS = {"dns": 53, "tls": 853}


def targets_of(text: str) -> list[Target | HostName]:
    """Return the upstreams that a word stands for; several, or none, if it is a file.

    Raises ValueError if it is none of the forms.
    """
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "dns", text
    if scheme == "https":
        if "/" in rest:
            raise ValueError(f"paths are not allowed in HTTPS upstream addresses: '{text}'")
        raise ValueError(f"https upstreams are not supported: '{text}' (use tls://)")
    if scheme not in _PORTS:
        raise ValueError(
            f"'{scheme}' is not supported as a destination protocol in forward: {text}"
        )
    is_tls = scheme == "tls"
    address, server_name = _split_server_name(rest) if is_tls else (rest, "")
    if server_name:
        check_server_name(server_name)
    try:
        return [Target(values.address(address, _PORTS[scheme]), is_tls, server_name)]
    except ValueError:
        if not mark and is_file(text):
            return [Target(to) for to in _nameservers(Path(text))]
        return [_host_name(text, address, _PORTS[scheme], is_tls, server_name)]


def check_server_name(text: str) -> str:
    """Return the name in a certificate. Raises ValueError if it is no name of a host."""
    try:
        names.from_text(text)
    except DomainNameError:
        raise ValueError(f"not a server name: '{text}'") from None
    return text


def _split_server_name(text: str) -> tuple[str, str]:
    """Return the address and what stands behind its `%`: with TLS the name in its certificate."""
    head, mark, tail = text.partition("%")
    if not mark:
        return text, ""
    if head.startswith("["):
        name, _, port = tail.partition("]")
        return f"{head}]{port}", name
    name, colon, port = tail.partition(":")
    if head.count(":") > 1 and colon:
        head = f"[{head}]"
    return f"{head}{colon}{port}", name


def _host_name(text: str, address: str, port: int, is_tls: bool, server_name: str) -> HostName:
    host, colon, number = address.partition(":")
    not_one = f'not an IP address or file: "{text}"'
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        raise ValueError(not_one)  # an address with a port that is none
    try:
        name = names.to_text(names.from_text(host))
        at = values.whole_number(number) if colon else port
    except (DomainNameError, ValueError):
        raise ValueError(not_one) from None
    if "/" in text.partition("://")[2] or "/" in host or not 0 < at < 65536:
        raise ValueError(not_one)
    return HostName(name, at, is_tls, server_name or (name[:-1] if is_tls else ""))


def is_file(text: str) -> bool:
    """Return whether a word is the path of a file."""
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long, or with an octet that no path may have
        return False


def _nameservers(path: Path) -> list[Endpoint]:
    """Return the `nameserver` lines of a file; only a link-local address keeps its interface."""
    found: list[Endpoint] = []
    for line in path.read_text("utf-8", "replace").splitlines():
        words = line.split()
        if len(words) < 2 or words[0] != "nameserver":
            continue
        host, mark, scope = words[1].partition("%")
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            continue
        shown = str(address)
        found.append(Endpoint(shown + mark + scope if address.is_link_local else shown, 53))
    return found
