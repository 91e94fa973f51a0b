# SPDX-License-Identifier: Apache-2.0
"""Configuration: what the text of one Corefile became, from reading it to its plugins' end.

load     parse, check keys, set up all directives, look for overlaps
prove    what only a trial can tell, libunbound's own complaints among it
start    proofs and start-up hooks, before listening
finish   started hooks, once all listeners are up
warn     lameduck hooks, while queries are answered
end      shutdown hooks, when none of its chains runs any more
"""

import asyncio
from collections.abc import Mapping, Sequence

from resolver.block import Block, Hook
from resolver.corefile.controller import Services
from resolver.corefile.ports import DEFAULT_PORT
from resolver.directives import Directives
from resolver.errors import ConfigurationErrors, ResolverError
from resolver.listeners import overlaps
from resolver.setups import place, read_blocks, set_up


class Configuration:
    """The server blocks of a Corefile, and how far their hooks have run.

    `errors` is what is wrong with it so far. The event loop's thread only, but for `load`.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.blocks: Sequence[Block] = ()
        self.errors: list[ResolverError] = []
        self._begun: list[Block] = []

    def load(
        self,
        text: str,
        file: str,
        directives: Directives,
        environment: Mapping[str, str],
        default_port: int = DEFAULT_PORT,
    ) -> None:
        """Parse a Corefile and set up its blocks; what is wrong comes to stand in `errors`."""
        self.blocks, self.errors = read_blocks(text, file, directives, environment, default_port)
        self.errors += set_up(self.blocks, directives, self.services)
        self.errors += overlaps(self.blocks)
        self.errors.sort(key=place)

    async def prove(self) -> None:
        """Run all proofs; complaints come to stand in `errors`."""
        hooks = [hook() for block in self.blocks for hook in block.hooks.prove]
        for outcome in await asyncio.gather(*hooks, return_exceptions=True):
            if isinstance(outcome, ConfigurationErrors):
                self.errors += outcome.errors
            elif isinstance(outcome, ResolverError):
                self.errors.append(outcome)
            elif outcome is not None:
                raise outcome
        self.errors.sort(key=place)

    async def start(self) -> None:
        """Prove, and run the start-up hooks; to be ended, even if that fails.

        Raises ConfigurationErrors if anything is wrong with the configuration, ResolverError if a
        plugin cannot start.
        """
        if not self.errors:
            await self.prove()
        if self.errors:
            raise ConfigurationErrors(self.errors)
        for block in self.blocks:
            self._begun.append(block)
            for hook in block.hooks.startup:
                await hook()

    async def finish(self) -> None:
        """Run the started hooks. Raises what they raise."""
        for block in self.blocks:
            for hook in block.hooks.started:
                await hook()

    async def warn(self) -> list[BaseException]:
        """Run the lameduck hooks together; return what they raised."""
        return await _all([hook for block in self._begun for hook in block.hooks.lameduck])

    async def end(self) -> list[BaseException]:
        """Run the shutdown hooks of the blocks that were begun; return what they raised."""
        begun, self._begun = self._begun, []
        return await _all([hook for block in begun for hook in block.hooks.shutdown])


async def _all(hooks: Sequence[Hook]) -> list[BaseException]:
    """Run hooks together, each to its end; return what they raised."""
    outcomes = await asyncio.gather(*(hook() for hook in hooks), return_exceptions=True)
    return [outcome for outcome in outcomes if outcome is not None]
