# SPDX-License-Identifier: Apache-2.0
"""What of a response is kept, and for how long: the rules, apart from where it is kept."""

from typing import NamedTuple

from plugins.cache.policy import EMPTY_S, MAX_BOGUS_MS, MAX_FAILURE_MS, CachePolicy
from resolver import names, wire
from resolver.classify import Class, Kind, class_of, is_answered, kind_of, signatures_left_s
from resolver.errors import Ede
from resolver.request import Request
from resolver.response import Response, Validation
from resolver.wire import RR

OTHER_ERROR, CACHED_ERROR = 0, 13  # RFC 8914, 4.1 and 4.14
VALIDATED = frozenset({Validation.SECURE, Validation.INSECURE})


class Verdict(NamedTuple):
    """How a response is to be kept.

    kept_as: its class; ERROR for a failure, whose time depends on those before it, so that
    `kept_ms` is only its upper bound. stale_ms: how long behind that it may be served. sent: what
    goes on to the client, its TTLs within bounds.
    """

    kept_as: Class
    kept_ms: int
    stale_ms: int
    sent: Response


def is_for(request: Request, response: Response) -> bool:
    """Return whether a response has the question of the request."""
    tail = wire.QUESTION_FIXED.pack(request.qtype, request.qclass)
    return response.wire.startswith(request.qname + tail, wire.HEADER_OCTETS)


def judge(
    policy: CachePolicy, request: Request, response: Response, wall_s: float
) -> Verdict | None:
    """Return how to keep the response to `request`, None if it is not kept.

    `wall_s` is the time for signatures' expiration, seconds since 1970.
    """
    if response.flags & wire.TC or not _may_be_shared(request, response):
        return None
    kind = kind_of(response, do=request.do, wall_s=wall_s)
    bogus_ms = MAX_BOGUS_MS if response.validation is Validation.BOGUS else None
    if kind is Kind.SERVER_ERROR:
        if any(ede.code == OTHER_ERROR for ede in response.ede):
            return None  # it tells of this server's own state, such as a cap, not of the question
        return Verdict(Class.ERROR, bogus_ms or MAX_FAILURE_MS, 0, response)
    if kind is Kind.NO_ERROR and response.has(wire.ANSWER) and not is_answered(response):
        kind = Kind.NO_DATA
    kept_as = class_of(kind)
    if kept_as is Class.ERROR:
        return None
    if kept_as is Class.DENIAL and not response.has(wire.AUTHORITY, wire.SOA):
        return None  # RFC 2308, 5: nothing says for how long
    bounds = policy.bounds(kept_as)
    if names.longest_match(request.qname, bounds.disabled) is not None:
        return None
    sent = _bounded(policy, kept_as, response)
    kept_ms = 1000 * _lifetime_s(policy, kind, sent)
    if bogus_ms is not None:
        return Verdict(kept_as, min(kept_ms, bogus_ms), 0, sent) if kept_ms else None
    until_ms = kept_ms + policy.max_stale_ms
    left_s = signatures_left_s(response, wall_s) if request.do else None
    if left_s is not None:
        until_ms = min(until_ms, 1000 * left_s)
        kept_ms = min(kept_ms, until_ms)
    return Verdict(kept_as, kept_ms, until_ms - kept_ms, sent) if kept_ms else None


def as_stored(response: Response) -> Response:
    """Return a response as the store keeps it: without AA, and without what one client gets.

    A failure without an Extended DNS Error has one that says it comes from a cache (RFC 8914).
    """
    octets = response.wire
    if response.flags & wire.AA:
        octets = octets[:2] + wire.WORD.pack(response.flags & ~wire.AA) + octets[4:]
    ede = response.ede
    if not ede and class_of(kind_of(response)) is Class.ERROR:
        ede = (Ede(CACHED_ERROR),)
    return response.replace(
        wire=octets,
        rrs=response.rrs,
        validation=response.validation,
        ede=ede,
        options=(),
        plugin="cache",
    )


def _may_be_shared(request: Request, response: Response) -> bool:
    """Return whether others who ask the same may get this.

    An upstream may answer RD=0 less well than RD=1; our own recursion never does. Bogus data are
    for those who set CD (RFC 4035, 3.2.2).
    """
    if response.validation is Validation.NONE:
        return request.rd or not response.recursive
    if response.validation is Validation.BOGUS:
        return request.cd or kind_of(response) is Kind.SERVER_ERROR
    return True


def _bounded(policy: CachePolicy, kept_as: Class, response: Response) -> Response:
    """Return a response with its TTLs within bounds.

    Of a denial the authority section lives no longer than min(SOA TTL, SOA MINIMUM) (RFC 2308, 5;
    RFC 9077 for NSEC and NSEC3).
    """
    clamp = policy.bounds(kept_as).clamp
    denied_s: int | None = None
    if kept_as is Class.DENIAL:
        denied_s = min(
            min(response.ttl(rr), wire.LONG.unpack_from(response.wire, rr.end - 4)[0])
            for rr in response.rrs
            if rr.section == wire.AUTHORITY and rr.rtype == wire.SOA
        )

    def ttl_of(rr: RR, ttl: int) -> int:
        if denied_s is not None and rr.section == wire.AUTHORITY:
            ttl = min(ttl, denied_s)
        return clamp(ttl)

    bounded = response.with_ttls(ttl_of)
    return response if bounded.wire == response.wire else bounded


def _lifetime_s(policy: CachePolicy, kind: Kind, response: Response) -> int:
    """Return for how many seconds a response is good: until the first RR of answer and authority.

    Those of the additional section count only where there are no others.
    """
    ttls = [response.ttl(rr) for rr in response.rrs if rr.section != wire.ADDITIONAL]
    if ttls and kind is not Kind.DELEGATION:
        return min(ttls)
    ttls = ttls or [response.ttl(rr) for rr in response.rrs]
    return min([policy.bounds(class_of(kind)).clamp(EMPTY_S), *ttls])
