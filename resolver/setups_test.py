# SPDX-License-Identifier: Apache-2.0
"""Tests of set-up: order, implied directives, and errors."""

from collections.abc import Callable

from resolver.block import Block
from resolver.corefile.controller import Controller
from resolver.directives import Directives, Setup
from resolver.errors import ConfigurationErrors, ResolverError
from resolver.plugin import Plugin
from resolver.setups import read_blocks, set_up
from resolver.testing import services

ORDER = ("first", "second", "third", "fourth")


class Given(Directives):
    """Directives whose setup functions are given."""

    def __init__(self, setups: dict[str, Setup]) -> None:
        super().__init__((name, name) for name in ORDER)
        self._setups = setups

    def complaint(self, name: str) -> str | None:
        return None if name in ORDER else f"Unknown directive '{name}'"

    def setup(self, name: str) -> Setup:
        return self._setups.get(name, adds(name))


class Named(Plugin):
    def __init__(self, name: str) -> None:
        self.name = name


def adds(name: str, *, requires: str = "") -> Setup:
    """Return a setup that adds a handler, and maybe requires a directive."""

    def setup(controller: Controller) -> None:
        controller.add_plugin(Named(name))
        if requires:
            controller.require(requires)

    return setup


def fails(make: Callable[[Controller], Exception]) -> Setup:
    """Return a setup that raises."""

    def setup(controller: Controller) -> None:
        raise make(controller)

    return setup


def blocks_of(text: str, **setups: Setup) -> tuple[list[Block], list[str]]:
    """Return the blocks of a Corefile, set up, and the texts of all errors."""
    directives = Given(setups)
    blocks, errors = read_blocks(text, "Corefile", directives, {})
    errors += set_up(blocks, directives, services())
    return blocks, [str(error) for error in errors]


def chain_of(block: Block) -> list[str]:
    return [handler.name for handler in block.handlers]


def test_the_chain_has_the_order_of_the_list() -> None:
    """Not that of the Corefile."""
    (block,), errors = blocks_of(". {\n third\n first\n second\n}")
    assert errors == []
    assert block.order == chain_of(block) == ["first", "second", "third"]


def test_setups_run_in_order_across_blocks() -> None:
    """Each directive in all blocks, then the next."""
    ran: list[tuple[str, int]] = []

    def note(controller: Controller) -> None:
        ran.append((controller.name, controller.block.line))

    blocks_of("a {\n second\n first\n}\nb {\n first\n second\n}", first=note, second=note)
    assert ran == [("first", 1), ("first", 5), ("second", 1), ("second", 5)]


def test_handlers_are_linked() -> None:
    """Each knows the next."""
    (block,), _ = blocks_of(". {\n first\n second\n}")
    first, second = block.handlers
    assert isinstance(first, Plugin)
    assert first.next_handler is second


def test_a_required_directive_comes_in_at_its_place() -> None:
    """Though the one that requires it stands behind it."""
    (block,), errors = blocks_of(". {\n third\n}", third=adds("third", requires="second"))
    assert errors == []
    assert block.order == chain_of(block) == ["second", "third"]
    assert block.implied == ["second"]


def test_a_required_directive_may_require_another() -> None:
    """Until nothing is missing."""
    setups = {
        "third": adds("third", requires="second"),
        "second": adds("second", requires="fourth"),
    }
    (block,), _ = blocks_of(". {\n third\n}", **setups)
    assert block.order == ["second", "third", "fourth"]


def test_what_is_required_and_there_is_not_put_in() -> None:
    """The user's own line stands."""
    (block,), _ = blocks_of(". {\n third\n second\n}", third=adds("third", requires="second"))
    assert block.implied == []
    assert chain_of(block) == ["second", "third"]


def test_errors_of_all_kinds_are_collected() -> None:
    """Each names its place; what could be set up is."""
    text = "a..b {\n first\n}\n. {\n nothing\n first\n second\n third\n fourth\n}"
    (block,), errors = blocks_of(
        text,
        first=fails(lambda c: c.once().error("one")),
        second=fails(lambda c: ResolverError("two")),
        third=fails(
            lambda c: ConfigurationErrors([c.once().error("three"), c.once().error("four")])
        ),
    )
    start = " - Error during parsing: "
    assert sorted(errors) == [
        f"Corefile:1{start}zone is not a valid domain name: a..b",
        f"Corefile:5{start}Unknown directive 'nothing'",
        f"Corefile:6{start}plugin/first: one",
        f"Corefile:7{start}plugin/second: two",
        f"Corefile:8{start}plugin/third: four",
        f"Corefile:8{start}plugin/third: three",
    ]
    assert chain_of(block) == ["fourth"]


def test_a_bad_key_does_not_hide_a_good_one() -> None:
    """The block is set up for it."""
    (block,), errors = blocks_of("a..b . {\n first\n}")
    assert block.zones == (b"\x00",)
    assert len(errors) == 1


def test_what_is_required_and_cannot_be_had_is_an_error() -> None:
    """A list of plugins may lack it; the block is not served without."""
    blocks, errors = blocks_of(". {\n first\n}", first=adds("first", requires="acl"))
    text = "a plugin needs 'acl': Unknown directive 'acl'"
    assert errors == [f"Corefile:1 - Error during parsing: {text}"]
    assert blocks[0].implied == []


def test_a_setup_that_is_a_mistake_is_an_error() -> None:
    """It names the plugin, and hides no other error."""
    blocks, errors = blocks_of(
        ". {\n first\n second\n}",
        first=fails(lambda _: KeyError("x")),
        second=fails(lambda _: ResolverError("no")),
    )
    assert errors == [
        "Corefile:2 - Error during parsing: plugin/first: set-up failed: KeyError: 'x'",
        "Corefile:3 - Error during parsing: plugin/second: no",
    ]
