# SPDX-License-Identifier: Apache-2.0
"""View: which queries a server block takes, by expressions.

The filter stands in `Block.admits` and is asked before a chain is chosen; the handler in the chain
passes everything on, and tells the view's name as metadata.
"""

from collections.abc import Mapping, Sequence

from resolver.block import Block
from resolver.claims import NOTHING, Claim, Claims
from resolver.expressions.expression import Expression
from resolver.expressions.scope import Scope
from resolver.metadata import Collector, Label
from resolver.plugin import Plugin
from resolver.request import Request

# What a filter may look at and still be data: no Python is needed to tell.
PLAIN_FUNCTIONS = frozenset({"incidr", "client_ip", "type", "name", "proto"})


class View(Plugin):
    """The view of a server block: `title` is its name, all of `filters` must hold."""

    name = "view"

    def __init__(self, title: str, filters: Sequence[Expression], block: Block) -> None:
        self.title = title
        self.filters = tuple(filters)
        self._block = block
        self._calls = frozenset[str]().union(*(f.calls for f in self.filters))
        self._collector: Collector | None = None

    def admits(self, request: Request) -> bool:
        """Return whether all filters hold; one without a value for the query does not."""
        if "metadata" in self._calls:
            request = self._with_labels(request)
        scope = Scope(request)
        return all(expression.holds(scope) for expression in self.filters)

    def metadata(self, request: Request) -> Mapping[str, Label]:
        """Give the label `view/name`."""
        return {"view/name": lambda: self.title}

    def claims(self) -> Claims:
        """Claim nothing if the filters are plain, else the block's zones."""
        if self._calls <= PLAIN_FUNCTIONS:
            return NOTHING
        return (Claim(zones=frozenset(self._block.zones)),)

    def _with_labels(self, request: Request) -> Request:
        """Return the query with the labels of the block's `metadata`, if there is one."""
        if self._collector is None:
            handler = self._block.handler("metadata")
            if not isinstance(handler, Collector):
                return request
            self._collector = handler
        return request.replace(labels=self._collector.collected(request))
