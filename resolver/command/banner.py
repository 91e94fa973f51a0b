# SPDX-License-Identifier: Apache-2.0
"""The banner: what serves where, and which program it is, in CoreDNS's manner."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from resolver import names
from resolver.errors import ResolverError
from resolver.recursion import backend
from resolver.version import VERSION

if TYPE_CHECKING:
    from resolver.instance import Serving

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "i686": "386", "armv7l": "arm"}
_PREFERRED = re.compile(r"(([A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?)\.)+")  # RFC 1035, 2.3.1
_ADDRESS = re.compile(r"\[?(([0-9]+[.]){3}[0-9]+|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)\]?\.?")
_REVERSE = (names.from_text("in-addr.arpa."), names.from_text("ip6.arpa."))


def zone_lines(servings: Iterable[Serving]) -> list[str]:
    """Return a line for each zone of each listener, with a warning before an unusual name.

    A port that the system chose is shown as it came out.
    """
    lines: list[str] = []
    for listener, _, endpoints in servings:
        scheme = "" if listener.scheme == "dns" else f"{listener.scheme}://"
        port = listener.port or (endpoints[0].port if endpoints else 0)
        where = f" on {listener.host}" if listener.host else ""
        zones = {zone for block in listener.blocks for zone in block.zones}
        for text, zone in sorted((names.to_text(zone), zone) for zone in zones):
            lines += zone_warnings([zone])
            lines.append(f"{scheme}{text}:{port}{where}")
    return lines


def zone_warnings(zones: Iterable[bytes]) -> list[str]:
    """Return a warning for each zone with an unusual name, in CoreDNS's words and ours."""
    lines: list[str] = []
    for zone in zones:
        text = names.to_text(zone)
        if not _is_preferred(zone, text):
            line = f'Warning: Domain "{text}" does not follow RFC1035 preferred syntax'
            if _ADDRESS.fullmatch(text):
                line += "; an address to listen on is said with bind"
            lines.append(line)
    return lines


def _is_preferred(zone: bytes, text: str) -> bool:
    is_exempt = zone == names.ROOT or any(names.is_below(zone, top) for top in _REVERSE)
    return is_exempt or _PREFERRED.fullmatch(text) is not None


def version_lines() -> list[str]:
    """Return the program's name and version, then what it runs on."""
    system = os.uname()
    machine = _ARCHITECTURES.get(system.machine, system.machine)
    python = ".".join(str(number) for number in sys.version_info[:3])
    place = f"{system.sysname.lower()}/{machine}"
    return [f"Rootward-{VERSION}", f"{place}, python{python}, {_library()}"]


def _library() -> str:
    try:
        return f"libunbound {backend.version()}"
    except ResolverError:
        return "no libunbound"
