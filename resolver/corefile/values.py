# SPDX-License-Identifier: Apache-2.0
"""Values of directives: durations as Go writes them, sizes, addresses, whole numbers."""

import ipaddress
import re

from resolver.request import Endpoint

_UNIT_NS = {
    "ns": 1,
    "us": 1000,
    "µs": 1000,
    "μs": 1000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_DURATION = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_SIZE = re.compile(r"([0-9]+)(B|K|KB|KiB|M|MB|MiB|G|GB|GiB)?", re.IGNORECASE)
_SIZE_UNIT = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_MAX_NS = (1 << 63) - 1  # Go's durations are 64 bits of nanoseconds, which are whole


def duration_ms(text: str) -> int:
    """Return a Go duration such as `1h30m`, `1.5s` or `-10ms` in milliseconds, rounded down.

    Raises ValueError with Go's words if it is none.
    """
    rest = text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    total, at = 0, 0
    while at < len(rest):
        part = _DURATION.match(rest, at)
        if part is None:
            if re.fullmatch(r"[0-9]*\.?[0-9]*", rest[at:]) and any(c.isdigit() for c in rest[at:]):
                raise ValueError(f'time: missing unit in duration "{text}"')
            raise ValueError(f'time: invalid duration "{text}"')
        whole, _, fraction = part[1].partition(".")
        unit = _UNIT_NS[part[2]]
        total += int(whole or 0) * unit + int(fraction or 0) * unit // 10 ** len(fraction)
        at = part.end()
    if at == 0 or total > _MAX_NS:
        raise ValueError(f'time: invalid duration "{text}"')
    total_ms = total // 1_000_000
    return -total_ms if text[0] == "-" else total_ms


def size_octets(text: str) -> int:
    """Return a size such as `64MiB`, `64M` or `4096` in octets; units are powers of 1024.

    Raises ValueError if it is none.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"not a size: '{text}' (write 64MiB, 512KiB or a number of octets)")
    return int(found[1]) * _SIZE_UNIT[(found[2] or "")[:1].lower()]


def whole_number(text: str) -> int:
    """Return a decimal number, maybe with a sign; ASCII digits only.

    Raises ValueError with Go's words if it is none.
    """
    if re.fullmatch(r"[+-]?[0-9]{1,18}", text) is None:
        raise ValueError(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def address(text: str, default_port: int = 53) -> Endpoint:
    """Return IP, IP:PORT, IPv6 or [IPv6]:PORT as an Endpoint.

    Raises ValueError if it is none.
    """
    host, port = text, str(default_port)
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"not an address: '{text}'")
        port = rest[1:] if rest else port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        ipaddress.ip_address(host.partition("%")[0])
        number = whole_number(port)
    except ValueError:
        raise ValueError(f"not an address: '{text}'") from None
    if not 0 < number < 65536:
        raise ValueError(f"not an address: '{text}'")
    return Endpoint(host, number)
