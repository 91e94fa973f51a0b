# SPDX-License-Identifier: Apache-2.0
"""A server block's chain as data: which questions need the chain, and what to do with the others.

    [ errors log loadbalance acl | cache | hosts template unbound ]
      ahead of the cache            behind it

1. A question that a handler ahead of `cache` claims is diverted: it runs the whole chain.
2. Any other may be answered from what is kept, after the native steps ahead (acl, loadbalance).
3. A miss that a handler behind `cache` claims is diverted too.
4. Any other miss may be resolved without the chain, if `unbound` is reached and covers the name.

A handler with a native form acts through its step; one without acts on what it claims, and is
left out of the plan for all else.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from resolver.block import Block
from resolver.claims import Claims, is_claimed
from resolver.request import Request
from resolver.types import Handler


class Step(enum.Enum):
    """What a handler does natively; the values are words of `rootward chain`."""

    OBSERVE = "observe"
    CLASSIFY = "classify"
    SHUFFLE = "shuffle"
    CACHE = "cache"
    RECURSE = "recurse"


@runtime_checkable
class Native(Protocol):
    """A handler with a native form: `native_step` is what it does, `policy` how (if it says)."""

    @property
    def native_step(self) -> Step:
        """The step that does in its place what the handler does."""


@runtime_checkable
class Covering(Protocol):
    """The policy of a RECURSE step: it may be limited to some names."""

    @property
    def is_limited(self) -> bool:
        """Whether there are names that are not answered there."""

    def covers(self, qname: bytes) -> bool:
        """Return whether names like this are answered there."""


@dataclass(frozen=True, slots=True)
class Op:
    """One step of a plan: which handler it stands for, and the data that it follows."""

    step: Step
    plugin: str
    policy: Any = None


@dataclass(frozen=True, slots=True)
class Divert:
    """A handler whose claimed questions run the whole chain."""

    plugin: str
    claims: Claims


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be done without a block's chain. Frozen: another one replaces it.

    ops: the native steps, in the order of the chain. ahead, behind: who diverts, on either side of
    the cache; without a cache everybody stands ahead. partition: the cache's part of its keys.
    """

    zones: tuple[bytes, ...]
    partition: bytes
    ops: tuple[Op, ...]
    ahead: tuple[Divert, ...]
    behind: tuple[Divert, ...]

    @property
    def has_cache(self) -> bool:
        """Whether there is something to look up in."""
        return any(op.step is Step.CACHE for op in self.ops)

    def may_look_up(self, request: Request) -> bool:
        """Return whether a question may be answered from the cache without the chain."""
        return self.has_cache and not _claimed(self.ahead, request)

    def may_recurse(self, request: Request) -> bool:
        """Return whether a miss may be resolved without the chain."""
        if not self.may_look_up(request) or _claimed(self.behind, request):
            return False
        recurse = self.ops[-1]
        if recurse.step is not Step.RECURSE:
            return False
        policy = recurse.policy
        return not isinstance(policy, Covering) or policy.covers(request.qname)


def _claimed(diverts: Sequence[Divert], request: Request) -> bool:
    return any(is_claimed(divert.claims, request) for divert in diverts)


def step_of(handler: Handler) -> Step | None:
    """Return a handler's native step, None if it has no native form."""
    return handler.native_step if isinstance(handler, Native) else None


def compile_plan(block: Block) -> Plan:
    """Return the plan of a block whose chain is set up and linked.

    What stands behind the first RECURSE step is reached only by names that it does not cover, and
    these are never resolved without the chain; so it is left out.
    """
    ops: list[Op] = []
    ahead: list[Divert] = []
    behind: list[Divert] = []
    has_cache = any(step_of(handler) is Step.CACHE for handler in block.handlers)
    diverts = ahead
    for handler in block.handlers:
        step = step_of(handler)
        if step is not None:
            ops.append(Op(step, handler.name, getattr(handler, "policy", None)))
        claims = handler.claims()
        if claims:
            diverts.append(Divert(handler.name, claims))
        if step is Step.CACHE:
            diverts = behind
        elif step is Step.RECURSE:
            break
    partition = block.partition() if has_cache else b""
    return Plan(block.zones, partition, tuple(ops), tuple(ahead), tuple(behind))


def explain(plan: Plan) -> list[str]:
    """Return in words what runs the chain and why, a sentence each."""
    if not plan.has_cache:
        return ["every question runs the chain: there is no cache to answer from"]
    said = [
        f"what {divert.plugin} claims runs the chain, {where}"
        for diverts, where in (
            (plan.ahead, "kept or not: it stands ahead of the cache"),
            (plan.behind, "unless it is kept: it stands behind the cache"),
        )
        for divert in diverts
    ]
    if plan.ops[-1].step is not Step.RECURSE:
        said.append("what is not kept runs the chain: it does not end in recursion")
    elif isinstance(plan.ops[-1].policy, Covering) and plan.ops[-1].policy.is_limited:
        said.append("what is not kept is resolved where unbound covers it, else it runs the chain")
    return list(dict.fromkeys(said)) or ["no question needs the chain"]
