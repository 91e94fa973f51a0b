# SPDX-License-Identifier: Apache-2.0
"""Plans for C: made of what resolver/engine/plan.py compiled, for all listeners at once."""

from __future__ import annotations

import hashlib
import itertools
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from resolver import names
from resolver._native import ffi, lib
from resolver.block import Block
from resolver.claims import Claim
from resolver.classify import Class
from resolver.deadlines import patience_ms
from resolver.engine.observed import acl_zones_of, wanted_of
from resolver.engine.plan import Plan, Step, compile_plan
from resolver.engine.policies import Access, Keeping, Recursing, Shuffling
from resolver.errors import ResolverError
from resolver.listeners import Listener
from resolver.native.sets import KnownNames, NativeSet, prefixes, zones
from resolver.request import Transport
from resolver.transport.limits import Limits
from resolver.types import Handler
from resolver.wire import ANY

if TYPE_CHECKING:
    from resolver._native import CData
    from resolver.native.counts import Ledger
    from resolver.native.flights import NativeFlights
    from resolver.native.store import NativeStore

_CLASSES = tuple(Class)
_ACTIONS = ("allow", "block", "filter", "drop")
_TRANSPORTS = tuple(Transport)
_ALL_TRANSPORTS = (1 << len(_TRANSPORTS)) - 1
_WEIGHTED = (1, 28, 33)  # A, AAAA, SRV


class PlanHolder:
    """Where the present plan stands for all threads; the owner's thread only."""

    def __init__(self) -> None:
        self.handle = lib.rn_plan_holder_new()
        if self.handle == ffi.NULL:
            raise ResolverError("no memory for the native engine")
        self._free = weakref.finalize(self, lib.rn_plan_holder_free, self.handle)

    def set(self, plan: NativePlan | None) -> None:
        """Have all threads go by a plan from their next query on."""
        lib.rn_plan_holder_set(self.handle, ffi.NULL if plan is None else plan.take())


def blocks_of(listeners: Sequence[Listener | None]) -> list[Block]:
    """Return the blocks of listeners, in the order in which plans number them."""
    return [block for listener in listeners if listener is not None for block in listener.blocks]


