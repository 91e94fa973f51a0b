# SPDX-License-Identifier: Apache-2.0
"""A server block's chain as data: which questions need the chain, and what to do with the others.

    [ errors log loadbalance acl | cache | minimal hosts template unbound ]
      ahead of the cache            behind it

1. A question that a handler ahead of `cache` claims is diverted: it runs the whole chain.
2. Any other may be answered from what is kept, after the native steps ahead (acl, loadbalance).
3. A miss that a handler behind `cache` claims is diverted too.
4. Any other miss may be resolved without the chain, if `unbound` is reached and covers the name,
   and is done to what the native steps behind the cache (minimal) do.

A handler with a native form acts through its step; one without acts on what it claims, and is
left out of the plan for all else.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from resolver.block import Block
from resolver.claims import Claim, Claims, is_claimed
from resolver.engine.policies import Access, Keeping, Recursing, Shuffling
from resolver.engine.predicate import EVERYBODY, Predicate
from resolver.request import Request
from resolver.types import Handler


class Step(enum.Enum):
    """What a handler does natively; the values are words of `rootward chain`."""

    OBSERVE = "observe"
    CLASSIFY = "classify"
    SHUFFLE = "shuffle"
    CACHE = "cache"
    SHORTEN = "shorten"
    RECURSE = "recurse"


@runtime_checkable
class Native(Protocol):
    """A handler with a native form: `native_step` is what it does, `policy` how (if it says)."""

    @property
    def native_step(self) -> Step:
        """The step that does in its place what the handler does."""


# What the policy of a step must be, for the step to be done without the handler.
POLICIES: Mapping[Step, type] = {
    Step.CLASSIFY: Access,
    Step.SHUFFLE: Shuffling,
    Step.CACHE: Keeping,
    Step.RECURSE: Recursing,
}

# In which order native steps are done; each of them once, but for observers.
_TURNS = {
    Step.OBSERVE: 0,
    Step.SHUFFLE: 1,
    Step.CLASSIFY: 1,
    Step.CACHE: 2,
    Step.SHORTEN: 3,
    Step.RECURSE: 4,
}


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
    hindrance: why nothing may be done without the chain, empty if something may. admits: which
    queries the block's view lets in, as data; None if only Python can tell.
    """

    zones: tuple[bytes, ...]
    partition: bytes
    ops: tuple[Op, ...]
    ahead: tuple[Divert, ...]
    behind: tuple[Divert, ...]
    hindrance: str = ""
    admits: Predicate | None = EVERYBODY

    def policy(self, step: Step) -> Any:
        """Return the policy of the first op with a step, None if there is none."""
        return next((op.policy for op in self.ops if op.step is step), None)

    @property
    def recursing(self) -> Op | None:
        """The op that resolves, None if the chain does not end in one."""
        last = self.ops[-1] if self.ops else None
        return last if last is not None and last.step is Step.RECURSE else None

    def may_look_up(self, request: Request) -> bool:
        """Return whether a question may be answered from the cache without the chain."""
        return not self.hindrance and not _claimed(self.ahead, request)

    def may_recurse(self, request: Request) -> bool:
        """Return whether a miss may be resolved without the chain."""
        if not self.may_look_up(request) or _claimed(self.behind, request):
            return False
        recursing = self.recursing
        return recursing is not None and bool(recursing.policy.covers(request.qname))


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
    return Plan(
        block.zones,
        partition,
        tuple(ops),
        tuple(ahead),
        tuple(behind),
        _hindrance(ops),
        _admits(block),
    )


def _hindrance(ops: Sequence[Op]) -> str:
    """Return why the native steps of a chain cannot be done in its place, or an empty text."""
    if all(op.step is not Step.CACHE for op in ops):
        return "there is no cache to answer from"
    for number, op in enumerate(ops):
        shape = POLICIES.get(op.step)
        if shape is not None and not isinstance(op.policy, shape):
            return f"what {op.plugin} does is not told as data"
        for before in ops[:number]:
            is_again = op.step is before.step and op.step is not Step.OBSERVE
            if is_again or _TURNS[op.step] < _TURNS[before.step]:
                return f"{op.plugin} ({op.step.value}) stands behind {before.plugin}"
    return ""


def _admits(block: Block) -> Predicate | None:
    if block.admits is None:
        return EVERYBODY
    if block.filters is None:
        return None
    from resolver.engine.filters import predicate_of  # brings all of resolver.expressions

    return predicate_of(block.filters)


def explain(plan: Plan) -> list[str]:
    """Return in words what is done without the chain, and what runs it and why; a sentence each."""
    if plan.admits is None:
        return ["every question for its zones runs the chain: only Python can tell its view"]
    if plan.hindrance:
        return [f"every question runs the chain: {plan.hindrance}"]
    for divert in plan.ahead:
        if Claim() in divert.claims:
            return [f"every question runs the chain: {divert.plugin} claims it, ahead of the cache"]
    steps = (f"{op.plugin} ({op.step.value})" for op in plan.ops)
    said = [f"done without the chain: {', '.join(dict.fromkeys(steps))}"]
    said += (
        f"what {divert.plugin} claims runs the chain, {where}"
        for diverts, where in (
            (plan.ahead, "kept or not: it stands ahead of the cache"),
            (plan.behind, "unless it is kept: it stands behind the cache"),
        )
        for divert in diverts
    )
    recursing = plan.recursing
    if recursing is None:
        said.append("what is not kept runs the chain: it does not end in recursion")
    elif recursing.policy.is_limited:
        where = f"where {recursing.plugin} covers it"
        said.append(f"what is not kept is resolved {where}, else it runs the chain")
    return list(dict.fromkeys(said))
