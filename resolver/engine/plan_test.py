# SPDX-License-Identifier: Apache-2.0
"""What a plan lets pass without the chain."""

import pytest

from resolver import names
from resolver.block import Block, Key
from resolver.claims import EVERYTHING, NOTHING, Claim, Claims
from resolver.engine.plan import Plan, Step, compile_plan, explain
from resolver.engine.predicate import EVERYBODY, Condition, Predicate, Word
from resolver.expressions.expression import compile_expression
from resolver.plugin import Plugin
from resolver.testing import request
from resolver.testing.policies import POLICIES, Covered

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
        self.policy = POLICIES[step] if policy is None else policy


ORG = Covered(frozenset((names.from_text("org"),)))
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
            [CACHE, Stepping(Step.RECURSE, policy=ORG), Acting("whoami", EVERYTHING)],
            "a.net. A",
            True,
            False,
            id="but for what it does not cover",
        ),
        pytest.param([CLASSIFY, SHUFFLE, CACHE], "a.org. A", True, False, id="in either order"),
        pytest.param([CACHE, CLASSIFY, RECURSE], "a.org. A", False, False, id="in no order"),
        pytest.param([CACHE, OBSERVE], "a.org. A", False, False, id="who sees misses only"),
        pytest.param([CLASSIFY, CLASSIFY, CACHE], "a.org. A", False, False, id="twice"),
        pytest.param(
            [Stepping(Step.SHUFFLE, policy="by hand"), CACHE],
            "a.org. A",
            False,
            False,
            id="a policy that is no data",
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
    plan = plan_of(OBSERVE, Acting("any", ANY), CACHE, RECURSE, SHUFFLE)
    assert [(op.step, op.policy) for op in plan.ops] == [
        (step, POLICIES[step]) for step in (Step.OBSERVE, Step.CACHE, Step.RECURSE)
    ]
    assert [divert.plugin for divert in plan.ahead] == ["any"]
    assert len(plan.partition) == 16
    assert plan.recursing is plan.ops[-1]
    assert plan.policy(Step.SHUFFLE) is None


@pytest.mark.parametrize(
    "filters, want",
    [
        pytest.param(None, EVERYBODY, id="no view"),
        pytest.param([], EVERYBODY, id="no filter"),
        pytest.param(["type() == 'A'"], (Condition(Word.TYPE, number=1),), id="data"),
        pytest.param(["do()"], None, id="no data"),
    ],
)
def test_whom_a_block_takes(filters: list[str] | None, want: Predicate | None) -> None:
    """What a view says, as conditions where it can be."""
    block = Block((Key("dns", names.ROOT, 53),), {})
    if filters is not None:
        block.admits = lambda request: True
        block.filters = tuple(compile_expression(text) for text in filters)
    assert compile_plan(block).admits == want
    block.filters = None
    assert compile_plan(block).admits == (EVERYBODY if filters is None else None)


DONE = "done without the chain: cache (cache), recurse (recurse)"


@pytest.mark.parametrize(
    "handlers, said",
    [
        pytest.param(
            [OBSERVE, SHUFFLE, CACHE, RECURSE],
            [
                "done without the chain: observe (observe), shuffle (shuffle), cache (cache),"
                " recurse (recurse)"
            ],
            id="nothing needs it",
        ),
        pytest.param(
            [RECURSE], ["every question runs the chain: there is no cache to answer from"], id="all"
        ),
        pytest.param(
            [Acting("third-party", EVERYTHING), CACHE, RECURSE],
            ["every question runs the chain: third-party claims it, ahead of the cache"],
            id="who says nothing",
        ),
        pytest.param(
            [CACHE, SHUFFLE],
            ["every question runs the chain: shuffle (shuffle) stands behind cache"],
            id="no order to do it in",
        ),
        pytest.param(
            [Stepping(Step.CACHE, policy="numbers")],
            ["every question runs the chain: what cache does is not told as data"],
            id="no data",
        ),
        pytest.param(
            [Acting("any", ANY), CACHE, Acting("hosts", HOME), RECURSE],
            [
                DONE,
                "what any claims runs the chain, kept or not: it stands ahead of the cache",
                "what hosts claims runs the chain, unless it is kept: it stands behind the cache",
            ],
            id="both sides",
        ),
        pytest.param(
            [CACHE, Stepping(Step.RECURSE, policy=ORG)],
            [
                DONE,
                "what is not kept is resolved where recurse covers it, else it runs the chain",
            ],
            id="limited recursion",
        ),
        pytest.param(
            [CACHE],
            [
                "done without the chain: cache (cache)",
                "what is not kept runs the chain: it does not end in recursion",
            ],
            id="no recursion",
        ),
    ],
)
def test_explanations(handlers: list[Plugin], said: list[str]) -> None:
    """For `rootward chain`."""
    assert explain(plan_of(*handlers)) == said


def test_a_view_that_is_no_data_is_told() -> None:
    """It costs the other blocks of its zones as well."""
    block = Block((Key("dns", names.ROOT, 53),), {})
    block.handlers = [CACHE, RECURSE]
    block.admits = lambda request: True
    assert explain(compile_plan(block)) == [
        "every question for its zones runs the chain: only Python can tell its view"
    ]
