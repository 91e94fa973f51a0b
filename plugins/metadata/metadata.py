# SPDX-License-Identifier: Apache-2.0
"""Metadata: asks the plugins behind it for their labels before a query runs the chain."""

import logging
from collections.abc import Sequence

from resolver import names
from resolver.block import Block
from resolver.claims import NOTHING, Claims
from resolver.metadata import Labels, Provider, is_label
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.types import Rcode, ResponseWriter


class Metadata(Plugin):
    """Passes every query on, with labels if its name is in one of the zones."""

    name = "metadata"

    def __init__(self, zones: Sequence[bytes], block: Block, logger: logging.Logger) -> None:
        self.zones = tuple(zones)
        self._block = block
        self._logger = logger
        self._providers: tuple[Provider, ...] | None = None
        self._good: set[str] = set()
        self._bad: set[tuple[str, str]] = set()

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        """Collect the labels and pass the request on."""
        if any(names.is_below(request.qname, zone) for zone in self.zones):
            request = request.replace(labels=self.collected(request))
        return await self.call_next(writer, request)

    def claims(self) -> Claims:
        """Claim nothing: who reads a label claims the questions that it reads it for."""
        return NOTHING

    def collected(self, request: Request) -> Labels:
        """Return the labels that the block's plugins have for a query."""
        labels = Labels(request.labels)
        if self._providers is None:  # the chain is whole when the first query comes
            handlers = self._block.handlers
            self._providers = tuple(h for h in handlers if isinstance(h, Provider))
        for provider in self._providers:
            for label, value in provider.metadata(request).items():
                if label in self._good or self._is_good(label, provider.name):
                    labels[label] = value
        return labels

    def _is_good(self, label: str, plugin: str) -> bool:
        """Return whether a label has its form; one that has not is told of once."""
        if is_label(label):
            self._good.add(label)
            return True
        if (label, plugin) not in self._bad:
            self._bad.add((label, plugin))
            self._logger.error("label is not PLUGIN/NAME label=%r plugin=%s", label, plugin)
        return False
