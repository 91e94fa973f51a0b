# SPDX-License-Identifier: Apache-2.0
"""Policies: in which order the upstreams are tried for a question."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")

NAMES = ("random", "round_robin", "sequential")


def policy(name: str, chance: random.Random) -> Callable[[Sequence[_T]], list[_T]]:
    """Return the policy of this name: upstreams in the Corefile's order to those of one question.

    random: any order. round_robin: the next one first each time, the others behind it in a circle.
    sequential: the Corefile's. Raises ValueError for another name.
    """
    match name:
        case "random":
            return lambda upstreams: chance.sample(upstreams, len(upstreams))
        case "round_robin":
            turn = 0

            def rotate(upstreams: Sequence[_T]) -> list[_T]:
                nonlocal turn
                first = turn % len(upstreams) if upstreams else 0
                turn = first + 1
                return [*upstreams[first:], *upstreams[:first]]

            return rotate
        case "sequential":
            return list
        case _:
            raise ValueError(f"unknown policy '{name}'")
