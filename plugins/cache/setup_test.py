# SPDX-License-Identifier: Apache-2.0
"""What set-up does beside reading: one store, hooks."""

import pytest

from plugins.cache.setup import setup
from plugins.cache.store import MemoryStore
from resolver.block import Block
from resolver.corefile.controller import Controller
from resolver.errors import ConfigurationError
from resolver.testing import controller, run, services


def blocks(*texts: str) -> list[Controller]:
    """Return the controllers of the server blocks of one configuration."""
    given = services()
    made = [controller(text, given=given) for text in texts]
    given.blocks = [each.block for each in made]
    return made


def test_the_process_has_one_store() -> None:
    """As large as any block says, whichever comes first."""
    made = blocks("cache", "cache {\n max_bytes 1MiB\n}", "cache {\n max_bytes 1024KiB\n}")
    for each in made:
        setup(each)
    store = made[0].services.shared["cache/store"]
    assert isinstance(store, MemoryStore)
    assert store.max_octets == 64 << 20
    run(made[0].block.hooks.started[0]())
    assert store.max_octets == 1 << 20


def test_two_sizes_are_refused() -> None:
    """The error names both lines."""
    first, second = blocks("cache {\n max_bytes 1MiB\n}", "cache {\n keepttl\n max_bytes 2MiB\n}")
    setup(first)
    with pytest.raises(ConfigurationError) as raised:
        setup(second)
    assert str(raised.value) == (
        "Corefile:3 - Error during parsing: plugin/cache: max_bytes 2MiB differs from the size at "
        "Corefile:2: the process has one cache"
    )


def test_a_refused_configuration_leaves_the_store_as_it_is() -> None:
    """Set-up alone changes nothing: the one that serves goes on with it."""
    serving = blocks("cache {\n max_bytes 1MiB\n}")[0]
    setup(serving)
    run(serving.block.hooks.started[0]())
    store: MemoryStore = serving.services.shared["cache/store"]
    serving.services.blocks = ()
    setup(controller("cache {\n max_bytes 2MiB\n}", given=serving.services))
    assert store.max_octets == 1 << 20


def test_it_is_closed_at_shutdown() -> None:
    """By a hook, without a query before."""
    made = controller("cache")
    setup(made)
    block: Block = made.block
    for hook in (*block.hooks.started, *block.hooks.shutdown):
        run(hook())
    assert (len(block.hooks.started), len(block.hooks.shutdown)) == (1, 1)
