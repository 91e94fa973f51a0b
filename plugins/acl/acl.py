# SPDX-License-Identifier: Apache-2.0
"""Acl: the first rule that matches a query decides it."""

import enum
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import dns.rcode

from plugins.acl.sources import LOCAL_PREFIXES, Network, Sources
from resolver import names
from resolver.claims import NOTHING, Claims
from resolver.clock import Clock, Timer
from resolver.engine.observed import Counted
from resolver.engine.plan import Step
from resolver.errors import Ede
from resolver.metrics import Metrics, Tally
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter

ATTACHED_EVERY_MS = 60_000

BLOCKED, FILTERED, PROHIBITED = 15, 17, 18  # RFC 8914, 4.16, 4.18, 4.19


class Action(enum.Enum):
    """What becomes of a query that a rule matches."""

    ALLOW = "allow"
    BLOCK = "block"
    FILTER = "filter"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an `acl`: all of its conditions must hold.

    `qtypes` and `sources` are None for any.
    """

    zones: tuple[bytes, ...]
    action: Action
    qtypes: frozenset[int] | None = None
    sources: Sources | None = None

    def zone_of(self, request: Request) -> bytes | None:
        """Return the zone under which the rule matches a query, None if it does not."""
        zone = names.longest_match(request.qname, self.zones)
        if zone is None or (self.qtypes is not None and request.qtype not in self.qtypes):
            return None
        if self.sources is not None and request.client.host not in self.sources:
            return None
        return zone


@dataclass(slots=True)
class Policy:
    """The rules, in their order, as data.

    `default`: who may ask if no rule matches; None for everybody. It is replaced whole when the
    machine's networks change.
    """

    rules: tuple[Rule, ...]
    default: Sources | None = None

    def decide(self, request: Request) -> tuple[Action | None, bytes]:
        """Return what becomes of a query and the zone of the rule; no action: not served at all."""
        for rule in self.rules:
            zone = rule.zone_of(request)
            if zone is not None:
                return rule.action, zone
        if self.default is not None and request.client.host not in self.default:
            return None, request.zone
        return Action.ALLOW, request.zone


class Acl(Plugin):
    """Lets queries pass, or answers them itself."""

    name = "acl"
    native_step = Step.CLASSIFY

    def __init__(self, policy: Policy, metrics: Metrics) -> None:
        self.policy = policy
        of_zone = ("server", "zone", "view")
        self._blocked = metrics.counter(
            "coredns_acl_blocked_requests_total", "Counter of DNS requests being blocked.", of_zone
        )
        self._filtered = metrics.counter(
            "coredns_acl_filtered_requests_total",
            "Counter of DNS requests being filtered.",
            of_zone,
        )
        self._dropped = metrics.counter(
            "coredns_acl_dropped_requests_total", "Counter of DNS requests being dropped.", of_zone
        )
        self._allowed = metrics.counter(
            "coredns_acl_allowed_requests_total",
            "Counter of DNS requests being allowed.",
            ("server", "view"),
        )
        self._tally = metrics.tally
        self._allowed_of: dict[tuple[str, str], Tally] = {}

    def serve_dns(self, writer: ResponseWriter, request: Request) -> Coroutine[Any, Any, Rcode]:
        """Pass on what is allowed; refuse, answer empty, or drop the rest."""
        action, zone = self.policy.decide(request)
        if action is Action.ALLOW:
            self._count_allowed(request.server, request.view)
            return self.call_next(writer, request)
        return self._turn_down(writer, request, action, zone)

    async def _turn_down(
        self, writer: ResponseWriter, request: Request, action: Action | None, zone: bytes
    ) -> Rcode:
        labels = (request.server, names.to_text(zone), request.view)
        if action is Action.DROP:
            self._dropped.labels(*labels).inc()
        elif action is Action.FILTER:
            self._filtered.labels(*labels).inc()
            writer.write(self._empty(request, dns.rcode.NOERROR, FILTERED))
        else:
            self._blocked.labels(*labels).inc()
            code = PROHIBITED if action is None else BLOCKED
            writer.write(self._empty(request, dns.rcode.REFUSED, code))
        return dns.rcode.NOERROR

    def observe_counts(self, counted: Counted) -> None:
        """Add what the rules did to queries where the chain was not run."""
        if counted.allowed:
            self._count_allowed(counted.server, counted.view, counted.allowed)
        for counter, by_zone in (
            (self._blocked, counted.blocked),
            (self._filtered, counted.filtered),
            (self._dropped, counted.dropped),
        ):
            for zone, count in by_zone.items():
                counter.labels(counted.server, names.to_text(zone), counted.view).inc(count)

    def _count_allowed(self, server: str, view: str, count: int = 1) -> None:
        labels = (server, view)
        tally = self._allowed_of.get(labels)
        if tally is None:  # looking a labelled counter up costs as much as the rules
            tally = self._allowed_of[labels] = self._tally(self._allowed.labels(*labels))
        tally.inc(count)

    def _empty(self, request: Request, rcode: Rcode, code: int) -> Response:
        return Response.answering(
            request,
            rcode=rcode,
            ede=(Ede(code),),
            plugin=self.name,
        )

    def claims(self) -> Claims:
        """Claim nothing: the rules are data."""
        return NOTHING


class LocalClients:
    """Keeps a policy's default to this machine's networks: who may ask a resolver of a house.

    Loopback, link-local, private and directly attached prefixes. `changed` is called when they are
    others than before. The event loop's thread only.
    """

    def __init__(
        self,
        policy: Policy,
        clock: Clock,
        attached: Callable[[], list[Network]],
        changed: Callable[[], None],
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._attached = attached
        self._changed = changed
        self._timer: Timer | None = None
        self._read()

    async def start(self) -> None:
        """Look at the networks again every minute: a house's prefix may change (RFC 8978)."""
        self._timer = self._clock.call_later(ATTACHED_EVERY_MS, self._again)

    async def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self) -> None:
        self._read()
        self._timer = self._clock.call_later(ATTACHED_EVERY_MS, self._again)

    def _read(self) -> None:
        sources = Sources([*LOCAL_PREFIXES, *self._attached()])
        before = self._policy.default
        if before is None or before.networks != sources.networks:
            self._policy.default = sources
            if before is not None:
                self._changed()
