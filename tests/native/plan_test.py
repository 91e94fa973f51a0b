# SPDX-License-Identifier: Apache-2.0
"""A plan in C decides as Python does: routes, views, claims and rules, for any query."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugins.acl.acl import Action, Policy
from plugins.view.view import View
from resolver import names
from resolver.block import Block, Key
from resolver.claims import is_claimed
from resolver.engine.filters import predicate_of
from resolver.engine.observed import acl_zones_of
from resolver.engine.plan import Divert, Step, compile_plan
from resolver.expressions.expression import compile_expression
from resolver.request import Request
from resolver.routing import Router
from resolver.testing import request
from tests.native import chains
from tests.native.internals import Internals
from tests.native.looking import BLOCK, NO_RULE, NOBODY, OPAQUE, Look, Seen

ACCESS = [Action.ALLOW, Action.BLOCK, Action.FILTER, Action.DROP, None]  # enum rn_access

_fast = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150
)


def expected(blocks: list[Block], asked: Request) -> Seen:
    """Return what Python decides of a query."""
    route = Router(blocks).route(asked.qname, asked.qtype, lambda: asked)
    if route is None:
        return Seen(NOBODY)
    asked = asked.replace(zone=route.zone)
    number = next(n for n, block in enumerate(blocks) if block is route.block)
    plan = compile_plan(route.block)
    policy: Policy = plan.policy(Step.CLASSIFY)
    action, zone = policy.decide(asked)
    is_ruled = any(rule.zone_of(asked) is not None for rule in policy.rules)
    return Seen(
        BLOCK,
        number,
        route.block.zones.index(route.zone),
        claimed(plan.ahead, asked),
        claimed(plan.behind, asked),
        ACCESS.index(action),
        acl_zones_of(route.block).index(zone) if is_ruled else NO_RULE,
    )


def claimed(diverts: tuple[Divert, ...], asked: Request) -> bool:
    """Return whether one of them claims a query."""
    return any(is_claimed(divert.claims, asked) for divert in diverts)


@given(
    st.lists(chains.block(is_decidable=True), max_size=4),
    st.lists(chains.query(), min_size=1, max_size=10),
)
@_fast
def test_what_is_data_is_decided_alike(
    looking: Internals, blocks: list[Block], queries: list[Request]
) -> None:
    """Which block and zone, who claims it on either side of the cache, what acl says."""
    look = Look(looking, [chains.listener(blocks)])
    for asked in queries:
        assert look.see(asked) == expected(blocks, asked)


@given(
    st.lists(chains.block(), min_size=1, max_size=4),
    st.lists(chains.query(), min_size=1, max_size=10),
)
@_fast
def test_what_only_python_can_tell_is_left_to_it(
    looking: Internals, blocks: list[Block], queries: list[Request]
) -> None:
    """Never another block than Python's; and nothing is left where no such view is in the way."""
    look = Look(looking, [chains.listener(blocks)])
    opaque = [block for block, plan in zip(blocks, look.plans, strict=True) if plan.admits is None]
    for asked in queries:
        seen = look.see(asked)
        covering = [b for b in opaque if names.longest_match(asked.qname, b.zones) is not None]
        if seen.way == OPAQUE:
            assert covering
        else:
            assert seen == expected(blocks, asked)


@given(st.lists(chains.expression, max_size=3), st.lists(chains.query(), min_size=1, max_size=10))
@_fast
def test_filters_mean_the_same_as_data(
    looking: Internals, texts: list[str], queries: list[Request]
) -> None:
    """All expressions hold, or the conditions that they became do not either."""
    block = Block((Key("dns", names.ROOT, 53),), {}, order=["cache"])
    block.handlers = [chains.Stepping(Step.CACHE)]
    filters = tuple(compile_expression(text) for text in texts)
    view = View("view", filters, block)
    block.admits, block.filters = view.admits, view.filters
    assert predicate_of(filters) is not None
    look = Look(looking, [chains.listener([block])])
    for asked in queries:
        assert (look.see(asked).way == BLOCK) is view.admits(asked), texts


@pytest.mark.parametrize(
    "listeners, number",
    [
        pytest.param([None], 0, id="a number that is nobody's"),
        pytest.param([], 7, id="a number beyond all"),
    ],
)
def test_a_listener_that_is_going_is_left_to_python(
    looking: Internals, listeners: list[None], number: int
) -> None:
    """What it still receives ends in the chain that it began in."""
    look = Look(looking, listeners)
    assert look.see(request("a.example.org. A"), number) == Seen(OPAQUE)


def test_a_listener_without_zones_refuses(looking: Internals) -> None:
    """It is there, and none of its blocks takes the query."""
    look = Look(looking, [chains.listener([])])
    assert look.see(request("a.example.org. A")) == Seen(NOBODY)
