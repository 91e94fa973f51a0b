# SPDX-License-Identifier: Apache-2.0
"""The properties of a `forward` line: each a word with what it takes, CoreDNS's words if wrong."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable
from typing import Any, NoReturn

import dns.exception
import dns.rcode

from plugins.forward.policy import NAMES
from plugins.forward.settings import HealthCheck, Settings
from plugins.forward.targets import check_server_name
from plugins.forward.tls import context_of
from resolver import names
from resolver.corefile.controller import Controller, Line
from resolver.errors import DomainNameError

Changes = dict[str, Any]

_MIN_INTERVAL_MS = 10


def read_property(controller: Controller, line: Line, settings: Settings) -> Settings:
    """Return `settings` with what one property says. Raises ConfigurationError."""
    match line.name:
        case "except":
            excepted = (*settings.excepted, *line.zones(_some(line)))
            return dataclasses.replace(settings, excepted=excepted)
        case "tls":
            if len(line.args) > 3:
                raise line.wrong_arguments()
            paths = [controller.path(text) for text in line.args]
            return dataclasses.replace(settings, tls=_made(line, lambda: context_of(paths)))
        case "next":
            return dataclasses.replace(settings, next_rcodes=settings.next_rcodes | _rcodes(line))
        case "failover":
            rcodes = settings.failover_rcodes | _rcodes(line)
            if dns.rcode.NOERROR in rcodes:
                raise line.error("NoError cannot be used in failover")
            return dataclasses.replace(settings, failover_rcodes=rcodes)
    reader = _READERS.get(line.name)
    if reader is None:
        raise line.unknown()
    return dataclasses.replace(settings, **reader(line))


def check(settings: Settings, line: Line) -> None:
    """Raise ConfigurationError for properties that do not go together; `line` is the directive."""
    if settings.max_age_ms and settings.max_age_ms < settings.expire_ms:
        raise line.error(
            f"max_age ({settings.max_age_ms / 1000:g}s) must not be less than "
            f"expire ({settings.expire_ms / 1000:g}s)"
        )


def _some(line: Line) -> tuple[str, ...]:
    if not line.args:
        raise line.wrong_arguments()
    return line.args


def _flag(field: str) -> Callable[[Line], Changes]:
    def read(line: Line) -> Changes:
        line.no_args()
        return {field: True}

    return read


def _duration(field: str) -> Callable[[Line], Changes]:
    def read(line: Line) -> Changes:
        milliseconds = line.duration_ms()
        if milliseconds < 0:
            raise line.error(f"{line.name} can't be negative: {line.only_arg()}")
        return {field: milliseconds}

    return read


def _number(field: str) -> Callable[[Line], Changes]:
    def read(line: Line) -> Changes:
        number = line.whole_number()
        if number < 0:
            raise line.error(f"{line.name} can't be negative: {number}")
        return {field: number}

    return read


def _unsigned(field: str) -> Callable[[Line], Changes]:
    def read(line: Line) -> Changes:
        text = line.only_arg()
        if not (text.isascii() and text.isdigit() and int(text) < 1 << 32):
            raise line.error(f'strconv.ParseUint: parsing "{text}": invalid syntax')
        return {field: int(text)}

    return read


def _read_timeout(line: Line) -> Changes:
    milliseconds = line.duration_ms()
    if milliseconds <= 0:
        raise line.error(f"read_timeout must be positive: {line.only_arg()}")
    return {"read_ms": milliseconds}


def _policy(line: Line) -> Changes:
    name = line.only_arg()
    if name not in NAMES:
        raise line.error(f"unknown policy '{name}'")
    return {"policy": name}


def _health_check(line: Line) -> Changes:
    duration, *words = _some(line)
    interval_ms = line.duration_ms(duration)
    if interval_ms < 0:
        raise line.error(f"health_check: negative interval: {duration}")
    check = HealthCheck(max(interval_ms, _MIN_INTERVAL_MS))
    while words:
        match words.pop(0):
            case "no_rec":
                check = dataclasses.replace(check, recursion_desired=False)
            case "domain":
                if not words:
                    raise line.wrong_arguments()
                check = dataclasses.replace(check, domain=_domain(line, words.pop(0)))
            case other:
                raise line.error(f"health_check: unknown option {other}")
    return {"health": check}


def _domain(line: Line, text: str) -> bytes:
    try:
        return names.from_text(text)
    except DomainNameError:
        raise line.error(f"health_check: invalid domain name {text}") from None


def _doh_method(line: Line) -> Changes:
    method = line.only_arg()
    if method.upper() not in ("GET", "POST"):
        raise line.error(f"doh_method must be GET or POST: '{method}'")
    return {}


def _source(line: Line) -> Changes:
    text = line.only_arg()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise line.error(f"source_address: invalid IP address '{text}'") from None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return {"source": str(mapped or address)}


def _resolvers(line: Line) -> Changes:
    return {"resolvers": tuple(line.address(text) for text in _some(line))}


def _rcodes(line: Line) -> frozenset[int]:
    found: set[int] = set()
    for text in _some(line):
        try:
            found.add(int(dns.rcode.from_text(text)))
        except dns.exception.DNSException:
            _not_an_rcode(line, text)
    return frozenset(found)


def _not_an_rcode(line: Line, text: str) -> NoReturn:
    raise line.error(f"{text} is not a valid rcode")


def _made(line: Line, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except ValueError as error:
        raise line.error(str(error)) from None


def _server_name(line: Line) -> Changes:
    return {"server_name": line.read(check_server_name, line.only_arg())}


_READERS: dict[str, Callable[[Line], Changes]] = {
    "force_tcp": _flag("force_tcp"),
    "prefer_udp": _flag("prefer_udp"),
    "next_on_nodata": _flag("next_on_nodata"),
    "failfast_all_unhealthy_upstreams": _flag("failfast"),
    "expire": _duration("expire_ms"),
    "max_age": _duration("max_age_ms"),
    "max_idle_conns": _number("max_idle"),
    "max_concurrent": _number("max_concurrent"),
    "max_fails": _unsigned("max_fails"),
    "max_connect_attempts": _unsigned("max_attempts"),
    "read_timeout": _read_timeout,
    "policy": _policy,
    "health_check": _health_check,
    "doh_method": _doh_method,
    "source_address": _source,
    "resolver": _resolvers,
    "tls_servername": _server_name,
}
