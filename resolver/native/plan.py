# SPDX-License-Identifier: Apache-2.0
"""Plans for C: made of what resolver/engine/plan.py compiled, for all listeners at once."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from resolver._native import ffi, lib
from resolver.block import Block
from resolver.deadlines import patience_ms
from resolver.engine.plan import Plan, Step, compile_plan, step_of
from resolver.engine.predicate import EVERYBODY
from resolver.errors import ResolverError
from resolver.limits import Limits
from resolver.listeners import Listener, limits_of
from resolver.native.blocks import NativeBlock, given_of
from resolver.native.given import Given, check
from resolver.native.sets import KnownNames

if TYPE_CHECKING:
    from resolver._native import CData
    from resolver.native.counts import Ledger
    from resolver.native.flights import NativeFlights
    from resolver.native.store import NativeStore


class PlanHolder:
    """Where the present plan stands for all threads; the owner's thread only."""

    def __init__(self) -> None:
        self.handle = lib.rn_plan_holder_new()
        if self.handle == ffi.NULL:
            raise ResolverError("no memory for the native engine")
        self._free = weakref.finalize(self, lib.rn_plan_holder_free, self.handle)
        self._free.atexit = False

    def set(self, plan: NativePlan | None) -> None:
        """Have all threads go by a plan from their next query on."""
        lib.rn_plan_holder_set(self.handle, ffi.NULL if plan is None else plan.take())


def blocks_of(listeners: Sequence[Listener | None]) -> list[Block]:
    """Return the blocks of listeners, in the order in which plans number them."""
    return [block for listener in listeners if listener is not None for block in listener.blocks]


class NativePlan:
    """A plan being made; `take` hands it over. The owner's thread only.

    listeners: by their number, None where a number is nobody's. limits: before any block says
    more. known: the sets of names of plans before. `blocks` and `plans` are by a block's number.
    """

    def __init__(
        self,
        listeners: Sequence[Listener | None],
        store: NativeStore,
        limits: Limits,
        known: KnownNames,
        ledger: Ledger | None = None,
        flights: NativeFlights | None = None,
    ) -> None:
        self.blocks = blocks_of(listeners)
        self.plans: list[Plan] = []
        self._store = store
        self._limits = limits
        self._known = known
        self._flights = flights
        self._made = lib.rn_plan_new(len(listeners), len(self.blocks))
        if self._made == ffi.NULL:
            raise ResolverError("no memory for a plan")
        self._drop = weakref.finalize(self, lib.rn_plan_drop, self._made)
        for number, listener in enumerate(listeners):
            if listener is not None:
                self._add_listener(number, listener)
            else:  # it may be closing still: what nobody can read is refused there
                self._refuse(number, limits)
        if ledger is not None:
            lib.rn_plan_set_ledger(self._made, ledger.handle)

    def take(self) -> CData:
        """Return the handle, which is the caller's from now on; once."""
        if self._drop.detach() is None:
            raise ResolverError("this plan was handed over already")
        return self._made

    def _add_listener(self, number: int, listener: Listener) -> None:
        limits = limits_of(listener.blocks, self._limits)
        self._refuse(number, limits, any(block.recursion_available for block in listener.blocks))
        places: dict[bytes, list[tuple[int, int]]] = {}
        for block in listener.blocks:
            at = len(self.plans)
            self._add_block(at, block, limits)
            for index, zone in enumerate(block.zones):
                places.setdefault(zone, []).append((at, index))
        for zone, found in places.items():
            for at, index in found:
                check(lib.rn_plan_add_zone(self._made, number, zone, len(zone), at, index))
        check(lib.rn_plan_finish_listener(self._made, number))

    def _refuse(self, number: int, limits: Limits, recursion_available: bool = False) -> None:
        """Say how a listener answers what no block does."""
        refusing = Given(
            "rn_plan_manner",
            payload_size=limits.payload_size,
            response_rd=-1,
            recursion_available=recursion_available,
        )
        check(lib.rn_plan_set_listener(self._made, number, refusing.it))

    def _add_block(self, number: int, block: Block, limits: Limits) -> None:
        plan = compile_plan(block)
        self.plans.append(plan)
        given = given_of(
            block,
            plan,
            payload_size=limits.payload_size,
            patience_ms=patience_ms(limits, block),
        )
        check(lib.rn_plan_set_block(self._made, number, given.it))
        made = NativeBlock(self._made, number, self._store, self._known)
        if plan.admits is not None and plan.admits != EVERYBODY:
            made.set_view(plan.admits)
        if not plan.hindrance:
            made.set_steps(block, plan, self._flights_of(block))

    def _flights_of(self, block: Block) -> tuple[CData, int]:
        """Return the flights that recursions join, NULL: the chain recurses; and their upstream."""
        recursing = (h for h in block.handlers if step_of(h) is Step.RECURSE)
        upstream: int | None = getattr(next(recursing, None), "native_upstream", None)
        if self._flights is None or upstream is None:
            return ffi.NULL, 0
        return self._flights.handle, upstream
