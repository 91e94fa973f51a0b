# SPDX-License-Identifier: Apache-2.0
"""LoadBalance: wraps the writer, so that answers from the cache are shuffled for each client."""

import random
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import dns.rcode

from plugins.loadbalance import rules
from resolver import wire
from resolver.claims import EVERYTHING, NOTHING, Claim, Claims
from resolver.engine.plan import Step
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Place, Rcode, ResponseWriter
from resolver.writer import WriterWrapper, place_of

_NOT_ANSWERS = frozenset({wire.AXFR, wire.IXFR})
_WEIGHTED_TYPES = frozenset({wire.A, wire.AAAA, wire.SRV})
_WEIGHTED: Claims = (Claim(qtypes=_WEIGHTED_TYPES),)


@dataclass(slots=True)
class Policy:
    """What `loadbalance` does, as data.

    `weights` (owner name to address octets to weight) is None unless the policy is weighted; it is
    replaced whole when its file changes. `prefer` is empty unless addresses are to be sorted.
    """

    prefer: tuple[rules.Network, ...] = ()
    weights: rules.Weights | None = field(default=None)

    @property
    def is_round_robin(self) -> bool:
        """Whether records are shuffled where nothing is claimed."""
        return self.weights is None


class LoadBalance(Plugin):
    """Gives the next handler a writer that changes the order of records."""

    name = "loadbalance"
    native_step = Step.SHUFFLE

    def __init__(self, policy: Policy, rng: random.Random) -> None:
        self.policy = policy
        self._rng = rng

    def serve_dns(self, writer: ResponseWriter, request: Request) -> Coroutine[Any, Any, Rcode]:
        """Pass the request on with a ShuffleWriter, if its type is one that is shuffled."""
        types = None if self.policy.weights is None else _WEIGHTED_TYPES
        if request.qtype in _NOT_ANSWERS or (types is not None and request.qtype not in types):
            return self.call_next(writer, request)
        return self.call_next(ShuffleWriter(writer, self.policy, self._rng), request)

    def claims(self) -> Claims:
        """Claim nothing for round robin, a rule that needs no Python; else what is put in order.

        `prefer` orders whatever has several records, `weighted` three types.
        """
        if self.policy.weights is not None:
            return _WEIGHTED
        return EVERYTHING if self.policy.prefer else NOTHING


class ShuffleWriter(WriterWrapper):
    """Passes responses on with their records in another order, never altering the one given."""

    def __init__(self, writer: ResponseWriter, policy: Policy, rng: random.Random) -> None:
        super().__init__(writer)
        self._policy = policy
        self._rng = rng

    def place(self, request: Request) -> Place | None:
        """Return the place below, if the engine puts records in order as we do."""
        policy = self._policy
        is_native = policy.weights is None and not policy.prefer
        return place_of(self._writer, request) if is_native else None

    def write(self, response: Response) -> None:
        """Reorder a NOERROR response; pass any other on as it is."""
        if response.rcode == dns.rcode.NOERROR and len(response.rrs) > 1:
            if self._policy.weights is not None:
                response = rules.weighted(response, self._policy.weights, self._rng)
            else:
                response = rules.round_robin(response, self._rng)
                if self._policy.prefer:
                    response = rules.prefer(response, self._policy.prefer)
        super().write(response)
