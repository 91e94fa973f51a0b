# SPDX-License-Identifier: Apache-2.0
"""An interpreter of plans, for tests: it skips whatever a plan lets an engine skip.

It stands ahead of a block's chain. What the plan diverts runs that chain; for all else only the
handlers with a native step that acts are run, as copies that are linked to each other: onlookers
and handlers that do not claim the question are never called. Plans are made when an engine in C
would make them.
"""

import copy
import dataclasses
from collections import Counter
from collections.abc import Sequence

from resolver.block import Block
from resolver.claims import NOTHING, Claims
from resolver.engine.plan import Plan, Step, compile_plan, step_of
from resolver.engine.python import PythonEngine
from resolver.listeners import Listener
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import Handler, Rcode, ResponseWriter


class PlanInterpreter(Plugin):
    """Runs a block by its plan. `taken` counts which way questions went, `plans` the plans."""

    name = "plan"

    def __init__(self, block: Block) -> None:
        self._block = block
        self._handlers = list(block.handlers)
        self.plan = self._compile()
        self.plans = 1
        self.taken: Counter[str] = Counter()
        self._chain = self._handlers[0]
        self._steps = self._link(self._handlers)

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Run the whole chain for what is claimed ahead of the cache, else the steps."""
        if self._steps is None or not self.plan.may_look_up(request):
            self.taken["chain"] += 1
            return await self._chain.serve_dns(writer, request)
        self.taken["steps"] += 1
        return await self._steps.serve_dns(writer, request)

    def claims(self) -> Claims:
        """Claim nothing of its own."""
        return NOTHING

    def change_plan(self) -> None:
        """Go by what the handlers claim now, from the next question on."""
        self.plan = self._compile()
        self.plans += 1

    def _compile(self) -> Plan:
        return compile_plan(dataclasses.replace(self._block, handlers=self._handlers))

    def _link(self, handlers: list[Handler]) -> Handler | None:
        """Return the first of the acting steps up to the cache, which ends in `_Misses`."""
        first: Handler | None = None
        last: Plugin | None = None
        for handler in handlers:
            step = step_of(handler)
            if step is None or step is Step.OBSERVE:
                continue
            assert isinstance(handler, Plugin)
            made = copy.copy(handler)
            if last is None:
                first = made
            else:
                last.next_handler = made
            last = made
            if step is Step.CACHE:
                made.next_handler = _Misses(self, handlers)
                return first
        return None


class _Misses(Plugin):
    """Behind the cache: recursion at once where the plan allows it, else the chain goes on."""

    name = "misses"

    def __init__(self, interpreter: PlanInterpreter, handlers: list[Handler]) -> None:
        self._interpreter = interpreter
        steps = [step_of(handler) for handler in handlers]
        self.next_handler = next(iter(handlers[steps.index(Step.CACHE) + 1 :]), None)
        self._recursion: Handler | None = None
        for handler, step in reversed(list(zip(handlers, steps, strict=True))):
            if step is Step.RECURSE:
                self._recursion = handler
            elif step is Step.SHORTEN and self._recursion is not None:
                shortening = copy.copy(handler)
                assert isinstance(shortening, Plugin)
                shortening.next_handler = self._recursion
                self._recursion = shortening

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Resolve, or pass on to the handler that stands behind the cache."""
        interpreter = self._interpreter
        if self._recursion is not None and interpreter.plan.may_recurse(request):
            interpreter.taken["recursion"] += 1
            return await self._recursion.serve_dns(writer, request)
        interpreter.taken["behind"] += 1
        return await self.call_next(writer, request)


class PlanEngine(PythonEngine):
    """The python engine, its chains run by their plans."""

    name = "plan"

    def change_plan(self, listeners: Sequence[Listener]) -> None:
        """Put an interpreter ahead of each chain, or have it go by another plan."""
        chains = {id(block.handlers): block for each in listeners for block in each.blocks}
        for block in chains.values():
            first = block.handlers[0] if block.handlers else None
            if isinstance(first, PlanInterpreter):
                first.change_plan()
            elif first is not None:
                block.handlers.insert(0, PlanInterpreter(block))
