# SPDX-License-Identifier: Apache-2.0
"""Which plugins are not ready yet, over all server blocks that ask to be watched."""

import enum
import logging
from collections.abc import Sequence

from resolver.block import Block
from resolver.readiness import Readiness

_log = logging.getLogger("plugin/ready")


class Monitor(enum.Enum):
    """How long a plugin is watched."""

    UNTIL_READY = "until-ready"
    CONTINUOUSLY = "continuously"


class Watched:
    """The plugins of one block that say whether they are ready."""

    def __init__(self, block: Block, monitor: Monitor) -> None:
        self.block = block
        self._monitor = monitor
        self._ready: set[int] = set()

    def unready(self) -> list[str]:
        """Return the names of those that are not ready.

        One that was ready once is not asked again, unless they are watched continuously.
        """
        found: list[str] = []
        for place, handler in enumerate(self.block.handlers):
            if not isinstance(handler, Readiness) or place in self._ready:
                continue
            if not handler.ready():
                found.append(handler.name)
            elif self._monitor is Monitor.UNTIL_READY:
                self._ready.add(place)
        return found


class Report:
    """The page: what is watched in all blocks of one configuration.

    watched: of all configurations that are up, those before and after a reload among them.
    """

    def __init__(self, watched: Sequence[Watched]) -> None:
        self._watched = watched
        self._blocks: Sequence[Block] = ()
        self._told = ""
        self._is_ending = False

    def begin(self, blocks: Sequence[Block]) -> None:
        """Report on these blocks."""
        self._blocks = blocks

    async def end(self) -> None:
        """Say from now on that the server shuts down."""
        self._is_ending = True

    def answer(self) -> tuple[int, str]:
        """Return status and text of the page."""
        if self._is_ending:
            return 503, "Shutting down"
        ours = {id(block) for block in self._blocks}
        names = {
            name for each in self._watched if id(each.block) in ours for name in each.unready()
        }
        text = ",".join(sorted(names))
        if text and text != self._told:
            _log.info('Plugins not ready: "%s"', text)
        self._told = text
        return (503, text) if text else (200, "OK")
