# SPDX-License-Identifier: Apache-2.0
"""Tests of how a chain is shown."""

from resolver import names
from resolver.block import Block, Key
from resolver.claims import NOTHING, Claim, Claims
from resolver.command.chain import lines_of
from resolver.engine.plan import Step
from resolver.plugin import Plugin
from resolver.testing.policies import POLICIES


class Shown(Plugin):
    def __init__(self, name: str, claims: Claims, step: Step | None = None) -> None:
        self.name = name
        self._claims = claims
        if step is not None:
            self.native_step = step
            self.policy = POLICIES[step]

    def claims(self) -> Claims:
        return self._claims


def test_a_block_is_shown() -> None:
    """Keys, chain with claims, implied directives, and what runs the chain."""
    keys = (Key("dns", b"\x00", 53), Key("dns", names.from_text("example.org"), 1053))
    block = Block(keys, {}, order=["bind", "acl", "any", "cache", "unbound"], implied=["acl"])
    block.listen = ("127.0.0.1", "::1")
    block.handlers = [
        Shown("acl", NOTHING, Step.CLASSIFY),
        Shown("any", (Claim(qtypes={255}),)),
        Shown("cache", NOTHING, Step.CACHE),
        Shown("unbound", NOTHING, Step.RECURSE),
    ]
    assert list(lines_of(block)) == [
        "dns://.:53 dns://example.org.:1053 on 127.0.0.1 ::1",
        "    bind     sets up the block, sees no query",
        "    acl      claims nothing (implied)",
        "    any      claims type ANY",
        "    cache    claims nothing",
        "    unbound  claims nothing",
        "  done without the chain: acl (classify), cache (cache), unbound (recurse)",
        "  what any claims runs the chain, kept or not: it stands ahead of the cache",
    ]


def test_a_view_is_named() -> None:
    """Blocks of one zone are told apart by it."""
    block = Block((Key("dns", b"\x00", 53),), {}, order=["view"], view="guests")
    block.listen = ("127.0.0.1",)
    assert next(lines_of(block)) == "dns://.:53 on 127.0.0.1 view guests"


def test_each_handler_of_a_directive_is_shown() -> None:
    """Several lines of `forward` are several handlers; what is the same is said once."""
    block = Block((Key("dns", b"\x00", 53),), {}, order=["cache", "forward"])
    block.handlers = [
        Shown("cache", NOTHING, Step.CACHE),
        Shown("forward", (Claim(zones={names.from_text("example.org")}),)),
        Shown("forward", (Claim(zones={names.from_text("example.net")}),)),
    ]
    assert list(lines_of(block)) == [
        "dns://.:53",
        "    cache    claims nothing",
        "    forward  claims at or below example.org.",
        "    forward  claims at or below example.net.",
        "  done without the chain: cache (cache)",
        "  what forward claims runs the chain, unless it is kept: it stands behind the cache",
        "  what is not kept runs the chain: it does not end in recursion",
    ]


def test_a_block_without_plugins_is_shown() -> None:
    """It refuses."""
    block = Block((Key("dns", b"\x00", 53),), {})
    assert list(lines_of(block)) == [
        "dns://.:53",
        "  no plugin answers: every question is REFUSED",
    ]
