# SPDX-License-Identifier: Apache-2.0
"""Listeners: server blocks grouped by the scheme, address and port on which they serve."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from resolver import names
from resolver.block import Block, Key
from resolver.errors import ConfigurationError, ResolverError
from resolver.limits import Limits


@dataclass(frozen=True, slots=True)
class Listener:
    """One server: where it listens, and the blocks that it serves there.

    `host` is empty for the wildcard. A block's keys are those that belong here.
    """

    scheme: str
    host: str
    port: int
    blocks: tuple[Block, ...]

    @property
    def place(self) -> tuple[str, str, int]:
        """What tells it from others: scheme, host and port."""
        return (self.scheme, self.host, self.port)

    @property
    def name(self) -> str:
        """What metrics call it, such as `dns://:53`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def listeners_of(blocks: Sequence[Block]) -> list[Listener]:
    """Return the listeners that serve `blocks`, in the order in which the blocks name them."""
    groups: dict[tuple[str, str, int], list[Block]] = {}
    for block in blocks:
        for key in dict.fromkeys((key.scheme, key.port) for key in block.keys):
            here = tuple(k for k in block.keys if (k.scheme, k.port) == key)
            part = block if here == block.keys else dataclasses.replace(block, keys=here)
            for host in block.listen or ("",):
                groups.setdefault((key[0], host, key[1]), []).append(part)
    return [Listener(*group, tuple(parts)) for group, parts in groups.items()]


def limits_of(blocks: Sequence[Block], limits: Limits) -> Limits:
    """Return the limits of a listener: of blocks that say time-outs the first counts."""
    said = next((block.timeouts for block in blocks if block.timeouts is not None), None)
    return limits if said is None else limits.with_timeouts(said)


def sockets_of(blocks: Sequence[Block]) -> int | None:
    """Return how many sockets are to share a listener's port: the most that a block says."""
    return max((block.sockets for block in blocks if block.sockets is not None), default=None)


def overlaps(blocks: Sequence[Block]) -> list[ResolverError]:
    """Return what blocks claim twice: the same zone at the same place.

    A wildcard overlaps with every address. Blocks with a view share zones, which it is for.
    """
    errors: list[ResolverError] = []
    taken: dict[Key, set[str]] = {}
    for block in blocks:
        if block.view:
            continue
        for key in block.keys:
            for host in block.listen or ("",):
                hosts = taken.setdefault(key, set())
                complaint = _complaint(key, host, hosts)
                if complaint:
                    text = f"{block.file}:{block.line} - Error during parsing: {complaint}"
                    errors.append(ConfigurationError(text, block.file, block.line))
                hosts.add(host)
    return errors


def _complaint(key: Key, host: str, taken: set[str]) -> str:
    if host in taken:
        return f"cannot serve {_shown(key, host)} - it is already defined"
    if taken and (not host or "" in taken):
        other = min(taken) if not host else ""
        text = f"cannot serve {_shown(key, host)} - zone overlap listener capacity with"
        return f"{text} {_shown(key, other)}"
    return ""


def _shown(key: Key, host: str) -> str:
    place = f"{key.scheme}://{names.to_text(key.zone)}:{key.port}"
    return f"{place} on {host}" if host else place
