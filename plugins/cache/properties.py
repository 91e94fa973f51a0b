# SPDX-License-Identifier: Apache-2.0
"""The properties in the braces of a `cache` directive, read one by one; errors are CoreDNS's."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from plugins.cache.policy import Bounds, CachePolicy, Prefetch, ServeStale
from resolver.corefile.controller import Line
from resolver.corefile.values import size_octets

MAX_SERVFAIL_MS = MAX_RECHECK_MS = 300_000
MAX_RESPONSE_TTL_S = 0xFFFFFFFF
LEAST_CAPACITY = 1024  # what CoreDNS makes of a capacity below one

_log = logging.getLogger("plugin/cache")


def read_properties(policy: CachePolicy, properties: Iterable[Line]) -> CachePolicy:
    """Return a policy with what the properties change.

    Raises ConfigurationError for one that is unknown or wrong.
    """
    preference: Line | None = None
    for line in properties:
        match line.name:
            case "success":
                policy = replace(policy, success=_bounds(line, policy.success))
            case "denial":
                policy = replace(policy, denial=_bounds(line, policy.denial))
            case "prefetch":
                policy = replace(policy, prefetch=_prefetch(line))
            case "serve_stale":
                policy = replace(policy, stale=_serve_stale(line))
            case "serve_stale_policy":
                if preference is not None:
                    raise line.error("serve_stale_policy can only be specified once")
                preference = line
                if line.only_arg().lower() != "prefer_positive":
                    raise line.error(f"invalid value for serve_stale_policy: {line.args[0]}")
            case "servfail":
                policy = replace(policy, servfail_ms=_servfail_ms(line))
            case "disable":
                policy = _disable(policy, line)
            case "keepttl":
                line.no_args()
                policy = replace(policy, keep_ttl=True)
            case "max_bytes":
                policy = replace(policy, max_octets=_max_octets(line), sized_at=line.where)
            case "persist":
                policy = replace(policy, persist=line.only_arg(), persisted_at=line.where)
            case _:
                raise line.unknown()
    if preference is not None:
        if policy.stale is None:
            raise preference.error("serve_stale_policy requires serve_stale")
        policy = replace(policy, stale=replace(policy.stale, prefer_positive=True))
    return policy


def positive_ttl(line: Line, text: str) -> int:
    """Return a maximal TTL in seconds. Raises ConfigurationError if it is not above zero."""
    ttl_s = line.whole_number(text)
    if ttl_s <= 0:
        raise line.error(f"cache TTL can not be zero or negative: {ttl_s}")
    return ttl_s


def _bounds(line: Line, bounds: Bounds) -> Bounds:
    if not 1 <= len(line.args) <= 3:
        raise line.wrong_arguments()
    capacity = line.whole_number(line.args[0])
    if capacity < 1:
        _log.warning(
            "capacity below one means %d where=%s class=%s", LEAST_CAPACITY, line.where, line.name
        )
        capacity = LEAST_CAPACITY
    bounds = replace(bounds, capacity=capacity)
    if len(line.args) > 1:
        bounds = replace(bounds, max_s=positive_ttl(line, line.args[1]))
    if len(line.args) > 2:
        min_s = line.whole_number(line.args[2])
        if min_s < 0:
            raise line.error(f"cache min TTL can not be negative: {min_s}")
        bounds = replace(bounds, min_s=min_s)
    return bounds


def _prefetch(line: Line) -> Prefetch | None:
    if not 1 <= len(line.args) <= 3:
        raise line.wrong_arguments()
    prefetch = Prefetch(line.whole_number(line.args[0]))
    if prefetch.amount < 0:
        raise line.error(f"prefetch amount should be positive: {prefetch.amount}")
    if len(line.args) > 1:
        prefetch = replace(prefetch, gap_ms=line.duration_ms(line.args[1]))
    if len(line.args) > 2:
        number, last = line.args[2][:-1], line.args[2][-1:]
        if last != "%":
            raise line.error(f"last character of percentage should be `%`, but is: '{last}'")
        percent = line.whole_number(number)
        if not 10 <= percent <= 90:
            raise line.error(f"percentage should fall in range [10, 90]: {percent}")
        prefetch = replace(prefetch, percent=percent)
    return prefetch if prefetch.amount else None


def _serve_stale(line: Line) -> ServeStale:
    stale = ServeStale()
    args = list(line.args)
    if args:
        stale = replace(stale, max_stale_ms=_span(line, args.pop(0)))
    if args:
        mode = args.pop(0).lower()
        if mode not in ("immediate", "verify"):
            raise line.error(f"invalid value for serve_stale refresh mode: {mode}")
        stale = replace(stale, verify=mode == "verify")
    if args and stale.verify:
        stale = replace(stale, timeout_ms=_span(line, args.pop(0)))
    if args:
        stale = replace(stale, ttl_s=_response_ttl(line, args.pop(0)))
    if args:
        recheck_ms = _span(line, args.pop(0))
        if recheck_ms > MAX_RECHECK_MS:
            raise line.error("serve_stale failure recheck over 5 minutes is not permitted")
        stale = replace(stale, recheck_ms=recheck_ms)
    if args:
        raise line.wrong_arguments()
    return stale


def _span(line: Line, text: str) -> int:
    """Return a duration in milliseconds. Raises ConfigurationError if it is negative."""
    span_ms = line.duration_ms(text)
    if span_ms < 0:
        raise line.error(f"invalid negative duration for {line.name}: {text}")
    return span_ms


def _response_ttl(line: Line, text: str) -> int:
    ttl_s, rest = divmod(_span(line, text), 1000)
    if rest or ttl_s > MAX_RESPONSE_TTL_S:
        raise line.error(f"serve_stale response TTL must be whole seconds of 32 bits: {text}")
    return ttl_s


def _servfail_ms(line: Line) -> int:
    servfail_ms = _span(line, line.only_arg())
    if servfail_ms > MAX_SERVFAIL_MS:
        raise line.error("caching SERVFAIL responses over 5 minutes is not permitted")
    return servfail_ms


def _disable(policy: CachePolicy, line: Line) -> CachePolicy:
    if not line.args:
        raise line.wrong_arguments()
    zones = line.zones(line.args[1:] or (".",))
    match line.args[0]:
        case "success":
            return replace(policy, success=replace(policy.success, disabled=zones))
        case "denial":
            return replace(policy, denial=replace(policy.denial, disabled=zones))
        case _:
            raise line.error('cache type for disable must be "denial" or "success"')


def _max_octets(line: Line) -> int:
    octets = line.read(size_octets, line.only_arg())
    if not octets:
        raise line.error("max_bytes can not be zero")
    return octets
