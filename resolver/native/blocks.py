# SPDX-License-Identifier: Apache-2.0
"""A server block in a plan for C: what each of its steps does, as numbers and sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from resolver import names, wire
from resolver._native import ffi, lib
from resolver.block import Block
from resolver.claims import Claim
from resolver.classify import Class
from resolver.engine.observed import acl_zones_of, wanted_of
from resolver.engine.plan import Plan, Step
from resolver.engine.policies import Access, Keeping, Recursing, Shuffling
from resolver.engine.predicate import Predicate
from resolver.native.given import Given, check
from resolver.native.keeping import given_keeping
from resolver.native.sets import KnownNames, prefixes, zones
from resolver.request import Transport

if TYPE_CHECKING:
    from resolver._native import CData
    from resolver.native.store import NativeStore

ACTIONS = ("allow", "block", "filter", "drop")
_TRANSPORTS = tuple(Transport)
_ALL_TRANSPORTS = (1 << len(_TRANSPORTS)) - 1
_CLASSES = tuple(Class)


class NativeBlock:
    """Writes one block into a plan that is being made."""

    def __init__(self, made: CData, number: int, store: NativeStore, known: KnownNames) -> None:
        self._made = made
        self._number = number
        self._store = store
        self._known = known

    def set_view(self, admits: Predicate) -> None:
        """Have it take the queries for which this holds."""
        tests = ffi.new("struct rn_plan_test[]", len(admits))
        kept: list[Any] = []
        for test, condition in zip(tests, admits, strict=True):
            test.kind = int(condition.word)
            test.number = condition.number
            if condition.networks:
                kept.append(prefixes(condition.networks))
                test.sources = kept[-1].handle
            if condition.name:
                kept.append(ffi.from_buffer("uint8_t[]", condition.name))
                test.name, test.name_length = kept[-1], len(condition.name)
        check(lib.rn_plan_set_view(self._made, self._number, tests, len(admits)))

    def set_steps(self, block: Block, plan: Plan, flights: tuple[CData, int]) -> None:
        """Have it do without the chain what its plan allows.

        flights: the table of recursions in flight, NULL for none, and our upstream there.
        """
        access: Access | None = plan.policy(Step.CLASSIFY)
        if access is not None:
            self._add_rules(acl_zones_of(block), access)
        keeping: Keeping = plan.policy(Step.CACHE)
        recursing: Recursing | None = plan.policy(Step.RECURSE)
        snoop = recursing is not None and recursing.snoop
        self._set_cache(plan.partition, keeping, snoop)
        for diverts, is_behind in ((plan.ahead, 0), (plan.behind, 1)):
            for divert in diverts:
                for claim in divert.claims:
                    self._add_claim(claim, is_behind)
        if recursing is not None:
            is_minimal = any(op.step is Step.SHORTEN for op in plan.ops)
            self._set_recursion(recursing, is_minimal, *flights)

    def _add_rules(self, numbered: Sequence[bytes], access: Access) -> None:
        numbers = {zone: number for number, zone in enumerate(numbered)}
        for rule in access.rules:
            given = Given("rn_plan_rule", access=ACTIONS.index(str(rule.action.value)))
            octets = b"".join(rule.zones)
            given.put_octets("zones", "uint8_t[]", octets)
            given.put_array("zone_numbers", "uint16_t[]", [numbers[zone] for zone in rule.zones])
            given.it.zones_length, given.it.zone_count = len(octets), len(rule.zones)
            given.put_numbers("qtypes", "qtype_count", rule.qtypes)
            if rule.sources is not None:
                given.put_set("sources", prefixes(rule.sources.networks))
            check(lib.rn_plan_add_rule(self._made, self._number, given.it))

    def _set_cache(self, partition: bytes, keeping: Keeping, snoop: bool) -> None:
        groups = (
            self._store.group(partition, Class.SUCCESS),
            self._store.group(partition, Class.DENIAL),
        )
        given = given_keeping(partition, keeping, groups, snoop=snoop)
        check(lib.rn_plan_set_cache(self._made, self._number, given.it))

    def _set_recursion(
        self, recursing: Recursing, is_minimal: bool, flights: CData, upstream: int
    ) -> None:
        given = Given("rn_plan_recursion", flights=flights, upstream=upstream)
        given.it.snoop, given.it.is_minimal = recursing.snoop, is_minimal
        if names.ROOT not in recursing.zones:
            given.put_set("zones", zones(recursing.zones))
        if recursing.excepted:
            given.put_set("excepted", zones(recursing.excepted))
        given.put_numbers("left_types", "left_type_count", {*recursing.refused_types, wire.ANY})
        texts = [text.encode() for text, _ in recursing.bogus]
        given.put_octets("bogus_texts", "char[]", b"".join(texts))
        given.put_array("bogus_lengths", "uint16_t[]", [len(text) for text in texts])
        given.put_array("bogus_codes", "uint16_t[]", [code for _, code in recursing.bogus])
        given.it.bogus_count, given.it.bogus_length = len(texts), sum(map(len, texts))
        check(lib.rn_plan_set_recursion(self._made, self._number, given.it))

    def _add_claim(self, claim: Claim, is_behind: int) -> None:
        given = Given("rn_plan_claim", transports=_ALL_TRANSPORTS)
        if claim.zones is not None:
            given.put_set("zones", zones(claim.zones))
        if claim.names is not None:
            given.put_set("names", self._known.names(claim.names))
        if claim.first_labels is not None:
            given.put_set("first_labels", self._known.labels(claim.first_labels))
        given.put_numbers("qtypes", "qtype_count", claim.qtypes)
        given.put_numbers("qclasses", "qclass_count", claim.qclasses)
        given.put_numbers("edns_options", "edns_option_count", claim.edns_options)
        if claim.transports is not None:
            given.it.transports = sum(1 << _TRANSPORTS.index(each) for each in claim.transports)
        check(lib.rn_plan_add_claim(self._made, self._number, is_behind, given.it))


def given_of(block: Block, plan: Plan, *, payload_size: int, patience_ms: int) -> Given:
    """Return what is said of a block as a whole."""
    size = block.payload_size
    given = Given("rn_plan_block", patience_ms=patience_ms)
    it, manner = given.it, given.it.manner
    it.is_native = not plan.hindrance
    it.is_opaque = plan.admits is None or not block.handlers
    manner.payload_size = payload_size if size is None else size
    manner.response_rd = -1 if block.response_rd is None else int(block.response_rd)
    manner.recursion_available = block.recursion_available
    given.put_numbers("qclasses", "qclass_count", block.qclasses)
    _observe(given, block)
    if plan.hindrance:
        return given
    shuffling: Shuffling | None = plan.policy(Step.SHUFFLE)
    manner.is_shuffled = shuffling is not None and shuffling.is_round_robin
    access: Access | None = plan.policy(Step.CLASSIFY)
    if access is not None:
        it.has_acl = 1
        if access.default is not None:
            given.put_set("standard", prefixes(access.default.networks))
    keeping: Keeping = plan.policy(Step.CACHE)
    if names.ROOT not in keeping.zones:
        given.put_set("cache_zones", zones(keeping.zones))
    return given


def _observe(given: Given, block: Block) -> None:
    """Say which queries observers are to be told of."""
    wanted = wanted_of(block)
    it = given.it
    it.wants_events, it.wants_failures = bool(wanted.classes), wanted.failures
    it.event_classes = sum(1 << _CLASSES.index(kind) for kind in wanted.classes)
    if wanted.classes and names.ROOT not in wanted.zones:
        given.put_set("event_zones", zones(wanted.zones))