class NativePlan:
    """A plan being made; `take` hands it over. The owner's thread only.

    listeners: by their number, None where a number is nobody's.
    """

    def __init__(
        self,
        listeners: Sequence[Listener | None],
        store: NativeStore,
        limits: Limits,
        known: KnownNames,
        ledger: Ledger,
        flights: NativeFlights | None = None,
    ) -> None:
        self._store = store
        self._limits = limits
        self._known = known
        self._flights = flights
        self._kept: list[Any] = []
        blocks = blocks_of(listeners)
        self._plan = lib.rn_plan_new(len(listeners), len(blocks))
        if self._plan == ffi.NULL:
            raise ResolverError("no memory for a plan")
        self._drop = weakref.finalize(self, lib.rn_plan_drop, self._plan)
        numbers = itertools.count()
        for number, listener in enumerate(listeners):
            if listener is not None:
                self._add_listener(number, listener, numbers)
        lib.rn_plan_set_ledger(self._plan, ledger.handle)

    def take(self) -> CData:
        """Return the handle, which is the caller's from now on."""
        self._drop.detach()
        return self._plan

    def _add_listener(self, number: int, listener: Listener, numbers: itertools.count[int]) -> None:
        manner: Any = ffi.new("struct rn_plan_manner *")
        manner.payload_size = self._limits.payload_size
        manner.response_rd = -1
        manner.recursion_available = any(b.recursion_available for b in listener.blocks)
        lib.rn_plan_set_listener(self._plan, number, manner)
        entries: dict[bytes, list[tuple[int, int]]] = {}
        for block in listener.blocks:
            at = next(numbers)
            self._add_block(at, block)
            for index, zone in enumerate(block.zones):
                entries.setdefault(zone, []).append((at, index))
        for zone, places in entries.items():
            for at, index in places:
                self._check(lib.rn_plan_add_zone(self._plan, number, zone, len(zone), at, index))
        self._check(lib.rn_plan_finish_listener(self._plan, number))

    def _add_block(self, number: int, block: Block) -> None:
        plan = compile_plan(block)
        policies = {op.step: op.policy for op in plan.ops}
        given: Any = ffi.new("struct rn_plan_block *")
        given.is_native = self._is_native(block, plan)
        given.is_opaque = block.admits is not None or not block.handlers
        given.patience_ms = patience_ms(self._limits, block)
        given.qclasses, given.qclass_count = self._numbers(sorted(block.qclasses))
        self._set_manner(given.manner, block, policies)
        access = policies.get(Step.CLASSIFY)
        if isinstance(access, Access):
            given.has_acl = True
            if access.default is not None:
                given.standard = self._keep(prefixes(access.default.networks))
        keeping = policies.get(Step.CACHE)
        if isinstance(keeping, Keeping) and names.ROOT not in keeping.zones:
            given.cache_zones = self._keep(zones(keeping.zones))
        self._observe(given, block)
        self._check(lib.rn_plan_set_block(self._plan, number, given))
        if not given.is_native:
            return
        if isinstance(access, Access):
            self._add_rules(number, block, access)
        assert isinstance(keeping, Keeping)
        self._set_cache(number, block, plan, keeping)
        shuffling = policies.get(Step.SHUFFLE)
        if isinstance(shuffling, Shuffling) and shuffling.weights is not None:
            self._add_claim(number, Claim(qtypes=frozenset(_WEIGHTED)), is_behind=False)
        for diverts, is_behind in ((plan.ahead, False), (plan.behind, True)):
            for divert in diverts:
                for claim in divert.claims:
                    self._add_claim(number, claim, is_behind=is_behind)
        last = next(h for h in block.handlers if h.name == plan.ops[-1].plugin)
        recursing = policies.get(Step.RECURSE)
        if isinstance(recursing, Recursing) and plan.ops[-1].step is Step.RECURSE:
            self._set_recursion(number, last, recursing)

    def _is_native(self, block: Block, plan: Plan) -> bool:
        """Return whether C knows how to do what each native step does."""
        shapes = {
            Step.CLASSIFY: Access,
            Step.SHUFFLE: Shuffling,
            Step.CACHE: Keeping,
            Step.RECURSE: Recursing,
        }
        for op in plan.ops:
            shape = shapes.get(op.step)
            if shape is not None and not isinstance(op.policy, shape):
                return False
            if op.step is Step.SHUFFLE and op.policy.prefer:
                return False
        return plan.has_cache

    def _set_manner(self, manner: Any, block: Block, policies: Mapping[Step, Any]) -> None:
        size = block.payload_size
        manner.payload_size = self._limits.payload_size if size is None else size
        manner.response_rd = -1 if block.response_rd is None else int(block.response_rd)
        manner.recursion_available = block.recursion_available
        shuffling = policies.get(Step.SHUFFLE)
        manner.is_shuffled = isinstance(shuffling, Shuffling) and shuffling.weights is None

    def _add_rules(self, number: int, block: Block, access: Access) -> None:
        zone_numbers = {zone: at for at, zone in enumerate(acl_zones_of(block))}
        for rule in access.rules:
            given: Any = ffi.new("struct rn_plan_rule *")
            octets = b"".join(bytes((len(zone),)) + zone for zone in rule.zones)
            given.zones = self._buffer("uint8_t[]", octets)
            given.zone_numbers, given.zone_count = self._numbers(
                [zone_numbers[zone] for zone in rule.zones]
            )
            if rule.qtypes is not None:
                given.qtypes, given.qtype_count = self._numbers(sorted(rule.qtypes))
            if rule.sources is not None:
                given.sources = self._keep(prefixes(rule.sources.networks))
            given.access = _ACTIONS.index(str(rule.action.value))
            self._check(lib.rn_plan_add_rule(self._plan, number, given))

    def _set_cache(self, number: int, block: Block, plan: Plan, keeping: Keeping) -> None:
        given: Any = ffi.new("struct rn_plan_cache *")
        given.partition = list(plan.partition)
        given.beside = list(hashlib.sha256(plan.partition + b"beside").digest()[:16])
        given.success = self._store.group(plan.partition, Class.SUCCESS).handle
        given.denial = self._store.group(plan.partition, Class.DENIAL).handle
        given.success_max_s, given.success_min_s = _bounds(keeping.success)
        given.denial_max_s, given.denial_min_s = _bounds(keeping.denial)
        if keeping.success.disabled:
            given.success_disabled = self._keep(zones(keeping.success.disabled))
        if keeping.denial.disabled:
            given.denial_disabled = self._keep(zones(keeping.denial.disabled))
        given.max_stale_ms = keeping.max_stale_ms
        given.servfail_ms = keeping.servfail_ms
        given.keep_ttl = keeping.keep_ttl
        given.snoop = bool(getattr(block.handler("unbound"), "snoop", False))
        if keeping.stale is not None:
            given.recheck_ms = keeping.stale.recheck_ms
            given.stale_ttl_s = min(keeping.stale.ttl_s, 0x7FFFFFFF)
            given.prefer_positive = keeping.stale.prefer_positive
        if keeping.prefetch is not None:
            given.prefetch_amount = min(max(keeping.prefetch.amount, 1), 0xFFFFFFFF)
            given.prefetch_gap_ms = keeping.prefetch.gap_ms
            given.prefetch_percent = keeping.prefetch.percent
        self._check(lib.rn_plan_set_cache(self._plan, number, given))

    def _set_recursion(self, number: int, handler: Handler, recursing: Recursing) -> None:
        given: Any = ffi.new("struct rn_plan_recursion *")
        group = getattr(handler, "native_group", None)
        if self._flights is not None and group is not None:
            given.flights = self._flights.handle
            given.group = group
        texts = [(text.encode(), code) for text, code in recursing.bogus]
        given.bogus_texts = self._buffer("char[]", b"".join(text for text, _ in texts))
        given.bogus_lengths, given.bogus_count = self._numbers([len(text) for text, _ in texts])
        given.bogus_codes, _ = self._numbers([code for _, code in texts])
        given.snoop = recursing.snoop
        if names.ROOT not in recursing.zones:
            given.zones = self._keep(zones(recursing.zones))
        if recursing.excepted:
            given.excepted = self._keep(zones(recursing.excepted))
        left = sorted({*recursing.refused_types, ANY})
        given.left_types, given.left_type_count = self._numbers(left)
        self._check(lib.rn_plan_set_recursion(self._plan, number, given))

    def _add_claim(self, number: int, claim: Claim, *, is_behind: bool) -> None:
        given: Any = ffi.new("struct rn_plan_claim *")
        if claim.zones is not None:
            given.zones = self._keep(zones(claim.zones))
        if claim.names is not None:
            given.names = self._keep(self._known.of(claim.names))
        if claim.first_labels is not None:
            given.first_labels = self._keep(self._known.of(claim.first_labels))
        if claim.qtypes is not None:
            given.qtypes, given.qtype_count = self._numbers(sorted(claim.qtypes))
        if claim.qclasses is not None:
            given.qclasses, given.qclass_count = self._numbers(sorted(claim.qclasses))
        if claim.edns_options is not None:
            given.edns_options, given.edns_option_count = self._numbers(sorted(claim.edns_options))
        given.transports = _ALL_TRANSPORTS
        if claim.transports is not None:
            given.transports = sum(1 << _TRANSPORTS.index(each) for each in claim.transports)
        self._check(lib.rn_plan_add_claim(self._plan, number, int(is_behind), given))

    def _observe(self, given: Any, block: Block) -> None:
        """Say which queries observers are to be told of."""
        wanted = wanted_of(block)
        given.wants_events = bool(wanted.classes)
        given.wants_failures = wanted.failures
        given.event_classes = sum(1 << _CLASSES.index(each) for each in wanted.classes)
        if names.ROOT not in wanted.zones:
            given.event_zones = self._keep(zones(wanted.zones))

    def _keep(self, made: NativeSet) -> CData:
        self._kept.append(made)
        return made.handle

    def _buffer(self, kind: str, octets: bytes) -> CData:
        made = ffi.new(kind, octets or b"\0")
        self._kept.append(made)
        return made

    def _numbers(self, numbers: Sequence[int]) -> tuple[CData, int]:
        made = ffi.new("uint16_t[]", list(numbers) or [0])
        self._kept.append(made)
        return made, len(numbers)

    @staticmethod
    def _check(status: int) -> None:
        if status != lib.RN_OK:
            raise ResolverError(f"no plan for the native engine: status {status}")


def _bounds(bounds: Any) -> tuple[int, int]:
    return min(bounds.max_s, 0xFFFFFFFF), min(bounds.min_s, 0xFFFFFFFF)
