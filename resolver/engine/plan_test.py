# SPDX-License-Identifier: Apache-2.0
"""What a plan lets pass without the chain."""

from dataclasses import dataclass

import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.claims import EVERYTHING, NOTHING, Claim, Claims
from resolver.engine.plan import Plan, Step, compile_plan, explain
from resolver.plugin import Plugin
from resolver.testing import request

ANY = (Claim(qtypes={255}),)
HOME = (Claim(zones={names.from_text("home.example")}),)


class Acting(Plugin):
    """A handler that claims what it is told."""

    def __init__(self, name: str, claims: Claims) -> None:
        self.name = name
        self._claims = claims

    def claims(self) -> Claims:
        """Claim that."""
        return self._claims


class Stepping(Acting):
    """A handler with a native form."""

    def __init__(self, step: Step, claims: Claims = NOTHING, policy: object = None) -> None:
        super().__init__(step.value, claims)
        self.native_step = step
        self.policy = policy


@dataclass
class Below:
    """A policy that covers one zone."""

    zone: str
    is_limited = True

    def covers(self, qname: bytes) -> bool:
        """Return whether a name is in it."""
        return names.is_below(qname, names.from_text(self.zone))


OBSERVE, CLASSIFY, SHUFFLE = (Stepping(s) for s in (Step.OBSERVE, Step.CLASSIFY, Step.SHUFFLE))
CACHE, RECURSE = Stepping(Step.CACHE), Stepping(Step.RECURSE)


def plan_of(*handlers: Plugin) -> Plan:
    """Return the plan of a chain."""
    block = Block((Key("dns", names.ROOT, 53),), {}, order=[h.name for h in handlers])
    block.handlers = list(handlers)
    return compile_plan(block)


@pytest.mark.parametrize(
    "handlers, question, look_up, recurse",
    [
        pytest.param(
            [OBSERVE, SHUFFLE, CLASSIFY, CACHE, RECURSE], "a.org. A", True, True, id="by default"
        ),
        pytest.param([RECURSE], "a.org. A", False, False, id="no cache"),
        pytest.param([CACHE], "a.org. A", True, False, id="no recursion"),
        pytest.param(
            [Acting("any", ANY), CACHE, RECURSE], "a.org. ANY", False, False, id="claimed ahead"
        ),
        pytest.param(
            [Acting("any", ANY), CACHE, RECURSE], "a.org. A", True, True, id="not claimed ahead"
        ),
        pytest.param(
            [CACHE, Acting("hosts", HOME), RECURSE],
            "tv.home.example. A",
            True,
            False,
            id="claimed behind: kept answers are for all",
        ),
        pytest.param(
            [CACHE, Acting("hosts", HOME), RECURSE], "a.org. A", True, True, id="not claimed behind"
        ),
        pytest.param(
            [Acting("third-party", EVERYTHING), CACHE, RECURSE],
            "a.org. A",
            False,
            False,
            id="who says nothing claims everything",
        ),
        pytest.param(
            [CACHE, RECURSE, Acting("whoami", EVERYTHING)],
            "a.org. A",
            True,
            True,
            id="behind recursion nobody is asked",
        ),
        pytest.param(
            [CACHE, Stepping(Step.RECURSE, policy=Below("org")), Acting("whoami", EVERYTHING)],
            "a.net. A",
            True,
            False,
            id="but for what it does not cover",
        ),
    ],
)
def test_what_needs_no_chain(
    handlers: list[Plugin], question: str, look_up: bool, recurse: bool
) -> None:
    """A kept answer needs nobody ahead of the cache, a miss nobody at all."""
    plan = plan_of(*handlers)
    assert plan.may_look_up(request(question)) is look_up
    assert plan.may_recurse(request(question)) is recurse


def test_steps_carry_their_data_in_the_order_of_the_chain() -> None:
    """What stands behind recursion is not in the plan."""
    cache = Stepping(Step.CACHE, policy="numbers")
    plan = plan_of(OBSERVE, Acting("any", ANY), cache, RECURSE, SHUFFLE)
    assert [(op.step, op.policy) for op in plan.ops] == [
        (Step.OBSERVE, None),
        (Step.CACHE, "numbers"),
        (Step.RECURSE, None),
    ]
    assert [divert.plugin for divert in plan.ahead] == ["any"]
    assert len(plan.partition) == 16


@pytest.mark.parametrize(
    "handlers, said",
    [
        pytest.param([CACHE, RECURSE], ["no question needs the chain"], id="nothing"),
        pytest.param(
            [RECURSE], ["every question runs the chain: there is no cache to answer from"], id="all"
        ),
        pytest.param(
            [Acting("any", ANY), CACHE, Acting("hosts", HOME), RECURSE],
            [
                "what any claims runs the chain, kept or not: it stands ahead of the cache",
                "what hosts claims runs the chain, unless it is kept: it stands behind the cache",
            ],
            id="both sides",
        ),
        pytest.param(
            [CACHE, Stepping(Step.RECURSE, policy=Below("org"))],
            ["what is not kept is resolved where unbound covers it, else it runs the chain"],
            id="limited recursion",
        ),
        pytest.param(
            [CACHE],
            ["what is not kept runs the chain: it does not end in recursion"],
            id="no recursion",
        ),
    ],
)
def test_explanations(handlers: list[Plugin], said: list[str]) -> None:
    """For `rootward chain`."""
    assert explain(plan_of(*handlers)) == said
